"""Reads the builds, releases and deployments of one application during a wait."""

from __future__ import annotations

from .pages import whole_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from .caller import Caller
    from .pages import ReadList
    from .waiting import Poller

    R = TypeVar("R")


class Pipeline:
    """Reads the records of one application through the Poller of one wait."""

    def __init__(self, caller: Caller, poller: Poller, label: str, **app: str) -> None:
        """`label` names the aim of the wait, for messages. `app` is org, project and app."""
        self.poller = poller
        self.label = label
        self.app = app
        self.caller = caller

    def list(self, name: str, result: type[R], read_list: ReadList = whole_list) -> R:
        """Returns the list of an operation. Retries after temporary errors."""
        call = self.caller.call
        return self.poller.poll(lambda: call(name, result, read_list, **self.app), self.label)

    def reader(self, name: str, result: type[R], /, **record: str) -> Callable[[], R]:
        """Returns a function that reads one record, for `Poller.poll`."""
        return lambda: self.caller.call(name, result, **self.app, **record)

    def pause(self) -> None:
        self.poller.pause(self.label)
