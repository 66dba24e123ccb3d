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
        self._known: tuple[RouteSet, ...] = tuple(
            retired for retired in (SLUGS, PUBLISHED) if retired.name == routes
        )
        self.is_todays = routes == WORKSPACES.name
        self._is_retired = bool(self._known)  # The server has at least one of the retired sets.
        self._is_pinned = self.is_todays or self._is_retired

    def result(self, call: Call) -> Any:
        """Returns the result of a call of today's API, on the route set that the server has.

        Called unless the server is known to have today's API, and that has the operation. Raises
        Unsupported if the server has no route for it.
        """
        operation, sender, memory = call.operation, call.json_sender, call.memory
        refusal = None
        if operation.name not in WORKSPACES.lines or self._is_retired:
            routes = self._get(operation.name) or self._find(operation.name, sender.read)
        else:
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

    def _knows(self, routes: RouteSet) -> bool:
        return any(known is routes for known in self._known)

    def _get(self, name: str) -> RouteSet | None:
        """Returns a known retired set that has the operation, or None. SLUGS refuses less."""
        for routes in (SLUGS, PUBLISHED):
            is_skipped = (
                routes is SLUGS and name == "create_org" and not self._is_pinned
            )  # see _ask
            if self._knows(routes) and name in routes.lines and not is_skipped:
                return routes
        return None

    def _find(self, name: str, read: Callable[[str], Any]) -> RouteSet | None:
        """Returns a retired set that has the operation, or None. Asks the server with `read`.

        If the server confirms none, returns one of them, for the server's own error.
        """
        having = [routes for routes in (SLUGS, PUBLISHED) if name in routes.lines]
        if not having and name not in WORKSPACES.lines:
            return None
        if not self.is_todays and not self._is_retired and _list(read, "/workspaces") is not None:
            self.is_todays = True
        routes = self._get(name)
        if routes or self._is_pinned or self.is_todays or not having:
            return routes
        is_same = len(having) == 2 and _send_the_same(SLUGS[name], PUBLISHED[name])
        needs_no_list = self._knows(SLUGS) or (is_same and self._is_retired)
        orgs = [] if needs_no_list else _list(read, "/organizations")  # `_ask` needs one.
        if orgs is None:
            return having[0]
        self._is_retired = True
        return SLUGS if is_same else self._ask(name, orgs, read)

    def _ask(self, name: str, orgs: list[Any], read: Callable[[str], Any]) -> RouteSet | None:
        """Returns the first retired set that the server has, or SLUGS if it confirms neither."""
        questions = {"published": "/projects"}
        with suppress(LookupError, TypeError, ValueError):  # No organization exists.
            questions["slugs"] = f"/projects/{path_segment('slug', orgs[0]['slug'])}"
        order = [SLUGS, PUBLISHED] if name in SLUGS.lines else [PUBLISHED]
        if name == "create_org":  # With both, a server requires the slug. PUBLISHED sends it.
            order.reverse()
        for routes in (it for it in order if it.name in questions or self._knows(it)):
            is_known = self._knows(routes)
            if is_known or _list(read, questions[routes.name]) is not None:
                self._known += () if is_known else (routes,)
                return routes if name in routes.lines else None
        return SLUGS if name in SLUGS.lines else None


class _FirstCall(Call):
    """A call on today's routes while it is unknown whether the server has them.

    is_settled: whether the server accepted a change or answered a read, so that nothing is sent on
                other routes
    """

    is_settled = False

    def send(self, route: Route, measure: Measure | None = None) -> object:
        response = super().send(route, measure)
        self.is_settled = self.is_settled or self.method != "GET"
        return response

    def read(self, listing: Operation) -> list[dict[str, Any]]:
        items = super().read(listing)
        self.is_settled = True
        return items

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


def _send_the_same(one: Route, other: Route) -> bool:
    """Returns whether both routes are the same one request. Those with a recipe never are."""
    return (
        one.method == other.method
        and one.path.rstrip("/") == other.path.rstrip("/")
        and one.body == other.body
        and one.recipe is None
        and other.recipe is None
    )


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
