"""A command: its words, its arguments, the function to call, and the form of its result."""

from __future__ import annotations

from . import output
from .all_arguments import APP, COLUMNS, NO_HEADER, SCOPES, SHOW_SECRETS, YES, YES_UNASKED
from .argument import Slugs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from .argument import Argument, Given

_NOT_FOR_THE_CLIENT = (YES, YES_UNASKED, SHOW_SECRETS, COLUMNS, NO_HEADER)


class Command:
    """One row of the table.

    words:        the words that are typed, such as "apps list"
    call:         the name of a client's method that takes the arguments, or a function of the
                  client and `Given`; returns a model, a list of models, plain data or None
    takes:        the arguments, in the order of the method's parameters
    show:         formats the data of a result as text
    done:         the message after success without a wait; may contain {given.…} and {data[…]}
    deletes:      what is deleted, for the question before
    changes:      whether it starts or changes something, if neither of the two above says so
    is_local:     whether it needs no client
    ignores_link: whether the app is required even in a folder that is linked to one
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
        changes: bool = False,
        is_local: bool = False,
        ignores_link: bool = False,
    ) -> None:
        self.words = words
        self.summary = summary
        if deletes:
            takes = (*takes, YES)
        elif done or changes:
            takes = (*takes, YES_UNASKED)
        if isinstance(show, output.Table):
            takes = (*takes, COLUMNS, NO_HEADER)
        self.takes = takes
        self.positionals = [each for each in takes if not (each.is_option or each.after_dashes)]
        self.options = [each for each in takes if each.is_option]
        self.after_dashes = next((each for each in takes if each.after_dashes), None)
        self.done = f"Deleted {deletes}." if deletes else done
        self.deletes = deletes
        self.is_local = is_local
        self.ignores_link = ignores_link or bool(deletes)
        self._show = show
        self._call = call

    @property
    def method(self) -> str | None:
        """The client's method that the command calls, or None if it has a function of its own."""
        return self._call if isinstance(self._call, str) else None

    @property
    def example(self) -> str:
        samples = [argument.sample for argument in self.takes]
        return " ".join([self.words, *filter(None, samples)])

    def positionals_for(self, values: dict[str, Any]) -> list[Argument]:
        """Returns the positional arguments. --scope replaces the app among them."""
        scope = SCOPES.get(values.get("scope", ""))
        return [scope if scope and argument is APP else argument for argument in self.positionals]

    def check(self, values: dict[str, Any]) -> None:
        """Raises UsageError for an invalid combination of values."""
        if isinstance(self._show, output.Table) and values.get("columns"):
            self._show.check(values["columns"])

    def call(self, client: AnclaClient, given: Given) -> object:
        if not isinstance(self._call, str):
            return self._call(client, given)
        arguments: list[object] = []
        for argument in self.takes:
            value = getattr(given, argument.dest)
            if argument not in _NOT_FOR_THE_CLIENT:
                arguments += value if isinstance(value, Slugs) else [value]
        return getattr(client, self._call)(*arguments)

    def text_of(self, data: Any, given: Given) -> str:
        """Formats the data of a result as text."""
        if isinstance(self._show, output.Table):
            return self._show(data, given.columns or None, not given.no_header)
        return self._show(data)
