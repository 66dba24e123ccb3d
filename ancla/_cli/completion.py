"""Writes the completion scripts of `completion SHELL` from the table of commands.

How it works. The script joins the words typed so far to a place, such as "apps" or "apps deploy".
For each place it has the words that may follow. zsh and fish show descriptions.
"""

from __future__ import annotations

import re
from itertools import chain

from .argument import PROGRAM, SCRIPT
from .arguments import GLOBAL_OPTIONS, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .argument import Argument
    from .command import Command

_BASH = """\
{function}() {{
  local index place= words=
  COMPREPLY=()
  [[ "${{COMP_WORDS[*]:0:{length}}}" == "{program}" ]] || return 0
  for ((index = {length}; index < COMP_CWORD; index++)); do
    [[ "${{COMP_WORDS[index]}}" == -- ]] && return 0
    case "$place ${{COMP_WORDS[index]}}" in
{places}
    esac
  done
  case "${{COMP_WORDS[COMP_CWORD-1]}}" in
{values}
    {with_value}) return 0 ;;
  esac
  case "$place" in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words {options}" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F {function} {command}
"""
_BASH_PLACE = '      "{typed}") place="{place}" ;;'
_BASH_VALUES = """\
    {names}) COMPREPLY=($(compgen -W "{values}" -- "${{COMP_WORDS[COMP_CWORD]}}")); return 0 ;;"""
_BASH_CASE = '    "{place}") words="{words}" ;;'

_ZSH = """\
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}
{function}() {{
  local word place=
  local -a entries options
  [[ "${{words[1,{length}]}}" == "{program}" ]] || return 1
  for word in "${{(@)words[{after},CURRENT-1]}}"; do
    if [[ "$word" == -- ]]; then
      _files
      return
    fi
    case "$place $word" in
{places}
    esac
  done
  case "${{words[CURRENT-1]}}" in
{values}
    {files}) _files; return ;;
    {with_value}) return 1 ;;
  esac
  case "$place" in
{cases}
  esac
  options+=({options})
  if [[ "$PREFIX" == -* ]] || (( ! $#entries )); then
    _describe option options
  else
    _describe command entries
  fi
}}
compdef {function} {command}
"""
_ZSH_PLACE = '      "{typed}") place="{place}" ;;'
_ZSH_VALUES = "    {names}) compadd -- {values}; return ;;"
_ZSH_CASE = """\
    "{place}") entries=({words}); options=({own_options}) ;;"""

_FISH = """\
function {function}
  set -l tokens (commandline -opc)
  test "$tokens[1..{length}]" = "{program}"; or return
  if contains -- -- $tokens
    set -l found (commandline -ct)*
    string join \\n $found
    return
  end
  switch "$tokens[-1]"
{values}
    case {files}
      set -l found (commandline -ct)*
      string join \\n $found
      return
    case {with_value}
      return
  end
  set -l place ""
  for word in $tokens[{length}..-1]
    switch "$place $word"
{places}
    end
  end
  switch "$place"
{cases}
  end
  printf "%s\\t%s\\n" {options}
end
complete -c {command} -f -a "({function})"
"""
_FISH_PLACE = """\
      case "{typed}"
        set place "{place}\""""
_FISH_VALUES = """\
    case {names}
      string join \\n {values}
      return"""
_FISH_CASE = """\
    case "{place}"
      printf "%s\\t%s\\n" {words}"""


class _Entry:
    """A word that may follow a place, and its description."""

    def __init__(self, word: str, help: str) -> None:
        self.word = word
        self.help = help
        self.is_option = word.startswith("-")


class _Shell:
    """The templates for one shell's script. `mark` separates alternatives."""

    def __init__(
        self,
        script: str,
        place: str,
        values: str,
        case: str,
        entry: Callable[[_Entry], str],
        mark: str = "|",
    ) -> None:
        self.script = script
        self.place = place
        self.values = values
        self.case = case
        self.mark = mark
        self._entry = entry

    def entries(self, entries: Iterable[_Entry]) -> str:
        return " ".join(map(self._entry, entries))


