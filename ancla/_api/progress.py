"""Shows the progress of a wait on standard error, and makes the server's text safe to show.

How it works. On a terminal, `Progress` draws a live line and replaces it at each step of `sleep`.
Elsewhere it prints a line for each change, and one a minute meanwhile. `printable` removes escape
sequences and replaces characters that are invisible or could control a terminal.
"""

from __future__ import annotations

import os
import re
import sys
import time

from .._http.clock import Clock
from ..models import Deployment, Image, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

# The patterns are strings, which `re` compiles when it first needs them: few programs do.
ESCAPE_SEQUENCES = "\x1b\\[[0-?]*[ -/]*[@-~]"
# Characters that could move the cursor, reorder the text or fail to encode. Tab and newline stay.
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
# Invisible characters, with which two names may look the same: Unicode's Default_Ignorable.
_IGNORABLE = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164"
    r"\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
# Emoji and many scripts need joiners between two characters, and a selector after one.
_JOINERS, _SELECTORS, _KEYCAP = r"\u200c\u200d", r"\ufe0e\ufe0f", r"\u20e3"
_JOINED = rf"[^\x00-\x7f{_JOINERS}]"
_SELECTED = rf"[^\x00-\x7f{_JOINERS}{_SELECTORS}]"
_NOT_SHOWN = (
    f"[{_CONTROLS}{_IGNORABLE}{_JOINERS}{_SELECTORS}]"
    f"(?!(?<={_JOINED}[{_JOINERS}]){_JOINED})"
    f"(?<!{_SELECTED}[{_SELECTORS}])(?!(?<=[{_SELECTORS}]){_KEYCAP})"
)

_STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_SPINNER = "|/-\\"
_FRAME_SECONDS = 0.1
_REMINDER_SECONDS = 60.0


def printable(text: str) -> str:
    """Returns a server's text without escape sequences, and without characters that mislead.

    Replaces those that are invisible or control a terminal. Keeps newlines and tabs.
    """
    text = re.sub(ESCAPE_SEQUENCES, "", text).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(_NOT_SHOWN, "\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def styled(text: str, style: str, stream: TextIO) -> str:
    """Returns the text in bold or a colour, if the stream is a terminal that supports it."""
    if os.environ.get("NO_COLOR") or not _understands_escapes(stream):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _understands_escapes(stream: TextIO) -> bool:
    terminal = os.environ.get("TERM") or os.environ.get("WT_SESSION") or "dumb"
    return terminal != "dumb" and stream.isatty()


def _show_text(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


def columns_of(stream: TextIO) -> int | None:
    """Returns the width of the stream's terminal, or None if the stream is not a terminal."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return None


def progress(model: Image | Release | Deployment) -> None:
    """Shows the progress of a wait on standard error: `deploy_and_wait(..., on_update=progress)`.

    On a terminal a live line shows the stage and the time since the wait started. Each finished
    stage leaves a line. Elsewhere, as in the log of a CI job, there is a line with date and time
    for each change, and one a minute while nothing changes. Temporary errors are shown in the same
    way.

    If you call it yourself, it prints one line about this model.
    """
    Progress(plain=True)(model)


class Progress:
    """Shows the progress of one wait, and the log that is followed meanwhile.

    plain: print dated lines on a terminal, too
    quiet: print nothing
    """

    def __init__(
        self, clock: Clock | None = None, *, quiet: bool = False, plain: bool = False
    ) -> None:
        self._clock = clock or Clock()
        stream: TextIO | None = None if quiet else sys.stderr
        self._quiet = stream is None
        self._is_live = stream is not None and not plain and _understands_escapes(stream)
        self._started = self._last_line_at = self._clock.monotonic()
        self._stage = self._trouble = ""
        self._drawn = 0  # The length of the live line that is on the screen.
        self._frame = 0
        self._in_mid_line = False  # The followed log has not ended its last line.

    def __call__(self, model: Image | Release | Deployment) -> None:
        kind = type(model).__name__.lower()
        stage = "build" if kind == "image" else kind
        name = f"{stage} {getattr(model, 'version', '')}".rstrip()
        style = "red" if model.failed else "green"
        self.update(f"{name}: {model.status}", model.done, style)

    def show_waiting(self, label: str) -> None:
        """Shows what the wait is for, until its first state is known."""
        if not self._stage:
            self.update(f"waiting for {label}")

    def update(self, stage: str, finished: bool = False, style: str = "green") -> None:
        """Shows the stage of the wait. `finished` means that it will not change."""
        if stage == self._stage:
            return
        self._stage = stage
        self._end_line_of_log()
        if finished and self._is_live:
            self.clear()
            _show_text(f"{styled(one_line(stage), style, sys.stderr)}  {self._elapsed()}")
        else:
            self._show()

    def note(self, text: str) -> None:
        """Prints the text on a line of its own."""
        if not self._quiet:
            self.close()
            _show_text(one_line(text))

    def show_trouble(self, trouble: str, *, at_once: bool = False) -> None:
        """Shows what fails: each time `at_once`, or the first time and then once a minute."""
        at_once = at_once or not self._trouble
        self._trouble = f"{self._stage}; {trouble}"
        if at_once:
            self._show()

    def show_recovery(self) -> None:
        """Shows that polls succeed again, if they had failed."""
        if self._trouble:
            self._trouble = ""
            self._show()

    def sleep(self, seconds: float) -> None:
        """Sleeps, and keeps the display up to date."""
        if self._quiet:
            self._clock.sleep(seconds)
            return
        # Count down without reading the clock: users' tests may replace only time.sleep.
        while seconds > 0 and not self._clock.ended:
            if self._is_live:
                if not self._in_mid_line:
                    self._draw()
                step = _FRAME_SECONDS
            else:
                step = self._last_line_at + _REMINDER_SECONDS - self._clock.monotonic()
                if step <= 0:  # Some CI systems end a job that prints nothing.
                    self._show()
                    step = _REMINDER_SECONDS
            step = min(seconds, step)
            self._clock.sleep(step)
            seconds -= step

    def write(self, log_text: str) -> None:
        """Writes a piece of a log to standard output. The live line does not overwrite it."""
        self.clear()
        print(printable(log_text), end="", flush=True)
        self._in_mid_line = not log_text.endswith(("\n", "\r"))

    def close(self) -> None:
        self.clear()
        self._end_line_of_log()

    def _end_line_of_log(self) -> None:
        if self._in_mid_line:
            self._in_mid_line = False
            print(flush=True)

    def clear(self) -> None:
        """Removes the live line, so that something else can be written."""
        if self._drawn:
            _show_text("\r" + " " * self._drawn, end="\r")
            self._drawn = 0

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(self._clock.monotonic() - self._started), 60)
        return f"{minutes}:{seconds:02}"

    def _show(self) -> None:
        if self._is_live:
            self._draw()
        elif not self._quiet:
            self._last_line_at = self._clock.monotonic()
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            line = f"{now} {self._trouble or self._stage} {self._elapsed()}"
            _show_text(one_line(line))

    def _draw(self) -> None:
        self._frame += 1
        text = one_line(self._trouble or self._stage)
        line = f"{_SPINNER[self._frame % len(_SPINNER)]} {text}  {self._elapsed()}"
        line = line[: (columns_of(sys.stderr) or 80) - 1]
        _show_text("\r" + line.ljust(self._drawn), end="")
        self._drawn = len(line)
