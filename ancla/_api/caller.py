"""Chooses the route of each operation, and calls it.

While the server's route set is unknown, today's route is sent first. If the response
is what today's API promises, that is remembered. The client asks which routes the server has only
if it may lack today's API: after a 404 or 405, for an operation or an argument that today's API
does not support, or for a name from which no slug can be made.
"""

from __future__ import annotations

from .._http.sender import Sender
from .._http.settings import DEFAULT_ENVIRONMENT
from ..exceptions import AnclaError
from .arguments import check
from .call import Call, remember
from .json_sender import JSONSender
from .operation import ROUTE_IS_MISSING, Unsupported, operation
from .pages import whole_list
from .records import ownership_key
from .route_sets import KnownRoutes
from .workspaces import WORKSPACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from .._http.settings import Settings
    from .._http.transport import Transport
    from .operation import Operation, RouteSet
    from .pages import ReadList

    R = TypeVar("R")

_INSTEAD_OF_RELEASES = {
    "list_releases": "list_deployments",
    "get_release": "get_deployment",
    "create_release": "deploy_app",
    "deploy_release": "deploy_app or rollback_app",
    "get_release_log": "get_deployment_log",
}


class Caller:
    """Calls operations for one client or view."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self.json_sender = JSONSender(settings, Sender(settings, transport))
        self._transport = transport
        self._environment = _plain(settings.environment)
        self._known = KnownRoutes(settings.routes)
        self.memory: dict[tuple[str, ...], str] = {}

    def with_settings(self, settings: Settings) -> Caller:
        """Returns a caller with other settings, but the same connections, routes and ids."""
        view = Caller(settings, self._transport)
        view._known, view.memory = self._known, self.memory
        return view

    @property
    def has_todays_routes(self) -> bool:
        """Whether the server is known to have today's routes."""
        return self._known.knows(WORKSPACES)

    def call(
        self, name: str, result: type[R], read_list: ReadList = whole_list, /, **arguments: object
    ) -> R:
        """Returns the result of an operation. `read_list` reads the pages of a list."""
        if "project" in arguments:  # Only projects have environments.
            arguments.setdefault("environment", self._environment)
        for each, value in arguments.items():
            if type(value) is not str:
                arguments[each] = _plain(value)
        called = operation(name, result)
        try:
            routes = self._known.get(name)
            if routes is None:
                if self._known.knows_nothing and name in WORKSPACES.lines:
                    return self._call_first(called, arguments, read_list)  # type: ignore[no-any-return]  # by `result`
                check(arguments)  # Before the server is asked.
                routes = self._known.find(name, self.json_sender.read)
            if routes is not WORKSPACES:
                routes = self._usable(routes, called, arguments)
            call = Call(routes, called, arguments, read_list, self.json_sender, self.memory)
            return call.result()  # type: ignore[no-any-return]  # as `result` says
        except Unsupported as error:
            message = str(error)
        raise AnclaError(message)

    def trust(self, **record: str) -> None:
        """Remembers that a record belongs to the application, without a check.

        For records that a response about the application has named.
        """
        remember(self.memory, ownership_key(check(record)), "")

    def _call_first(
        self, operation: Operation, arguments: dict[str, object], read_list: ReadList
    ) -> Any:
        """Sends today's route while the route set of the server is unknown."""
        sender, memory = self.json_sender, self.memory
        # A copy: the call adds to its arguments, and another may follow.
        call = Call(WORKSPACES, operation, {**arguments}, read_list, sender, memory)
        try:
            result = call.result()
        except (AnclaError, ValueError, Unsupported) as error:
            if call.is_settled or not _may_lack_todays_routes(call, error):
                raise
            routes = self._known.find(operation.name, self.json_sender.read)
            if routes is WORKSPACES:  # The server has today's API, so the error stands.
                raise
        else:
            if WORKSPACES[operation.name].path.startswith("/workspaces"):
                self._known.remember(WORKSPACES)
            return result
        routes = self._usable(routes, operation, arguments)
        return Call(routes, operation, arguments, read_list, sender, memory).result()

    def _usable(
        self, routes: RouteSet | None, operation: Operation, arguments: Mapping[str, object]
    ) -> RouteSet:
        """Returns the route set. Raises Unsupported if there is none that can do the operation."""
        if self._environment != DEFAULT_ENVIRONMENT:
            self._refuse_environment(operation, arguments)
        if routes is not None:
            return routes
        instead = _INSTEAD_OF_RELEASES.get(operation.name)
        if self.has_todays_routes and instead:
            raise Unsupported(operation.action, f"it has no releases, use {instead}")
        raise Unsupported(operation.action)

    def _refuse_environment(self, operation: Operation, arguments: Mapping[str, object]) -> None:
        """Raises Unsupported if the operation depends on an environment, and the server has none.

        Such a server would act on production.
        """
        if self.has_todays_routes:
            return
        name = operation.name
        is_of_environment = name in WORKSPACES.lines and "{environment}" in WORKSPACES[name].path
        if "app" in arguments or is_of_environment:
            action = f"reach the environment {self._environment!r}"
            raise Unsupported(action, "its API has no environments")


def _plain(value: Any) -> Any:
    """Returns a string as a plain `str`: a subclass may define its own comparison."""
    return str.__str__(value) if isinstance(value, str) else value


def _may_lack_todays_routes(call: Call, error: Exception) -> bool:
    if isinstance(error, AnclaError):
        return error.status_code in ROUTE_IS_MISSING
    # A ValueError before any request means that no slug can be made from a name. A later one was
    # raised by the user's own code, such as a `headers` function.
    return isinstance(error, Unsupported) or not call.target
