"""Reads answers, values and files: from the terminal, from standard input or from the disk.

Questions are printed to standard error. Standard output has only the result of the command.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from .._api.progress import one_line
from .argument import UsageError


def confirm(question: str) -> bool:
    """Asks before something is deleted. Returns whether the answer is yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "standard input or standard error is not a terminal: "
            "pass --yes to delete without confirmation"
        )
    with _prompt():
        print(f"{one_line(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    if not answer:
        print(file=sys.stderr)
    return answer.strip().lower() in ("y", "yes")


@contextmanager
def _prompt() -> Generator[None]:
    """Ends the line of a prompt that was interrupted."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        raise


def read_value(name: str) -> str:
    """Reads a value from standard input: without echo at a terminal, otherwise to the end."""
    value = ""
    try:
        if sys.stdin.isatty():
            from getpass import getpass

            with _prompt():
                value = getpass(f"Value of {one_line(name)}: ", stream=sys.stderr)
        else:
            value = sys.stdin.read().removesuffix("\n")
    except EOFError:
        pass
    except UnicodeDecodeError:
        raise UsageError("the value on standard input is not UTF-8 text") from None
    if not value:
        raise UsageError("no value on standard input; KEY= sets the variable to an empty value")
    return value


def read_text(name: str, option: str) -> str:
    """Returns the text of an option's file, or of standard input for "-"."""
    if name != "-":
        return read_file(name, option)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise UsageError("cannot read standard input: it is not UTF-8 text") from None


def read_file(name: str, option: str) -> str:
    """Returns the text of a file. Errors do not show its name: it may be a key, by mistake."""
    try:
        with open(name, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except ValueError:  # A NUL in the name.
        reason = "its name is invalid"
    raise UsageError(f"cannot read the file given with {option}: {reason}")