def _zsh(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_SHELLS = {
    "bash": _Shell(_BASH, _BASH_PLACE, _BASH_VALUES, _BASH_CASE, lambda it: it.word),
    "zsh": _Shell(
        _ZSH, _ZSH_PLACE, _ZSH_VALUES, _ZSH_CASE, lambda it: _zsh(f"{it.word}:{it.help}")
    ),
    "fish": _Shell(
        _FISH,
        _FISH_PLACE,
        _FISH_VALUES,
        _FISH_CASE,
        lambda it: f"{_fish(it.word)} {_fish(it.help)}",
        mark=" ",
    ),
}


def script_for(
    shell: str,
    program: str,
    commands: Sequence[Command],
    groups: Mapping[str, str],
    aliases: Mapping[str, str],
) -> str:
    """Returns the script for bash, zsh or fish. `python -m ancla` is completed as `ancla-sdk`."""
    program = SCRIPT if program == PROGRAM else program
    chosen = _SHELLS[shell]
    followers = _followers(commands, groups)
    options = {it.label: it for it in chain(GLOBAL_OPTIONS, *(each.takes for each in commands))}
    with_value = [it for it in options.values() if it.is_option and it.metavar]
    with_choices = [it for it in with_value if it.choices]
    return chosen.script.format(
        function="_" + re.sub(r"\W", "_", program),
        program=program,
        command=program.split()[0],
        length=len(program.split()),
        after=len(program.split()) + 1,
        places="\n".join(
            chosen.place.format(typed=typed, place=place)
            for typed, place in _places(followers, aliases).items()
        ),
        values="\n".join(
            chosen.values.format(names=chosen.mark.join(it.names), values=" ".join(it.choices))
            for it in with_choices
        ),
        with_value=chosen.mark.join(_names(with_value)),
        files=chosen.mark.join(_names(it for it in with_value if it.metavar == "FILE")),
        options=chosen.entries(_options(GLOBAL_OPTIONS)),
        cases="\n".join(
            chosen.case.format(
                place=place,
                words=chosen.entries(it for it in entries if not _is_listed_apart(chosen, it)),
                own_options=chosen.entries(it for it in entries if _is_listed_apart(chosen, it)),
            )
            for place, entries in followers.items()
            if entries
        ),
    )


def _is_listed_apart(shell: _Shell, entry: _Entry) -> bool:
    return shell is _SHELLS["zsh"] and entry.is_option


def _followers(commands: Sequence[Command], groups: Mapping[str, str]) -> dict[str, list[_Entry]]:
    """Returns the words that may follow each place."""
    followers: dict[str, list[_Entry]] = {"": []}
    for command in commands:
        group, _, word = command.words.rpartition(" ")
        if group and group not in followers:
            followers[""].append(_Entry(group, groups[group]))
        followers.setdefault(group, []).append(_Entry(word, command.summary))
        choices = [
            _Entry(choice, argument.help)
            for argument in command.takes
            for choice in argument.choices
            if not argument.is_option
        ]
        followers[command.words] = choices + _options(command.options)
    followers[""] += _options([VERSION])
    return followers


def _places(followers: Iterable[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Returns the next place for each place with a word after it, as the shell joins them."""
    places = {place if " " in place else f" {place}": place for place in followers if place}
    for alias, place in aliases.items():
        places[alias if " " in alias else f" {alias}"] = place
    return places


def _options(arguments: Iterable[Argument]) -> list[_Entry]:
    entries = [_Entry(name, it.help) for it in arguments for name in it.names]
    return sorted(entries, key=lambda entry: entry.word)


def _names(options: Iterable[Argument]) -> list[str]:
    return sorted({name for option in options for name in option.names})
