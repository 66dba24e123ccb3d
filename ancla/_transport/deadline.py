"""The time by which one attempt has to be over."""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

# Every change of a socket's timeout is a system call, so one that is nearly right stays.
_NEARLY = 1.05


class Deadline:
    """A point in time that every wait of one attempt shares; `seconds=None` is never over."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._end = None if seconds is None else monotonic() + seconds

    def remaining(self) -> float | None:
        """Seconds left, more than 0, or None for no limit; TimeoutError when none are left."""
        if self._end is None:
            return None
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError(f"no whole answer within {self.seconds:g} s")
        return left

    def limit(self, sock: socket) -> None:
        """Lets the socket's next operation take no longer than what is left (or 5 % more)."""
        left = self.remaining()
        current = sock.gettimeout()
        if left is None or current is None or not left <= current <= left * _NEARLY:
            if left != current:
                sock.settimeout(left)
