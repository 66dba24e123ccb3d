"""Prints messages and asks questions on standard error.

Standard output has only the result of the command.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

from .._api.progress import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator


def say(message: str) -> None:
    print(one_line(message), file=sys.stderr, flush=True)


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Asks a question. Returns whether the answer is yes."""
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
    if sys.stdin.isatty():
        from getpass import getpass

        with _prompt():
            return getpass(f"Value of {one_line(name)}: ", stream=sys.stderr)
    text = sys.stdin.read()
    return text[:-1] if text.endswith("\n") else text
