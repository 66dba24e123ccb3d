"""The table of commands as a parser: what is typed becomes a command and its arguments."""

from __future__ import annotations

import argparse
import re
import sys

from .. import __version__
from .arguments import GLOBAL_OPTIONS, Given
from .commands import COMMANDS, GROUPS
from .terminal import one_line, styled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from .commands import Command

    Subparsers = argparse._SubParsersAction["Parser"]

PROGRAM = f"python -m {__package__.rpartition('.')[0]}"

_EPILOG = f"""\
examples:
  {PROGRAM} apps list acme/shop
  {PROGRAM} apps deploy acme/shop/web --wait
  {PROGRAM} apps deploy --help

hidden, also in JSON, as ********:
  secrets, unless there is --show-secrets; values that `config set` has read
  from standard input; all of a release's configuration

environment:
  ANCLA_API_KEY  the API key; there is no option for it, since `ps` shows those
  ANCLA_SERVER   the server, when there is no --server (https://ancla.dev)
  NO_COLOR       no colour, whatever it is set to

exit status:
  0    done
  1    the API or the network said no
  2    wrong usage
  3    the build or the deployment failed
  4    time ran out
  130  interrupted by Ctrl-C
  141  the reader of the output went away"""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and where to read more."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.suggest_on_error = False  # Python 3.15 would, beside ours

    def error(self, message: str) -> NoReturn:
        if typo := re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message):
            from difflib import get_close_matches

            for word in get_close_matches(typo[1], re.findall(r"[\w-]+", typo[2]), 1):
                message += f"; did you mean {word!r}?"
        label = styled("error:", "red", sys.stderr)
        self.exit(2, f"{label} {one_line(message)} (see {self.prog} --help)\n")


def parse(words: Sequence[str]) -> tuple[Command, Given]:
    """The command that the words ask for, and its arguments.

    Wrong usage, and help and version, which are no commands, leave by SystemExit.
    """
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    parser = _parser_for(words)
    absent = Given(**{option.dest: None for option in GLOBAL_OPTIONS})
    given, rest = parser.parse_known_args(words, absent)
    if given.command is None:
        given.parser.print_help(sys.stderr)
        raise SystemExit(2)
    command: Command = given.command
    # argparse gives up a list of words at the first option among them, and then leaves "--" as well.
    rest = [word for word in rest if word != "--"]
    if rest and command.more and not any(word.startswith("-") for word in rest):
        getattr(given, command.more).extend(rest)
    elif rest:
        given.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return command, given


def _parser_for(words: Sequence[str]) -> Parser:
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s COMMAND ... [options]",
        description="Deploy and look after apps on the Ancla platform.",
        **_common(_EPILOG),
    )
    parser.add_argument("--version", action="version", version=f"ancla-sdk {__version__}")
    subparsers = _add_subparsers(parser)
    groups = {group: _add_group(subparsers, group) for group in GROUPS}
    for command in COMMANDS:
        group, _, word = command.words.rpartition(" ")
        if not group:
            _add_command(subparsers, command, word)
        elif group in words:  # to build the parsers of the other groups would only take time
            _add_command(groups[group], command, word)
    return parser


def _add_group(subparsers: Subparsers, group: str) -> Subparsers:
    first = next(command for command in COMMANDS if command.words.startswith(f"{group} "))
    parser = subparsers.add_parser(
        group,
        usage="%(prog)s COMMAND ... [options]",
        help=GROUPS[group],
        description=_sentence(GROUPS[group]),
        **_common(_example(first)),
    )
    return _add_subparsers(parser)


def _add_subparsers(parser: Parser) -> Subparsers:
    parser.set_defaults(command=None, parser=parser)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", prog=parser.prog)
    _add_global_options(parser)
    return subparsers


def _add_command(subparsers: Subparsers, command: Command, word: str) -> None:
    parser = subparsers.add_parser(
        word,
        help=command.summary,
        description=_sentence(command.summary),
        **_common(_example(command)),
    )
    parser.set_defaults(command=command, parser=parser)
    for argument in command.takes:
        parser.add_argument(*argument.names, **argument.options)
    _add_global_options(parser)


def _common(epilog: str) -> dict[str, Any]:
    return {
        "epilog": epilog,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _example(command: Command) -> str:
    return f"example:\n  {PROGRAM} {command.example}"


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _add_global_options(parser: Parser) -> None:
    """Add what may stand before, between and behind the words of every command."""
    group = parser.add_argument_group("options of every command")
    for option in GLOBAL_OPTIONS:
        # No defaults here: those of an inner parser would undo what an outer one has read.
        group.add_argument(*option.names, default=argparse.SUPPRESS, **option.options)
