"""Parses the command line: finds the command and the values of its arguments.

How it works. `find_command` takes the words of the command or group. argparse reads the options,
and writes the help. The remaining words are bound to the positional arguments. A missing path
comes from the link of the folder.

argparse's messages repeat what was typed. That may be a secret, which ends up in the log of a CI
job. So the messages here contain only names.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import partial
from textwrap import fill

from .. import __version__
from .all_arguments import (
    APP,
    ENVIRONMENT,
    GLOBAL_OPTIONS,
    HELP,
    ORG,
    PLACE,
    PROJECT,
    SCOPES,
    VERSION,
)
from .all_commands import ALIASES, COMMANDS, GROUPS
from .argument import KEY_SOURCES, PROGRAM, SCRIPT, Argument, Given, Slugs, UsageError
from .config_files import ConfigFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

    from .command import Command

_BY_WORDS = {command.words: command for command in COMMANDS}
_PATHS = (APP, PROJECT, ORG, PLACE, *SCOPES.values())  # A link may stand in for them.
_MORE = """\
examples:
  {program} apps list acme/shop
  {program} apps deploy acme/shop/web --wait
  {program} apps deploy --help

words of the platform's own command line, which are accepted too:
{aliases}

shown as ********, also in JSON:
  secrets, without --show-secrets; values that `config set` has read
  from standard input; all of a release's configuration

