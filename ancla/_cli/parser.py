"""What is typed becomes a command and its arguments.

Not by argparse, whose messages repeat what was typed: here that may be a secret at a wrong place,
and the message ends up in the log of a CI job. Options may stand between all words.
"""

from __future__ import annotations

import os
import re
import sys

from .arguments import (
    APP,
    GLOBAL_OPTIONS,
    HELP,
    KEY_SOURCES,
    PROGRAM,
    PROJECT,
    VERSION,
    Given,
    UsageError,
)
from .commands import COMMANDS, GROUPS
from .help import command_help, overview, version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .arguments import Argument
    from .commands import Command
    from .saved import SavedFiles

_COMMANDS = {command.words: command for command in COMMANDS}


class HelpWanted(Exception):
    """Leads to a text that is all there is to do."""

    def __init__(self, text: str, status: int = 0) -> None:
        self.text = text
        self.status = status


def parse(
    words: Sequence[str], program: str = PROGRAM, saved: SavedFiles | None = None
) -> tuple[Command, Given]:
    """The command that the words ask for, and its arguments; UsageError or HelpWanted for none.

    The app may be left out where the saved files have a link to one.
    """
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    name, rest = _find_command(words)
    prog = f"{program} {name}".rstrip()
    try:
        _check_text(words)
        command = _COMMANDS.get(name)
        takes = command.takes if command else () if name else (VERSION,)
        values, others = _read_options([*takes, *GLOBAL_OPTIONS], rest)
        if values.get("help"):
            raise HelpWanted(command_help(prog, command) if command else overview(program, name))
        if values.get("version"):
            raise HelpWanted(version(program))
        if command is None:
            if others:
                raise UsageError(f"unknown command{_meant_command(name, others[0])}")
            raise HelpWanted(overview(program, name), 2)
        values["json"] = values.get("json") or values.get("output") == "json"
        values.update(_bind(command, others, saved, values.get("environment")))
        _check_required(command, values)
        _settle_environment(values)
    except UsageError as error:
        raise UsageError(f"{error} (see {prog} --help)") from None
    absent = {option.dest: option.default for option in (*GLOBAL_OPTIONS, *command.takes)}
    names = {"program": program, "prog": prog, "words": command.words}
    return command, Given(**{**absent, **values, **names})


def _check_text(words: Sequence[str]) -> None:
    for position, word in enumerate(words, 1):
        if re.search("[\ud800-\udfff]", word):
            names = filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")))
            raise UsageError(
                f"argument {position} is no text in {sys.getfilesystemencoding()}, "
                f"as which the locale {next(names, 'C')!r} has it read"
            )


def _find_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """The words of a command or of a group, "" for neither, and all the others in their order."""
    with_value = {name for option in GLOBAL_OPTIONS if option.metavar for name in option.names}
    name, position = "", 0
    rest: list[str] = []
    while position < len(words) and name not in _COMMANDS:
        word = words[position]
        longer = f"{name} {word}".lstrip()
        if _is_option(word) or word == "--":
            length = 2 if word in with_value else 1
            rest += words[position : position + length]
            position += length
        elif longer in _COMMANDS or longer in GROUPS:
            name = longer
            position += 1
        else:
            break
    return name, rest + list(words[position:])


def _is_option(word: str) -> bool:
    return word.startswith("-") and word not in ("-", "--")


def _read_options(
    options: Iterable[Argument], words: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """The values of the options among the words, and the words that are none."""
    by_name = {name: option for option in options for name in option.names}
    values: dict[str, Any] = {}
    others: list[str] = []
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word == "--":
            return values, others + left[::-1]
        if not _is_option(word):
            others.append(word)
            continue
        name, equals, value = word.partition("=")
        if not word.startswith("--") and len(name) > 2:  # -qy is -q -y, and -fFILE is -f FILE
            name, equals, value = word[:2], "=", word[2:]
        option = by_name.get(name)
        if option is None:
            raise UsageError(f"unknown option{_meant_option(name, by_name)}")
        if not option.metavar:
            if equals and word.startswith("--"):
                raise UsageError(f"argument {name}: takes no value")
            if equals:
                left.append(f"-{value}")
            values[option.dest] = True
            if option in (HELP, VERSION):
                return values, []
            continue
        if not equals:
            if not left or left[-1].partition("=")[0] in by_name or left[-1] == "--":
                raise UsageError(f"argument {name}: {option.metavar} is missing")
            value = left.pop()
        if option.dest in values and option not in GLOBAL_OPTIONS:
            raise UsageError(f"argument {name}: is given more than once")
        values[option.dest] = option.parse(value)
    return values, others


def _bind(
    command: Command, words: Sequence[str], saved: SavedFiles | None, environment: str | None
) -> dict[str, Any]:
    """The values of the arguments that are no options."""
    values: dict[str, Any] = {}
    left = list(words)
    takes = [argument for argument in command.takes if not argument.is_option]
    if takes and takes[0] in (APP, PROJECT) and _is_left_out(takes, words):
        # What is deleted is named.
        linked = saved.linked(takes[0], environment) if saved and not command.deletes else None
        if linked or command.takes_id_alone:
            values[takes.pop(0).dest] = linked
    for argument in takes:
        if argument.many:
            values[argument.dest] = [argument.parse(word) for word in left]
            left.clear()
        elif left:
            values[argument.dest] = argument.parse(left.pop(0))
    if left:
        labels = " ".join(each.label for each in command.takes if not each.is_option)
        raise UsageError(f"too many arguments: {command.words} takes {labels or 'none'}")
    return values


def _is_left_out(takes: Sequence[Argument], words: Sequence[str]) -> bool:
    """Whether the first argument, a path, is not among the words."""
    if words and "/" in words[0].partition("=")[0]:
        return False
    return takes[-1].many or len(words) < len(takes)


def _check_required(command: Command, values: dict[str, Any]) -> None:
    missing = [
        argument.label
        for argument in command.takes
        if argument.is_required and not values.get(argument.dest)
        if not (argument is APP and command.takes_id_alone)
    ]
    if missing:
        raise UsageError(f"the following arguments are required: {', '.join(missing)}")


def _settle_environment(values: dict[str, Any]) -> None:
    path, environment = values.get("app") or values.get("project"), values.get("environment")
    if path is None:
        return
    if environment and path.environment not in (None, environment):
        raise UsageError("argument --environment: the app is given in another one")
    values["environment"] = path.environment = environment or path.environment


def _meant_option(name: str, known: Iterable[str]) -> str:
    if name in ("--api-key", "--key", "--token"):
        return f": there is none for the API key, since `ps` shows those; {KEY_SOURCES}"
    # What looks like a name is told; a value that happens to begin with a dash is not.
    told = f" {name}" if re.fullmatch("--[a-z]{2,12}(-[a-z]{2,12}){0,2}", name) else ""
    return told + _suggested(_similar(name, known))


def _meant_command(group: str, word: str) -> str:
    known = [*GROUPS, *_COMMANDS]
    if exact := [words for words in known if words.endswith(f" {word}")]:
        return _suggested(exact)
    start = f"{group} " if group else ""
    inner = [words.removeprefix(start) for words in known if words.startswith(start)]
    near = _similar(word, [words.partition(" ")[0] for words in inner])
    return _suggested([start + found for found in near])


def _similar(word: str, known: Iterable[str]) -> list[str]:
    try:
        from difflib import get_close_matches
    except ImportError:  # as in Debian's python3-minimal
        return []
    return get_close_matches(word, list(known), 1)


def _suggested(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
