"""What `completion SHELL` prints: the table of commands in the words of a shell."""

from __future__ import annotations

import re
from itertools import chain

from .argument import PROGRAM, SCRIPT
from .arguments import GLOBAL_OPTIONS, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .argument import Argument

    Commands = Mapping[str, Sequence[Argument]]  # what is typed, and the arguments that it takes

_BASH = """\
{function}() {{
  local index path= words=
  COMPREPLY=()
  [[ "${{COMP_WORDS[*]:0:{length}}}" == "{program}" ]] || return 0
  case "${{COMP_WORDS[COMP_CWORD-1]}}" in
    {with_value}) return 0 ;;
  esac
  for ((index = {length}; index < COMP_CWORD; index++)); do
    case "$path ${{COMP_WORDS[index]}}" in
      {known}) path="${{path:+$path }}${{COMP_WORDS[index]}}" ;;
    esac
  done
  case "$path" in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words {options}" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F {function} {command}
"""
_BASH_CASE = """\
    "{path}") words="{words}" ;;"""

_ZSH = """\
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}
autoload -Uz bashcompinit && bashcompinit
"""

_FISH = """\
function {function}
  set -l tokens (commandline -opc)
  test "$tokens[1..{length}]" = "{program}"; or return
  switch "$tokens[-1]"
    case {files}
      set -l found (commandline -ct)*
      string join \\n $found
      return
    case {with_value}
      return
  end
  set -l path ""
  for word in $tokens[{length}..-1]
    switch "$path $word"
      case {known}
        set path (string trim "$path $word")
    end
  end
  set -l words
  switch "$path"
{cases}
  end
  printf "%s\\n" $words {options}
end
complete -c {command} -f -a "({function})"
"""
_FISH_CASE = """\
    case "{path}"
      set words {words}"""


def script_for(shell: str, program: str, commands: Commands) -> str:
    """The script for bash, zsh or fish; for `ancla-sdk`, where the program is `python -m ancla`."""
    program = SCRIPT if program == PROGRAM else program
    followers = _followers(commands)
    paths = [f" {path}" if " " not in path else path for path in followers if path]
    options = [*GLOBAL_OPTIONS, *_options(chain(*commands.values()))]
    with_value = [option for option in options if option.metavar]
    template, case, mark = (_FISH, _FISH_CASE, " ") if shell == "fish" else (_BASH, _BASH_CASE, "|")
    text = template.format(
        function="_" + re.sub(r"\W", "_", program),
        program=program,
        command=program.split()[0],
        length=len(program.split()),
        known=mark.join(f'"{path}"' for path in paths),
        with_value=mark.join(_names(with_value)),
        files=mark.join(_names(option for option in with_value if option.metavar == "FILE")),
        options=" ".join(_names(GLOBAL_OPTIONS)),
        cases="\n".join(
            case.format(path=path, words=" ".join(words)) for path, words in followers.items()
        ),
    )
    return _ZSH.format() + text if shell == "zsh" else text


def _followers(commands: Commands) -> dict[str, list[str]]:
    """What may follow nothing, a group or a command."""
    followers: dict[str, list[str]] = {"": []}
    for words, takes in commands.items():
        group, _, word = words.rpartition(" ")
        if group and group not in followers:
            followers[""].append(group)
        followers.setdefault(group, []).append(word)
        choices = [choice for argument in takes for choice in argument.choices]
        followers[words] = choices + _names(_options(takes))
    followers[""] += _names([VERSION])
    return followers


def _options(arguments: Iterable[Argument]) -> list[Argument]:
    return [argument for argument in arguments if argument.is_option]


def _names(options: Iterable[Argument]) -> list[str]:
    return sorted({name for option in options for name in option.names})
