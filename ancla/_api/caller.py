"""From a client's method to the route that the server has for it.

While nothing is known of the server, today's route of the call is sent first. If it succeeds, the
server has today's API. Only what may mean that it has not (a 404 or 405, something that today's API
cannot do, a name without a slug) makes the client ask the server which routes it has; after that
each operation has one route.
"""

from __future__ import annotations

from .._http.settings import DEFAULT_ENVIRONMENT
from ..exceptions import AnclaError
from .arguments import check
from .call import Call, remember
from .operation import ROUTE_IS_MISSING, Unsupported
from .pages import whole_list
from .records import ownership_key
from .route_sets import KnownRoutes
from .workspaces import WORKSPACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._http.settings import Settings
    from .json_sender import JSONSender
    from .operation import Operation, Result, RouteSet
    from .pages import ReadList


class Caller:
    """Calls operations for one client or view."""

    def __init__(self, settings: Settings, json_sender: JSONSender) -> None:
        self.json_sender = json_sender
        self._environment = _plain(settings.environment)
        self._known = KnownRoutes(settings.routes)
        self.memory: dict[tuple[str, ...], str] = {}

    def with_settings(self, settings: Settings) -> Caller:
        """One with other settings, which shares the connections and what is known of the server."""
        view = Caller(settings, self.json_sender.with_settings(settings))
        view._known, view.memory = self._known, self.memory
        return view

    @property
    def has_todays_routes(self) -> bool:
        """Whether the server is known to have them."""
        return self._known.knows(WORKSPACES)

    def call(
        self, operation: Operation[Result], read_list: ReadList = whole_list, /, **arguments: object
    ) -> Result:
        """What the operation returns; `read_list` makes one list of a response in pages."""
        arguments.setdefault("environment", self._environment)
        arguments = {
            name: value if type(value) is str else _plain(value)
            for name, value in arguments.items()
        }
        try:
            routes = self._known.get(operation.name)
            if routes is None:
                if self._known.knows_nothing and WORKSPACES.get(operation.name):
                    return self._call_first(operation, arguments, read_list)
                check(arguments)  # before the server is asked
                routes = self._known.find(operation.name, self.json_sender.read)
            return self._call_on(routes, operation, arguments, read_list)
        except Unsupported as error:
            message = str(error)
        raise AnclaError(message)

    def trust(self, **place: str) -> None:
        """Takes a record as the application's, since the server has just named it as such."""
        remember(self.memory, ownership_key(check(place)), "")

    def _call_first(
        self, operation: Operation[Result], arguments: dict[str, object], read_list: ReadList
    ) -> Result:
        """Sends today's route before anything is known of the server."""
        sender, memory = self.json_sender, self.memory
        call = Call(WORKSPACES, operation, {**arguments}, read_list, sender, memory, is_known=False)
        try:
            result: Result = call.result()
        except (AnclaError, ValueError, Unsupported) as error:
            if call.is_proof or call.has_changed or not _may_lack_todays_routes(call, error):
                raise
            routes = self._known.find(operation.name, self.json_sender.read)
            if routes is WORKSPACES:
                raise
        else:
            return result
        finally:
            if call.is_proof:
                self._known.remember(WORKSPACES)
        return self._call_on(routes, operation, arguments, read_list)

    def _call_on(
        self,
        routes: RouteSet | None,
        operation: Operation[Result],
        arguments: dict[str, object],
        read_list: ReadList,
    ) -> Result:
        if routes is not WORKSPACES and self._environment != DEFAULT_ENVIRONMENT:
            self._refuse_environment(operation, arguments)
        if routes is None:
            if self.has_todays_routes and operation.instead:
                raise Unsupported(operation.cannot, f"it has no releases, use {operation.instead}")
            raise Unsupported(operation.cannot)
        sender, memory = self.json_sender, self.memory
        call = Call(routes, operation, arguments, read_list, sender, memory)
        result: Result = call.result()
        return result

    def _refuse_environment(
        self, operation: Operation[Any], arguments: Mapping[str, object]
    ) -> None:
        """Without environments a server would act on production, whatever was asked for."""
        if self.has_todays_routes:
            return
        route = WORKSPACES.get(operation.name)
        if "app" in arguments or (route is not None and "{environment}" in route.path):
            what = f"reach the environment {self._environment!r}"
            raise Unsupported(what, "its API has no environments")


def _plain(value: Any) -> Any:
    """A string of a subclass, which may compare as it likes, as the string that is sent."""
    return str.__str__(value) if isinstance(value, str) else value


def _may_lack_todays_routes(call: Call, error: Exception) -> bool:
    if isinstance(error, AnclaError):
        return error.status_code in ROUTE_IS_MISSING
    # A ValueError before anything was sent is for a name from which no slug can be made; a later
    # one comes from a function of the user's, such as that of `headers`.
    return isinstance(error, Unsupported) or not call.target
