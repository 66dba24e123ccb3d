"""What the command line says to people: messages, questions and the progress of a wait.

All of it goes to standard error, so that standard output holds the result and nothing else.
"""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_ESCAPE_SEQUENCES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
# What could move the cursor, reorder the text or fail to encode; tab and newline may stay.
_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

_STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_SPINNER = "|/-\\"
_FRAME_SECONDS = 0.1
_REMINDER_SECONDS = 60.0


def printable(text: str) -> str:
    """The text of a server without what a terminal would obey; newlines and tabs stay."""
    text = _ESCAPE_SEQUENCES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def _understands_escapes() -> bool:
    return (os.environ.get("TERM") or os.environ.get("WT_SESSION") or "dumb") != "dumb"


def styled(text: str, style: str, stream: TextIO) -> str:
    """The text in bold or a colour, where the stream is a terminal that wants colour."""
    if os.environ.get("NO_COLOR") or not stream.isatty() or not _understands_escapes():
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def say(message: str) -> None:
    print(one_line(message), file=sys.stderr, flush=True)


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Whether the person at the terminal says yes; anything else is a no."""
    with _prompt():
        print(f"{one_line(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    if not answer:
        print(file=sys.stderr)
    return answer.strip().lower() in ("y", "yes")


@contextmanager
def _prompt() -> Iterator[None]:
    """Begins a new line behind a prompt that is left without an answer."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        raise


def read_value(name: str) -> str:
    """A value from standard input: typed unseen at a terminal, else all there is to read."""
    if sys.stdin.isatty():
        from getpass import getpass

        with _prompt():
            return getpass(f"Value of {one_line(name)}: ", stream=sys.stderr)
    text = sys.stdin.read()
    return text[:-1] if text.endswith("\n") else text


class Progress:
    """How a wait goes on: a spinner at a terminal, a line with the time per change elsewhere.

    `plain` asks for such lines at a terminal too, `quiet` for nothing at all.
    """

    def __init__(self, *, quiet: bool, plain: bool) -> None:
        self._what = ""
        self._quiet = quiet
        self._alive = sys.stderr.isatty() and _understands_escapes() and not (quiet or plain)
        self._started = time.monotonic()
        self._last_line_at = self._started
        self._drawn = 0
        self._frame = 0
        self._in_mid_line = False

    def update(self, what: str, over: bool = False, style: str = "green") -> None:
        """Say that `what` is now the case; `over` means that this stage will not change."""
        if self._quiet or what == self._what:
            return
        self._what = what
        if not self._alive:
            self._write_dated_line()
        elif over:
            self.clear()
            line = f"{styled(one_line(what), style, sys.stderr)}  {self._elapsed()}"
            print(line, file=sys.stderr, flush=True)
        else:
            self._draw()

    def sleep(self, seconds: float) -> None:
        """Let the time pass, visibly."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._alive and not self._in_mid_line:
                self._draw()
                left = min(left, _FRAME_SECONDS)
            time.sleep(left)
        silence = time.monotonic() - self._last_line_at
        if not self._alive and not self._quiet and silence >= _REMINDER_SECONDS:
            self._write_dated_line()  # some CI systems end a job that has gone silent

    def write(self, log_text: str) -> None:
        """Write a piece of a log to standard output, where no spinner may touch its last line."""
        self.clear()
        print(printable(log_text), end="", flush=True)
        self._in_mid_line = not log_text.endswith(("\n", "\r"))

    def close(self) -> None:
        self.clear()
        if self._in_mid_line:
            print(flush=True)

    def clear(self) -> None:
        """Take the spinner away, so that something else can be written."""
        if self._drawn:
            print("\r" + " " * self._drawn, end="\r", file=sys.stderr, flush=True)
            self._drawn = 0

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        return f"{minutes}:{seconds:02}"

    def _write_dated_line(self) -> None:
        self._last_line_at = time.monotonic()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        say(f"{now} {self._what} {self._elapsed()}")

    def _draw(self) -> None:
        self._frame += 1
        line = f"{_SPINNER[self._frame % len(_SPINNER)]} {one_line(self._what)}  {self._elapsed()}"
        line = line[: (columns_of(sys.stderr) or 80) - 1]
        print("\r" + line.ljust(self._drawn), end="", file=sys.stderr, flush=True)
        self._drawn = len(line)


def columns_of(stream: TextIO) -> int | None:
    """How wide the terminal is that the stream goes to; None if it goes to none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return None
