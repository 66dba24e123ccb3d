"""What `--help` and `--version` say, made from the table of commands."""

from __future__ import annotations

from textwrap import fill

from .. import __version__
from .arguments import GLOBAL_OPTIONS, PROGRAM, SCRIPT, VERSION
from .commands import COMMANDS, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .arguments import Argument
    from .commands import Command

_MORE = """
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


def overview(program: str, group: str) -> str:
    """The help of the program, or of a group of commands."""
    start = f"{group} " if group else ""
    inner = [command for command in COMMANDS if command.words.startswith(start)]
    if group:
        summary = _sentence(GROUPS[group])
        listed = {command.words.removeprefix(start): command.summary for command in inner}
        more = f"\nexample:\n  {program} {inner[0].example}\n"
    else:
        summary = "Deploy and look after apps on the Ancla platform."
        alone = {each.words: each.summary for each in inner if " " not in each.words}
        listed = {**GROUPS, **alone}
        more = _MORE.format(program=program)
    return (
        f"usage: {program} {start}COMMAND ... [options]\n\n{summary}\n\ncommands:\n"
        + "".join(_row(name, text) for name, text in listed.items())
        + _rows("options", () if group else (VERSION,))
        + _rows("options of every command", GLOBAL_OPTIONS)
        + more
    )


def command_help(prog: str, command: Command) -> str:
    takes = [argument for argument in command.takes if not argument.is_option]
    options = [option for option in command.takes if option.is_option]
    form = [f"{each.label}{' ...' * each.many}" for each in takes]
    form += [_names(option) for option in options if option.is_required]
    start = prog.removesuffix(command.words)
    return (
        _wrapped(f"usage: {' '.join([prog, *form])} [options]", " " * 7)
        + f"\n{_sentence(command.summary)}\n"
        + _rows("arguments", takes)
        + _rows("options", options)
        + _rows("options of every command", GLOBAL_OPTIONS)
        + f"\nexample:\n  {start}{command.example}\n"
    )


def version(program: str) -> str:
    ours = f"ancla-sdk {__version__}"
    return f"{ours}\n" if program in (PROGRAM, SCRIPT) else f"{program} ({ours})\n"


def _rows(title: str, arguments: Iterable[Argument]) -> str:
    rows = [_row(_names(argument), argument.help) for argument in arguments]
    return f"\n{title}:\n{''.join(rows)}" if rows else ""


def _names(argument: Argument) -> str:
    if not argument.is_option:
        return argument.label
    return f"{', '.join(argument.names)} {argument.metavar}".rstrip()


def _row(name: str, text: str) -> str:
    start = f"  {name:<20}  "
    if len(start) > 24:
        return f"  {name}\n{_row('', text)}"
    return _wrapped(start + text, " " * 24)


def _wrapped(text: str, indent: str) -> str:
    return f"{fill(text, 79, subsequent_indent=indent, break_on_hyphens=False)}\n"


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."
