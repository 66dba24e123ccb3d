"""A command: its words, its arguments, the function to call, and the form of its result."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from . import output
from .all_arguments import APP, COLUMNS, NO_HEADER, SCOPES, YES, YES_UNASKED
from .argument import Argument, Given, Slugs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient

_NOT_FOR_THE_CLIENT = (YES, YES_UNASKED, COLUMNS, NO_HEADER)


@dataclass(eq=False)
class Command:
    """One row of the table.

    words:        the words that are typed, such as "apps list"
    calls:        the name of a client's method, or a function of the client and `Given`; returns a
                  model, a list of models, plain data or None
    takes:        the arguments; a method gets the positional ones in this order, and the options by
                  name
    show:         formats the data of a result as text
    done:         the message after success without a wait; may contain {given.…} and {data[…]}
    deletes:      what is deleted, for the question before
    changes:      whether it starts or changes something, if neither of the two above says so
    is_local:     whether it needs no client
    ignores_link: whether the app is required even in a folder that is linked to one
    """

    words: str
    summary: str
    calls: str | Callable[[AnclaClient, Given], object]
    takes: tuple[Argument, ...] = ()
    _: KW_ONLY
    show: Callable[[Any], str] = output.details
    done: str = ""
    deletes: str = ""
    changes: bool = False
    is_local: bool = False
    ignores_link: bool = False

    def __post_init__(self) -> None:
        if self.deletes:
            self.takes += (YES,)
            self.done = f"Deleted {self.deletes}."
            self.ignores_link = True
        elif self.done or self.changes:
            self.takes += (YES_UNASKED,)
        if isinstance(self.show, output.Table):
            self.takes += (COLUMNS, NO_HEADER)
        self.options = [each for each in self.takes if each.is_option]
        self.after_dashes = next((each for each in self.takes if each.after_dashes), None)

    @property
    def example(self) -> str:
        samples = [argument.sample for argument in self.takes]
        return " ".join(filter(None, [self.words, *samples]))

    def takes_for(self, values: dict[str, Any]) -> list[Argument]:
        """Returns the arguments. --scope replaces the app among them."""
        scope = SCOPES.get(values.get("scope", ""))
        return [scope if scope and argument is APP else argument for argument in self.takes]

    def check(self, values: dict[str, Any]) -> None:
        """Raises UsageError for an invalid combination of values."""
        if isinstance(self.show, output.Table) and values.get("columns"):
            self.show.check(values["columns"])

    def call(self, client: AnclaClient, given: Given) -> object:
        if not isinstance(self.calls, str):
            return self.calls(client, given)
        arguments: list[object] = []
        options: dict[str, object] = {}
        for argument in self.takes:
            value = getattr(given, argument.dest)
            if not argument.is_option:
                arguments += value if isinstance(value, Slugs) else [value]
            elif argument not in _NOT_FOR_THE_CLIENT:
                options[argument.dest] = value
        return getattr(client, self.calls)(*arguments, **options)

    def text_of(self, data: Any, given: Given) -> str:
        """Formats the data of a result as text."""
        if isinstance(self.show, output.Table):
            return self.show(data, given.columns or None, not given.no_header)
        return self.show(data)