environment:
  ANCLA_API_KEY  the API key (not an option, since `ps` would show it)
  ANCLA_SERVER   the default of --server (then the login's server,
                 then https://ancla.dev)
  ANCLA_ENV      the default of --environment
  ANCLA_ROUTES   the default of --routes
  NO_COLOR       disables colour, unless it is empty

files of the platform's own command line, used if neither the option nor the
variable is set:
  ~/.ancla/config.yaml  the login: api_key and server
  .ancla/config.yaml    the link of a folder to an app, which may be omitted
                        in that folder and below: see {program} link

exit status:
  0    done
  1    any other failure, such as an error of the API or the network
  2    wrong usage
  3    the build or the deployment failed
  4    a wait or a request reached its timeout
  126  the command of `run` cannot be executed
  127  the command of `run` was not found
  130  interrupted by Ctrl-C
  141  the reader of the output closed the pipe
"""


def parse(words: Sequence[str], program: str = PROGRAM) -> tuple[Command, Given]:
    """Returns the command and the values of its arguments. Raises UsageError.

    Raises SystemExit after printing the help or the version. The app may be omitted if the folder
    is linked to one.
    """
    if words and words[0] == "help":
        words = [*words[1:], "--help"]
    name, command, rest = find_command(words)
    parser = _make_parser(program, name, command)
    files = ConfigFiles()
    end = rest.index("--") if "--" in rest else len(rest)
    before, after = rest[:end], rest[end + 1 :]
    try:
        takes_any_text = command is not None and command.after_dashes is not None
        _check_text(words[: len(words) - len(after)] if takes_any_text else words)
        values, others = _read_options(parser, before)
        if command is None:
            _leave_without_command(parser, name, [*others, *after], values, program)
        values["json"] = values.get("json") or values.get("output") == "json"
        if command.after_dashes is not None:
            values[command.after_dashes.dest], after = after, []
        _bind(command, [*others, *after], values, files)
        _settle_environment(values)
        command.check(values)
    except UsageError as error:
        raise UsageError(f"{error} (see {parser.prog} --help)") from None
    absent = {option.dest: option.default for option in (*GLOBAL_OPTIONS, *command.takes)}
    given = Given(**{**absent, **values}, words=name, program=program, prog=parser.prog)
    given.config_files = files
    return command, given


def _leave_without_command(
    parser: _Parser, name: str, words: list[str], values: dict[str, Any], program: str
) -> NoReturn:
    """Prints the version, or the help of the group. Raises UsageError for an unknown command."""
    if values.get("version"):
        ours = f"ancla-sdk {__version__}"
        print(ours if program in (PROGRAM, SCRIPT) else f"{program} ({ours})")
        raise SystemExit
    if words:
        raise UsageError(f"unknown command{_meant_command(name, words[0])}")
    parser.print_help(sys.stderr)
    raise SystemExit(2)


class _Parser(argparse.ArgumentParser):
    color: bool
    options: dict[str, Argument]  # By each of their names.

    def error(self, message: str) -> NoReturn:
        raise UsageError("the options cannot be read")


class _Once(argparse.Action):
    def __call__(
        self, parser: object, namespace: object, values: object, option_string: object = None
    ) -> None:
        if hasattr(namespace, self.dest):
            raise UsageError(f"argument {option_string}: is given more than once")
        setattr(namespace, self.dest, values)


def _make_parser(program: str, name: str, command: Command | None) -> _Parser:
    """Returns the parser for a command or group, with its own options and the global ones."""
    prog = f"{program} {name}".rstrip()
    form, listed = ["COMMAND ...", "[options]"], commands_within(name)
    if command:
        shown = [each for each in command.takes if each.required or not each.is_option]
        form = [each.usage for each in shown if not each.after_dashes] + ["[options]"]
        form += [each.usage for each in shown if each.after_dashes]
        listed = {each.metavar: each.help for each in command.takes if not each.is_option}
    parser = _Parser(
        prog=prog,
        usage=_filled(" ".join([prog, *form]), 72, 7).replace("%", "%%"),
        description=_description(name, command),
        epilog=_epilog(program, name),
        # Unless a width is given, argparse imports shutil, which python3-minimal lacks.
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=79),
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.color = False
    rows = [_filled(f"{label:<20}  {text}", 77, 22) for label, text in listed.items()]
    parser.add_argument_group("arguments" if command else "commands", "\n".join(rows) or None)
    parser.options = {}
    titles = {"options": own_options(name, command), "options of every command": GLOBAL_OPTIONS}
    for title, options in titles.items():
        group = parser.add_argument_group(title)
        for option in options:
            how: dict[str, Any] = {"action": "help" if option is HELP else "store_true"}
            if option.metavar:
                action = "store" if option in GLOBAL_OPTIONS else _Once
                how = {"action": action, "metavar": option.metavar, "type": option.parse}
            how.update(dest=option.dest, help=option.help, default=argparse.SUPPRESS)
            group.add_argument(*option.names, **how)
            parser.options.update(dict.fromkeys(option.names, option))
    return parser


def _description(name: str, command: Command | None) -> str:
    default = "deploy and manage apps on the Ancla platform"
    text = command.summary if command else GROUPS.get(name, default)
    accepted = [_typed(alias) for alias, ours in ALIASES.items() if ours == name]
    also = f" {' and '.join(map(repr, accepted))} means the same." if accepted else ""
    return _filled(f"{text[0].upper()}{text[1:]}.{also}", 79, 0)


def _epilog(program: str, name: str) -> str:
    if name:  # An example of the command, or of the first one in the group.
        first = next(each for each in COMMANDS if f"{each.words} ".startswith(f"{name} "))
        return f"example:\n  {program} {first.example}"
    aliases = "\n".join(f"  {_typed(alias):<14}  {ours}" for alias, ours in ALIASES.items())
    return _MORE.format(program=program, aliases=aliases)


def _typed(alias: str) -> str:
    """Returns an alias as the platform's users type it: `builds trigger` for `images trigger`."""
    group, _, rest = alias.partition(" ")
    theirs = {ours: other for other, ours in ALIASES.items()}
    return f"{theirs.get(group, group)} {rest}".rstrip()


def _filled(text: str, width: int, indent: int) -> str:
    return fill(text, width, subsequent_indent=" " * indent, break_on_hyphens=False)


def own_options(name: str, command: Command | None) -> list[Argument]:
    """Returns the options of a command or group, without the global ones."""
    if command:
        return command.options
    return [] if name else [VERSION]


def commands_within(group: str) -> dict[str, str]:
    """Returns the words that may follow the group's name, with their help."""
    start = f"{group} ".lstrip()
    listed = {}
    for command in COMMANDS:
        if command.words.startswith(start):
            word, _, more = command.words.removeprefix(start).partition(" ")
            listed[word] = GROUPS[word] if more else command.summary
    return listed


def find_command(words: Sequence[str]) -> tuple[str, Command | None, list[str]]:
    """Returns the words of a command or group, or "", the command, and the other words in order."""
    with_value = {name for option in GLOBAL_OPTIONS if option.metavar for name in option.names}
    name, is_value = "", False
    rest: list[str] = []
    for position, word in enumerate(words):
        longer = f"{name} {word}".lstrip()
        if is_value or _is_option(word):
            rest.append(word)
            is_value = not is_value and word in with_value
        elif (known := ALIASES.get(longer, longer)) in _BY_WORDS or known in GROUPS:
            name = known
        else:
            rest += words[position:]
            break
    return name, _BY_WORDS.get(name), rest


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _read_options(parser: _Parser, words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Returns the values of the options, and the words that are not options."""
    try:
        given, others = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        option = parser.options[str(error.argument_name).rpartition("/")[2]]
        fault = f"{option.metavar} is missing" if option.metavar else "takes no value"
        raise UsageError(f"argument {option.label}: {fault}") from None
    for word in filter(_is_option, others):
        raise UsageError(f"unknown option{_meant_option(word.partition('=')[0], parser.options)}")
    return vars(given), others


def _check_text(words: Sequence[str]) -> None:
    for position, word in enumerate(words, 1):
        if re.search("[\ud800-\udfff]", word):
            names = filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")))
            raise UsageError(
                f"argument {position} cannot be decoded as {sys.getfilesystemencoding()}, "
                f"the encoding of the locale {next(names, 'C')!r}"
            )


def _bind(
    command: Command, words: Sequence[str], values: dict[str, Any], files: ConfigFiles
) -> None:
    """Adds the values of the positional arguments to those of the options."""
    takes = command.takes_for(values)
    positionals = [each for each in takes if not (each.is_option or each.after_dashes)]
    left, unbound = list(words), list(positionals)
    linked = None
    if not command.ignores_link and _is_omitted(positionals, words):
        linked = _linked_path(positionals[0], values.get("environment"), files)
    if linked is not None:
        values[unbound.pop(0).dest] = values["linked"] = linked
    for argument in unbound:
        if argument.many:
            values[argument.dest] = [argument.parse(word) for word in left]
            left = []
        elif left:
            values[argument.dest] = argument.parse(left.pop(0))
        elif argument is ENVIRONMENT and linked is not None:
            values[argument.dest] = linked.environment
    if left:
        if command.after_dashes is not None:
            raise UsageError("put `--` before the command to run, as in: -- env")
        labels = " ".join(argument.label for argument in positionals)
        raise UsageError(f"too many arguments: {command.words} takes {labels or 'none'}")
    missing = [each.label for each in takes if each.required and not values.get(each.dest)]
    if missing:
        raise UsageError(f"the following arguments are required: {', '.join(missing)}")


def _linked_path(path: Argument, environment: str | None, files: ConfigFiles) -> Slugs | None:
    """Returns the path that the link of the folder has for an argument, or None."""
    for wanted in (APP, PROJECT, ORG) if path is PLACE else (path,):
        if linked := files.linked(wanted, environment):
            return linked
    return None


def _is_omitted(positionals: Sequence[Argument], words: Sequence[str]) -> bool:
    """Guesses whether the path, if it is the first argument, is omitted.

    It is if the first word has no slash before a `=`, and either there are too few words or the
    last argument takes any number. But a word without slash and `=` may be an organization.
    """
    first, equals, _ = (words[0] if words else "").partition("=")
    if "/" in first or not positionals or positionals[0] not in _PATHS:
        return False
    if positionals[0] is ORG or (positionals[-1].many and positionals[0].label == "ORG"):
        return not words or bool(equals)
    return positionals[-1].many or len(words) < len(positionals)


def _settle_environment(values: dict[str, Any]) -> None:
    path, environment = values.get("app") or values.get("project"), values.get("environment")
    if path is not None:
        if environment and path.environment not in (None, environment):
            raise UsageError("argument --environment: does not match the path of the app")
        values["environment"] = path.environment = environment or path.environment


def _meant_option(name: str, known: Iterable[str]) -> str:
    if name in ("--api-key", "--key", "--token"):
        return f": an API key is not accepted as an option, since `ps` would show it; {KEY_SOURCES}"
    # Show only what looks like a name: a value may start with a dash, too.
    shown = f" {name}" if re.fullmatch("--[a-z]{2,12}(-[a-z]{2,12}){0,2}", name) else ""
    return shown + _suggested(_similar(name, known))


def _meant_command(group: str, word: str) -> str:
    known, start = [*GROUPS, *_BY_WORDS, *ALIASES], f"{group} ".lstrip()
    exact = [words for words in known if words.endswith(f" {word}")]
    inner = [words.removeprefix(start).split()[0] for words in known if words.startswith(start)]
    return _suggested(exact or [start + found for found in _similar(word, inner)])


def _similar(word: str, known: Iterable[str]) -> list[str]:
    try:
        from difflib import get_close_matches
    except ImportError:  # Debian's python3-minimal.
        return []
    return get_close_matches(word, list(known), 1)


def _suggested(names: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
