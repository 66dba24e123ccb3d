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

from ..._http.settings import DEFAULT_ENVIRONMENT
from ...exceptions import AnclaError
from ..arguments import path_segment
from ..call import Call
from ..operation import ROUTE_IS_MISSING, Unsupported
from ..workspaces import WORKSPACES
from .look_ups import RetiredCall
from .published import PUBLISHED
from .slugs import SLUGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..operation import Operation, Route, RouteSet
    from ..pages import Measure

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
    """

    def __init__(self, routes: str) -> None:
        self._known = {routes} & {SLUGS.name, PUBLISHED.name}  # The retired sets of the server.
        self.is_todays = routes == WORKSPACES.name
        self._is_pinned = self.is_todays or bool(self._known)

    def result(self, call: Call) -> Any:
        """Returns the result of a call of today's API, on the route set that the server has.

        Called unless the server is known to have today's API, and that has the operation. Raises
        Unsupported if the server has no route for it.
        """
        operation, sender, memory = call.operation, call.json_sender, call.memory
        refusal = None
        if operation.name in WORKSPACES.lines and not self._known:
            # A copy: the call adds to its arguments, and another may follow.
            arguments = {**call.arguments}
            first = _FirstCall(WORKSPACES, operation, arguments, call.read_list, sender, memory)
            try:
                result = first.result()
            except (AnclaError, ValueError, Unsupported) as error:
                if first.is_settled or not _may_lack_todays_routes(first, error):
                    raise
                routes = self._find(operation.name, sender.read)
                if self.is_todays:  # So the error stands.
                    raise
                if isinstance(error, AnclaError):
                    # Break the cycle error -> traceback -> frame -> error.
                    refusal = error.with_traceback(None)
            else:
                if WORKSPACES[operation.name].path.startswith("/workspaces"):
                    self.is_todays = True
                return result
        else:
            routes = self._find(operation.name, sender.read)
        self._check_environment(call, refusal)
        if routes is not None:
            arguments, read_list = call.arguments, call.read_list
            return RetiredCall(routes, operation, arguments, read_list, sender, memory).result()
        instead = _INSTEAD_OF_RELEASES.get(operation.name)
        if self.is_todays and instead:
            raise Unsupported(operation.action, f"it has no releases; {instead} instead")
        raise Unsupported(operation.action, refusal=refusal)

    def _check_environment(self, call: Call, refusal: AnclaError | None) -> None:
        """Raises Unsupported if the call depends on an environment, and the server has none.

        Such a server would act on production.
        """
        name, environment = call.operation.name, call.arguments.get("environment")
        if self.is_todays or environment in (None, DEFAULT_ENVIRONMENT):
            return
        is_of_environment = name in WORKSPACES.lines and "{environment}" in WORKSPACES[name].path
        if "app" in call.arguments or is_of_environment:
            raise Unsupported(
                f"reach the environment {environment!r}", "its API has no environments", refusal
            )

    def _find(self, name: str, read: Callable[[str], Any]) -> RouteSet | None:
        """Returns a retired set that has the operation, or None. Asks the server with `read`.

        If the server confirms none, returns one of them, for the server's own error.
        """
        having = [routes for routes in (SLUGS, PUBLISHED) if name in routes.lines]
        routes = self._known_of(having, name)
        if routes or self._is_pinned or self.is_todays:
            return routes
        if not self._known and (having or name in WORKSPACES.lines):
            self.is_todays = _list(read, "/workspaces") is not None
        if self.is_todays or not having:
            return None
        self._detect_retired(read)
        return self._known_of(having, name) if self._known else having[0]

    def _known_of(self, having: list[RouteSet], name: str) -> RouteSet | None:
        # A server with both sets requires the slug of a new organization. PUBLISHED sends it.
        order = reversed(having) if name == "create_org" else having
        return next((routes for routes in order if routes.name in self._known), None)

    def _detect_retired(self, read: Callable[[str], Any]) -> None:
        """Asks the server for the retired sets that it is not known to have."""
        questions = {PUBLISHED.name: "/projects"}
        if SLUGS.name not in self._known:
            orgs = _list(read, "/organizations")
            if orgs is None:
                return
            with suppress(LookupError, TypeError, ValueError):  # No organization exists.
                questions[SLUGS.name] = f"/projects/{path_segment('slug', orgs[0]['slug'])}"
        for name in [it for it in questions if it not in self._known]:
            if _list(read, questions[name]) is not None:
                self._known.add(name)


class _FirstCall(Call):
    """A call on today's routes while it is unknown whether the server has them.

    is_settled: whether the server accepted a change or has the resource, so that nothing is sent on
                other routes
    """

    is_settled = False

    def send(self, route: Route, measure: Measure | None = None) -> object:
        response = super().send(route, measure)
        self.is_settled = self.is_settled or self.method != "GET"
        return response

    def require(self, reading: Operation) -> object:
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
    items = response.get("items") if isinstance(response, dict) else response
    return items if isinstance(items, list) else None
