"""The table of commands as parsers: what is typed becomes a command and its arguments.

argparse reads the options and writes the help. Its messages repeat what was typed, which may be a
secret at a wrong place that ends up in the log of a CI job: those shown are ours, of names alone.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import partial
from textwrap import fill

from .. import __version__
from .argument import KEY_SOURCES, PROGRAM, SCRIPT, Given, UsageError
from .arguments import APP, GLOBAL_OPTIONS, HELP, PROJECT, VERSION
from .commands import COMMANDS, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

    from .argument import Argument
    from .command import Command
    from .config_files import ConfigFiles

_COMMANDS = {command.words: command for command in COMMANDS}
_MORE = """\
examples:
  {program} apps list acme/shop
  {program} apps deploy acme/shop/web --wait
  {program} apps deploy --help

hidden, also in JSON, as ********:
  secrets, unless there is --show-secrets; values that `config set` has read
  from standard input; all of a release's configuration

environment:
  ANCLA_API_KEY  the API key; there is no option for it, since `ps` shows those
  ANCLA_SERVER   the server, when there is no --server (https://ancla.dev)
  ANCLA_ENV      the environment of the app, when there is no --environment
  ANCLA_ROUTES   the route set, when there is no --routes
  NO_COLOR       no colour, unless it is empty

exit status:
  0    done
  1    the API or the network said no
  2    wrong usage
  3    the build or the deployment failed
  4    time ran out
  130  interrupted by Ctrl-C
  141  the reader of the output went away
"""


def parse(
    words: Sequence[str], program: str = PROGRAM, saved: ConfigFiles | None = None
) -> tuple[Command, Given]:
    """The command that the words ask for, and its arguments; UsageError if there is none.

    Help and version, which are no commands, leave by SystemExit. The app may be left out where
    the saved files have a link to one.
    """
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    name, rest = _find_command(words)
    command = _COMMANDS.get(name)
    own = command.options if command else [] if name else [VERSION]
    parser = _make_parser(program, name, own)
    try:
        _check_text(words)
        values, others = _read_options(parser, [*own, *GLOBAL_OPTIONS], rest)
        if values.get("version"):
            ours = f"ancla-sdk {__version__}"
            print(ours if program in (PROGRAM, SCRIPT) else f"{program} ({ours})")
            raise SystemExit
        if command is None:
            if others:
                raise UsageError(f"unknown command{_meant_command(name, others[0])}")
            parser.print_help(sys.stderr)
            raise SystemExit(2)
        values["json"] = values.get("json") or values.get("output") == "json"
        _bind(command, others, values, saved)
        _settle_environment(values)
    except UsageError as error:
        raise UsageError(f"{error} (see {parser.prog} --help)") from None
    absent = {option.dest: option.default for option in (*GLOBAL_OPTIONS, *command.takes)}
    names = {"program": program, "prog": parser.prog, "words": command.words}
    return command, Given(**{**absent, **values, **names})


class _Parser(argparse.ArgumentParser):
    color: bool

    def error(self, message: str) -> NoReturn:
        raise UsageError("the options cannot be read")


class _Once(argparse.Action):
    def __call__(
        self, parser: object, namespace: object, values: object, option_string: object = None
    ) -> None:
        if hasattr(namespace, self.dest):
            raise UsageError(f"argument {option_string}: is given more than once")
        setattr(namespace, self.dest, values)


def _make_parser(program: str, name: str, own: Sequence[Argument]) -> _Parser:
    """For the command or the group of that name, with options of its own and those of all."""
    start = f"{name} ".lstrip()
    listed, form = {}, ["COMMAND ..."]
    if command := _COMMANDS.get(name):
        summary, example = command.summary, command.example
        listed = {argument.label: argument.help for argument in command.places}
        form = [each.form for each in command.takes if each.is_required or each in command.places]
    else:
        summary = GROUPS.get(name, "deploy and look after apps on the Ancla platform")
        inner = [each for each in COMMANDS if each.words.startswith(start)]
        example = inner[0].example
        for each in inner:
            word, _, more = each.words.removeprefix(start).partition(" ")
            listed[word] = GROUPS[word] if more else each.summary
    prog = f"{program} {name}".rstrip()
    parser = _Parser(
        prog=prog,
        usage=_filled(" ".join([prog, *form, "[options]"]), 72, 7).replace("%", "%%"),
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example:\n  {program} {example}" if name else _MORE.format(program=program),
        # Without a width it would import shutil, which python3-minimal lacks.
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=79),
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.color = False
    rows = [_filled(f"{label:<20}  {text}", 77, 22) for label, text in listed.items()]
    title = "arguments" if command else "commands"
    parser.add_argument_group(title, "\n".join(rows) or None)
    for title, options in (("options", own), ("options of every command", GLOBAL_OPTIONS)):
        group = parser.add_argument_group(title)
        for option in options:
            how: dict[str, Any] = {"action": "help" if option is HELP else "store_true"}
            if option.metavar:
                action = "store" if option in GLOBAL_OPTIONS else _Once
                how = {"action": action, "metavar": option.metavar, "type": option.parse}
            how.update(dest=option.dest, help=option.help, default=argparse.SUPPRESS)
            group.add_argument(*option.names, **how)
    return parser


def _filled(text: str, width: int, indent: int) -> str:
    return fill(text, width, subsequent_indent=" " * indent, break_on_hyphens=False)


def _find_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """The words of a command or of a group, "" for neither, and all the others in their order."""
    with_value = {name for option in GLOBAL_OPTIONS if option.metavar for name in option.names}
    name, is_value = "", False
    rest: list[str] = []
    for position, word in enumerate(words):
        longer = f"{name} {word}".lstrip()
        if is_value or _is_option(word):
            rest.append(word)
            is_value = not is_value and word in with_value
        elif longer in _COMMANDS or longer in GROUPS:
            name = longer
        else:
            return name, rest + list(words[position:])
    return name, rest


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _read_options(
    parser: _Parser, options: Iterable[Argument], words: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """The values of the options among the words, and the words that are none."""
    by_name = {name: option for option in options for name in option.names}
    end = words.index("--") if "--" in words else len(words)
    try:
        given, others = parser.parse_known_args(words[:end])
    except argparse.ArgumentError as error:
        option = by_name[str(error.argument_name).rpartition("/")[2]]
        fault = f"{option.metavar} is missing" if option.metavar else "takes no value"
        raise UsageError(f"argument {option.label}: {fault}") from None
    for word in filter(_is_option, others):
        raise UsageError(f"unknown option{_meant_option(word.partition('=')[0], by_name)}")
    return vars(given), [*others, *words[end + 1 :]]


def _check_text(words: Sequence[str]) -> None:
    for position, word in enumerate(words, 1):
        if re.search("[\ud800-\udfff]", word):
            names = filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")))
            raise UsageError(
                f"argument {position} is no text in {sys.getfilesystemencoding()}, "
                f"as which the locale {next(names, 'C')!r} has it read"
            )


def _bind(
    command: Command, words: Sequence[str], values: dict[str, Any], saved: ConfigFiles | None
) -> None:
    """Add the values of the arguments that are told by their place to those of the options."""
    left, takes = list(words), list(command.places)
    if takes and takes[0] in (APP, PROJECT) and _is_left_out(takes, words):
        # What is deleted is named.
        wanted = saved if not command.deletes else None
        linked = wanted and wanted.linked(takes[0], values.get("environment"))
        if linked or command.takes_id_alone:
            values[takes.pop(0).dest] = linked
    for argument in takes:
        if argument.many:
            values[argument.dest] = [argument.parse(word) for word in left]
            left = []
        elif left:
            values[argument.dest] = argument.parse(left.pop(0))
    if left:
        labels = " ".join(argument.label for argument in command.places)
        raise UsageError(f"too many arguments: {command.words} takes {labels or 'none'}")
    missing = [
        argument.label
        for argument in command.takes
        if argument.is_required and not values.get(argument.dest)
        if not (argument is APP and command.takes_id_alone)
    ]
    if missing:
        raise UsageError(f"the following arguments are required: {', '.join(missing)}")


def _is_left_out(takes: Sequence[Argument], words: Sequence[str]) -> bool:
    """Whether the first argument, a path, is not among the words."""
    if words and "/" in words[0].partition("=")[0]:
        return False
    return takes[-1].many or len(words) < len(takes)


def _settle_environment(values: dict[str, Any]) -> None:
    path, environment = values.get("app") or values.get("project"), values.get("environment")
    if path is not None:
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
    known, start = [*GROUPS, *_COMMANDS], f"{group} ".lstrip()
    exact = [words for words in known if words.endswith(f" {word}")]
    inner = [words.removeprefix(start).split()[0] for words in known if words.startswith(start)]
    return _suggested(exact or [start + found for found in _similar(word, inner)])


def _similar(word: str, known: Iterable[str]) -> list[str]:
    try:
        from difflib import get_close_matches
    except ImportError:  # as in Debian's python3-minimal
        return []
    return get_close_matches(word, list(known), 1)


def _suggested(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
