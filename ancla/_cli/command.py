"""What a command is: the words that are typed, what they take and what is done."""

from __future__ import annotations

from . import output
from .argument import Slugs
from .arguments import SHOW_SECRETS, YES
from .waits import RECORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from .argument import Argument, Given


class Command:
    """One row of the table.

    words:    what is typed, such as "apps list"
    call:     the client's method, which the arguments are for, or a function of the client and
              what was given; returns a model, a list of models, plain data or None
    takes:    the arguments, in the order that the method has them in
    show:     the text for an answer's data, when it is not to be JSON
    done:     the message after success, unless there was a wait; may name {given.…} and {data[…]}
    deletes:  what is lost for good, which a person has to agree to
    is_local: it needs no client
    """

    def __init__(
        self,
        words: str,
        summary: str,
        call: str | Callable[[AnclaClient, Given], object],
        takes: tuple[Argument, ...] = (),
        *,
        show: Callable[[Any], str] = output.details,
        done: str = "",
        deletes: str = "",
        is_local: bool = False,
    ) -> None:
        self.words = words
        self.summary = summary
        self.takes = (*takes, YES) if deletes else takes
        self.places = [each for each in self.takes if not each.is_option]
        self.options = [each for each in self.takes if each.is_option]
        self.show = show
        self.done = f"Deleted {deletes}." if deletes else done
        self.deletes = deletes
        self.is_local = is_local
        self.takes_id_alone = words in RECORDS  # without the app, on servers that need none
        self._call = call

    @property
    def example(self) -> str:
        samples = [argument.sample for argument in self.takes]
        return " ".join([self.words, *filter(None, samples)])

    def call(self, client: AnclaClient, given: Given) -> object:
        if not isinstance(self._call, str):
            return self._call(client, given)
        arguments: list[object] = []
        for argument in self.takes:
            value = getattr(given, argument.dest)
            if argument not in (YES, SHOW_SECRETS):
                arguments += value if isinstance(value, Slugs) else [value]
        return getattr(client, self._call)(*arguments)
