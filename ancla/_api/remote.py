"""The way in: calls operations of the API on a server, for one client or view."""

from __future__ import annotations

from functools import partial

from .._http.sender import Sender
from ..models import BuildResult, DeployReleaseResult, DeployResult, EnvironmentDeployResult
from .call import Memory
from .json_sender import JSONSender
from .operation import Unsupported, operation
from .pages import whole_list
from .retired.detection import FirstCall, RetiredRoutes
from .workspaces import WORKSPACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from .._http.settings import Settings
    from .._http.transport import Transport

    R = TypeVar("R")

_PLACE = ("org", "project", "app")
_STARTED = frozenset((BuildResult, DeployResult, DeployReleaseResult, EnvironmentDeployResult))


class Remote:
    """The API of one server, as one client or view calls it."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self.json_sender = JSONSender(settings, Sender(settings, transport))
        self.retired = RetiredRoutes(settings.routes)
        self.memory = Memory()
        self._transport = transport
        self._environment = settings.environment

    def with_settings(self, settings: Settings) -> Remote:
        """Returns one with other settings, but the same connections, routes and memory."""
        view = Remote(settings, self._transport)
        view.retired, view.memory = self.retired, self.memory
        return view

    def call(
        self,
        name: str,
        result: type[R],
        /,
        *place: object,
        read_list: Any = whole_list,  # A ReadList. mypy would take one of `**named` for it.
        **arguments: object,
    ) -> R:
        """Returns the result of an operation. `read_list` reads the pages of a list.

        `place` are the organization, the project and the application, as far as the operation has
        them.
        """
        if place:
            arguments.update(zip(_PLACE, place))
        if "project" in arguments:  # Only projects have environments.
            arguments.setdefault("environment", self._environment)
        called = operation(name, result)
        # Without the retired routes, these would be `Call` and `WORKSPACES`.
        known = self.retired.known.get(name)
        make_call, routes = known or (partial(FirstCall, self.retired), WORKSPACES)
        call = make_call(routes, called, arguments, read_list, self.json_sender, self.memory)
        try:
            decoded: R = call.result()
        except Unsupported as unsupported:
            error = unsupported.as_error()
        else:
            if called.model in _STARTED:
                self._remember_named(decoded)
            return decoded
        raise error

    def has_named(self, identifier: object) -> bool:
        """Returns whether a response named this image or deployment when it was started."""
        return isinstance(identifier, str) and ("named", identifier) in self.memory

    def _remember_named(self, started: object) -> None:
        for name in ("image_id", "deployment_id"):
            identifier = getattr(started, name, None)  # A field that is not declared may be a list.
            if identifier and isinstance(identifier, str):
                self.memory["named", identifier] = ""
