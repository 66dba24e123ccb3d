"""Detects which route set a server has, and calls operations on it.

While that is unknown, today's route is sent first. If the response is what today's API promises,
that is remembered. The client asks which routes the server has only if it may lack today's API:
after a 404 or 405, for an operation or an argument that today's API does not support, or for a name
from which no slug can be made.

    GET /workspaces      Today's API? If so, nothing else is asked.
    GET /organizations   One of the two retired sets?
    GET /projects/{org}  Slug routes? Asked about an organization that exists.
    GET /projects        Published routes?

A response with a list means yes. Any other response, 404 and 405 mean no. Other errors are raised.
"""

from __future__ import annotations

from contextlib import suppress

from ...exceptions import AnclaError
from ..arguments import path_segment
from ..call import Call, field_of
from ..json_sender import Measure
from ..operation import ROUTE_IS_MISSING, Route, RouteSet, Unsupported
from ..workspaces import WORKSPACES
from .look_ups import RetiredCall, check_environment
from .published import PUBLISHED
from .slugs import SLUGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


_INSTEAD_OF_RELEASES = {
    "list_releases": "list the deployments",
    "get_release": "get a deployment",
    "create_release": "deploy the app",
    "deploy_release": "deploy the app or roll it back",
    "get_release_log": "get the log of a deployment",
}


class RetiredRoutes:
    """The routes of one server, shared by a client and all its views.

    is_todays: whether the server is known to have today's API
    known:     by the name of each operation that the server is known to have, the class of its
               calls and their route set
    """

    def __init__(self, routes: str) -> None:
        self.is_todays = False
        self.known: dict[str, tuple[type[Call], RouteSet]] = {}
        self.retired: set[str] = set()  # The names of the retired sets of the server.
        self._is_pinned = routes != "auto"
        if routes == WORKSPACES.name:
            self.learn_todays()
        elif self._is_pinned:
            self.retired.add(routes)
            self._learn_retired()

    def learn_todays(self) -> None:
        self.is_todays = True
        self.known = dict.fromkeys(WORKSPACES.lines, (Call, WORKSPACES))

    def _learn_retired(self) -> None:
        sets = [routes for routes in (PUBLISHED, SLUGS) if routes.name in self.retired]
        self.known = {
            name: (RetiredCall, routes)
            for routes in sets
            for name in routes.lines
            # A server with both requires the slug of a new organization. The first one sends it.
            if name != "create_org" or routes is sets[0]
        }

    def find(self, name: str, read: Callable[[str], Any]) -> RouteSet | None:
        """Returns a retired set that has the operation, or None. Asks the server with `read`.

        If the server confirms none, returns one of them, for the server's own error.
        """
        having = [routes for routes in (SLUGS, PUBLISHED) if name in routes.lines]
        if not (name in self.known or self._is_pinned or self.is_todays):
            may_be_todays = not self.retired and (having or name in WORKSPACES.lines)
            if may_be_todays and _list(read, "/workspaces") is not None:
                self.learn_todays()
            elif having:
                try:
                    self._detect_retired(read)
                finally:  # Remember what was confirmed before an error.
                    self._learn_retired()
        if self.is_todays:
            return None
        if name in self.known:
            return self.known[name][1]
        return having[0] if having and not self.retired else None

    def _detect_retired(self, read: Callable[[str], Any]) -> None:
        """Asks the server for the retired sets that it is not known to have."""
        questions = {PUBLISHED.name: "/projects"}
        if SLUGS.name not in self.retired:
            orgs = _list(read, "/organizations")
            if orgs is None:
                return
            with suppress(LookupError, TypeError, ValueError):  # No organization exists.
                questions[SLUGS.name] = f"/projects/{path_segment('slug', orgs[0]['slug'])}"
        for name, target in questions.items():
            if name not in self.retired and _list(read, target) is not None:
                self.retired.add(name)


class FirstCall(Call):
    """A call of today's API while it is unknown which routes the server has for it.

    is_settled: whether the server accepted a change or has the resource, so that nothing is sent on
                other routes
    """

    is_settled = False

    def __init__(self, retired: RetiredRoutes, routes: RouteSet, *given: Any) -> None:
        super().__init__(routes, *given)
        self._retired = retired
        # A call adds to its arguments, and another may follow.
        operation, arguments, *others = given
        self._given = operation, {**arguments}, *others

    def result(self) -> Any:
        """Returns the result of the operation, on the route set that the server has.

        Raises Unsupported if the server has no route for it.
        """
        retired, name = self._retired, self.operation.name
        refusal = None
        if name in WORKSPACES.lines and not retired.retired:
            try:
                result = super().result()
            except (AnclaError, ValueError, Unsupported) as error:
                if self.is_settled or not _may_lack_todays_routes(self, error):
                    raise
                found = retired.find(name, self.json_sender.read)
                if retired.is_todays:  # So the error stands.
                    raise
                if isinstance(error, AnclaError):
                    # Break the cycle error -> traceback -> frame -> error.
                    refusal = error.with_traceback(None)
            else:
                if WORKSPACES[name].path.startswith("/workspaces"):
                    retired.learn_todays()
                return result
        else:
            found = retired.find(name, self.json_sender.read)
        if not retired.is_todays:
            check_environment(self, refusal)
        if found is not None:
            return RetiredCall(found, *self._given).result()
        instead = _INSTEAD_OF_RELEASES.get(name)
        if retired.is_todays and instead:
            raise Unsupported(self.operation.action, f"it has no releases; {instead} instead")
        raise Unsupported(self.operation.action, refusal=refusal)

    def send(self, route: Route, measure: Measure | None = None) -> object:
        response = super().send(route, measure)
        if self.method != "GET":
            self.is_settled = True
        return response

    def require(self, reading: str) -> Any:
        response = super().require(reading)
        self.is_settled = True
        return response


def _may_lack_todays_routes(call: Call, error: Exception) -> bool:
    if isinstance(error, AnclaError):
        return error.status_code in ROUTE_IS_MISSING
    # A ValueError before any request means that no slug can be made from a name. A later one was
    # raised by the user's own code, such as a `headers` function.
    return isinstance(error, Unsupported) or not call.target


def _list(read: Callable[[str], Any], target: str) -> list[Any] | None:
    """Returns the list at the target, or None if the server has no such route or no list there."""
    try:
        response = read(target)
    except AnclaError as error:
        if error.status_code in ROUTE_IS_MISSING:
            return None
        raise
    items = response if isinstance(response, list) else field_of(response, "items")
    return items if isinstance(items, list) else None
