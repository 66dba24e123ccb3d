"""Reads the files of options, or standard input instead."""

from __future__ import annotations

import sys

from .argument import UsageError


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
