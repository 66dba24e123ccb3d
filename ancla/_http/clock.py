"""How a client sleeps, and how closing it ends every sleep."""

from __future__ import annotations

import time
from _thread import allocate_lock
from collections.abc import Callable
from contextlib import suppress

_SLEEP_STEP = 0.5  # seconds


class Clock:
    """How one client sleeps: between the attempts of a request, and between polls.

    `end` wakes every thread that is sleeping here. Later sleeps return at once, and the client
    sends nothing more.
    """

    def __init__(
        self,
        sleep: Callable[[float], object] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._gate = _Gate()
        self.ended = False
        self.sleep = sleep or self._gate.wait
        # Look it up at each call: users' tests replace `time.monotonic`.
        self.monotonic = monotonic or (lambda: time.monotonic())

    def end(self) -> None:
        """Ends all sleeps, now and later. Safe in any thread and in a signal handler."""
        self.ended = True
        self._gate.open()


class _Gate:
    """Blocks threads until it is opened. It is never closed again.

    Why not threading.Event? Its `set` takes a lock. A signal handler that interrupts the thread
    holding this lock, and calls `set` itself, would wait forever.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._lock = allocate_lock()  # Held until the gate is opened.
        self._lock.acquire()

    def open(self) -> None:
        self.is_open = True
        with suppress(RuntimeError):  # The gate was open already.
            self._lock.release()

    def wait(self, seconds: float) -> None:
        """Blocks for this time, or until the gate is opened."""
        if getattr(time.sleep, "__self__", None) is not time:  # Replaced, by gevent or by a test.
            time.sleep(0 if self.is_open else seconds)
            return
        # Count down without reading a clock: users' tests may have frozen `time.monotonic`.
        while seconds > 0 and not self.is_open:
            # Wait in short steps: on Windows, Ctrl-C does not interrupt waiting for a lock.
            if self._lock.acquire(timeout=min(seconds, _SLEEP_STEP)):
                self._lock.release()  # Let the next waiting thread through.
            seconds -= _SLEEP_STEP
