"""Reads the builds, releases and deployments of one application during a wait."""

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
    """Reads the records of one application through the Poller of one wait."""

    def __init__(self, caller: Caller, poller: Poller, label: str, **app: str) -> None:
        """`label` names the aim of the wait, for messages. `app` is org, project and app."""
        self.poller = poller
        self.label = label
        self.app = app
        self._caller = caller

    @property
    def has_todays_routes(self) -> bool:
        return self._caller.has_todays_routes

    def list(self, operation: Operation[Result], read_list: ReadList = whole_list) -> Result:
        """Returns the list of an operation. Retries after temporary errors."""
        call = self._caller.call
        return self.poller.poll(lambda: call(operation, read_list, **self.app), self.label)

    def reader(self, operation: Operation[Result], **record: str) -> Callable[[], Result]:
        """Returns a function that reads one record, for `Poller.poll`."""
        return lambda: self._caller.call(operation, **self.app, **record)

    def trust(self, **record: str) -> None:
        """Remembers that a record belongs to the application, without a check."""
        self._caller.trust(**self.app, **record)

    def pause(self) -> None:
        self.poller.pause(self.label)
