"""The builds, releases and deployments of one application, as a wait reads them."""

from __future__ import annotations

from .pages import whole_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .caller import Caller
    from .operation import Operation, Result
    from .pages import ReadList
    from .waiting import Poller


class Pipeline:
    """One application, read through the Poller of one wait."""

    def __init__(self, caller: Caller, poller: Poller, what: str, **app: str) -> None:
        """`what` names what is waited for; `app` is org, project and app."""
        self.poller = poller
        self.what = what
        self.app = app
        self._caller = caller

    @property
    def has_todays_routes(self) -> bool:
        return self._caller.has_todays_routes

    def list(self, operation: Operation[Result], read_list: ReadList = whole_list) -> Result:
        """The list of an operation; temporary errors are survived."""
        call = self._caller.call
        return self.poller.ask(lambda: call(operation, read_list, **self.app), self.what)

    def reader(self, operation: Operation[Result], **record: str) -> Callable[[], Result]:
        """Reads one record; for `Poller.ask`."""
        return lambda: self._caller.call(operation, **self.app, **record)

    def trust(self, **record: str) -> None:
        """Spares the proof that a record is the application's: its own responses name it."""
        self._caller.trust(**self.app, **record)

    def pause(self) -> None:
        self.poller.pause(self.what)
