"""`run`: runs a program with an app's variables in its environment.

The program replaces the command line (exec). So it receives the signals, and its exit status is
that of the process. On Windows, and in a program that embeds the command line, the program runs as
a child instead. Nothing is written to the disk.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass

from ..exceptions import AnclaError
from .exits import fail
from .variables import split_masked, variables_for_programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from ..client import AnclaClient
    from .argument import Given

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # As in shells.
_KILLED_BY_SIGNAL = 128
# Python ignores these. A program that it starts would ignore them, too.
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")


@dataclass(repr=False)  # The environment has secrets.
class Program:
    """A program to run, and its environment."""

    words: list[str]
    environ: Mapping[str, str]

    def run(self, replace_this_process: bool) -> int:
        """Runs the program. Returns its exit status, unless it replaces this process."""
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            if replace_this_process and os.name == "posix":
                self._replace_this_process()
            return self._run_as_child()
        except FileNotFoundError:
            return fail(_NOT_FOUND, "the command after -- was not found")
        except OSError as error:
            reason = error.strerror or type(error).__name__
        except ValueError:  # A NUL character.
            reason = "invalid text"
        return fail(_NOT_EXECUTABLE, f"cannot execute the command after --: {reason}")

    def _replace_this_process(self) -> NoReturn:
        import signal

        before = {
            number: signal.signal(number, signal.SIG_DFL)
            for name in _IGNORED_BY_PYTHON
            if (number := getattr(signal, name, None)) is not None
        }
        try:
            os.execvpe(self.words[0], self.words, self.environ)
        finally:  # Only reached if exec failed.
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run_as_child(self) -> int:
        import subprocess

        with subprocess.Popen(self.words, env=self.environ) as process:
            while process.returncode is None:
                with suppress(KeyboardInterrupt):  # The terminal interrupts the program, too.
                    process.wait()
        status = process.returncode
        return status if status >= 0 else _KILLED_BY_SIGNAL - status


def run_with_variables(client: AnclaClient, given: Given) -> Program:
    values, masked = split_masked(variables_for_programs(client, given))
    for name, value in values.items():
        _check(name, value)
    environ = dict(os.environ)
    environ.pop("ANCLA_API_KEY", None)
    if os.name == "nt":  # Names of variables ignore the case there.
        values = {name.upper(): value for name, value in values.items()}
        masked = [name.upper() for name in masked]
    environ.update(values)
    own = [name for name in masked if name in environ]
    if not given.keep_own:  # They would stand in for the app's, as a laptop's database might.
        for name in own:
            del environ[name]
    reason = f"since the server masks the values of {given.app}"
    if unset := [name for name in masked if name not in own]:
        given.say(f"not set, {reason}: {', '.join(unset)}")
    if own and given.keep_own:
        given.say(f"kept from your own environment, {reason}: {', '.join(own)}")
    elif own:
        removed = "removed from the environment"
        given.say(f"{removed}, {reason} (--keep-own keeps yours): {', '.join(own)}")
    return Program(given.command_to_run, environ)


def _check(name: str, value: str) -> None:
    """Raises AnclaError for a variable that an environment cannot contain."""
    try:
        text = os.fsencode(name + value)
    except UnicodeEncodeError:
        text = b"\0"
    if not name or "=" in name or b"\0" in text:
        raise AnclaError(f"nothing was run: an environment cannot contain the variable {name!r}")
