"""Writes the completion script of `completion SHELL`.

On each Tab, the script runs the program with `__complete` and the words typed so far. See offers.py
for what that prints.
"""

from __future__ import annotations

import re

from .argument import PROGRAM, SCRIPT, Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient

FILES = "_files"  # Printed if the word is a file.

_SCRIPTS = {
    "bash": """\
{function}() {{
  COMPREPLY=()
  [[ "${{COMP_WORDS[*]:0:{length}}}" == "{program}" ]] || return 0
  local IFS=$'\\n'
  COMPREPLY=($({program} __complete "${{COMP_WORDS[@]:{length}:COMP_CWORD-{length}+1}}" | cut -f 1))
  [[ "${{COMPREPLY[*]}}" != {files} ]] || COMPREPLY=()
}}
complete -o default -F {function} {command}
""",
    "zsh": """\
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}
{function}() {{
  local -a entries
  [[ "${{words[1,{length}]}}" == "{program}" ]] || return 1
  entries=("${{(@f)$({program} __complete "${{(@)words[{after},CURRENT]}}")}}")
  if [[ "$entries" == {files} ]]; then _files; return; fi
  entries=("${{(@)entries/$'\\t'/:}}")
  _describe entry entries
}}
compdef {function} {command}
""",
    "fish": """\
function {function}
  set -l tokens (commandline -opc) (commandline -ct)
  test "$tokens[1..{length}]" = "{program}"; or return
  set -l entries ({program} __complete $tokens[{after}..-1])
  test "$entries" = {files}; and set entries (commandline -ct)*
  string join -- \\n $entries
end
complete -c {command} -f -a "({function})"
""",
}


def print_script(_: AnclaClient, given: Given) -> str:
    """Returns the script for bash, zsh or fish. `python -m ancla` is completed as `ancla-sdk`."""
    program = SCRIPT if given.program == PROGRAM else given.program
    length = len(program.split())
    return _SCRIPTS[given.shell].format(
        function="_" + re.sub(r"\W", "_", program),
        program=program,
        command=program.split()[0],
        length=length,
        after=length + 1,
        files=FILES,
    )
