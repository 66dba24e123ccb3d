"""Offers the words that may follow those typed so far, for the completion scripts."""

from __future__ import annotations

from collections.abc import Sequence

from .all_arguments import GLOBAL_OPTIONS
from .completion import FILES
from .parser import commands_within, find_command, own_options


def offers(words: Sequence[str]) -> list[str]:
    """Returns the words that fit, each with its description after a tab.

    words: what is typed after the program's name; the last word may be empty or incomplete
    """
    *before, current = words or [""]
    name, command, _ = find_command(before)
    options = [*own_options(name, command), *GLOBAL_OPTIONS]
    last = before[-1] if before else ""
    if "--" in before:
        return [FILES]
    for option in options:
        if option.metavar and last in option.names:
            files = [FILES] if option.metavar == "FILE" else []
            return [it for it in option.choices if it.startswith(current)] or files
    offered = {} if command else commands_within(name)
    for argument in command.takes if command else ():
        if not argument.is_option:
            offered.update(dict.fromkeys(argument.choices, argument.help))
    if current.startswith("-") or not offered:
        offered = {name: option.help for option in options for name in option.names}
    return sorted(f"{word}\t{text}" for word, text in offered.items() if word.startswith(current))
