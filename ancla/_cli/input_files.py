"""Reading the files that options name, and standard input in place of one."""

from __future__ import annotations

import sys

from .argument import UsageError


def read_text(name: str, option: str) -> str:
    """The text of the file that an option names, or of standard input for "-"."""
    if name != "-":
        return read_file(name, option)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise UsageError("cannot read standard input: it is no UTF-8 text") from None


def read_file(name: str, option: str) -> str:
    """The text of the file. Errors do not name it: it may be the key that it should hold."""
    try:
        with open(name, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is no UTF-8 text"
    except ValueError:  # of a name with a NUL in it
        reason = "no file can have that name"
    raise UsageError(f"cannot read the file of {option}: {reason}")
