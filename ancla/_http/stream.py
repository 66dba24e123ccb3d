"""A connected socket that waits no longer than its deadline, and how an attempt fails on it.

The socket itself never blocks. With a timeout of its own, Python would ask the system before each
send and each receive if there is anything to do, and let other threads in between.
"""

from __future__ import annotations

import re
import select
import socket
from functools import partial
from time import monotonic

from .checks import is_of_system
from .tls import TLS_WOULD_BLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WOULD_BLOCK: tuple[type[OSError], ...] = (BlockingIOError, *TLS_WOULD_BLOCK)
_RECEIVE_SIZE = 64 * 1024
_HALF_LINE_END = re.compile(rb"(?<!\r)\n|\r[^\n]")


class AttemptFailed(Exception):
    """One attempt failed below HTTP; the original error, if there is one, is the `__cause__`.

    maybe_processed: the server may have seen the request, so only a harmless one is sent again
    permanent:       another attempt would fail in the same way (a certificate, a size limit)
    timed_out:       the attempt's deadline passed
    """

    def __init__(self, reason: str, *, permanent: bool = False, timed_out: bool = False) -> None:
        self.reason = reason
        self.maybe_processed = True
        self.permanent = permanent
        self.timed_out = timed_out

    def __str__(self) -> str:
        return self.reason


class Deadline:
    """A point in time that every wait of one attempt shares; `seconds=None` is never over.

    `step` says in an error what is waited for.
    """

    __slots__ = ("_end", "_seconds", "step")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self.step = "the answer"
        self._end = None if seconds is None else monotonic() + seconds

    @property
    def is_limited(self) -> bool:
        return self._end is not None

    def remaining(self) -> float | None:
        """Seconds left, more than 0, or None for no limit; AttemptFailed when none are left."""
        if self._end is None:
            return None
        left = self._end - monotonic()
        if left <= 0:
            raise self.passed() from TimeoutError(f"no whole answer within {self._seconds:g} s")
        return left

    def passed(self) -> AttemptFailed:
        """The failure that is due when the time of a limited deadline is over."""
        return AttemptFailed(
            f"{self.step} took longer than the timeout of {self._seconds:g} s", timed_out=True
        )


class Stream:
    """What is sent and received on one socket, plain or TLS, each exchange with its deadline.

    data, position: what has come, and how much of it is used
    """

    __slots__ = ("_is_plain", "_socket", "data", "deadline", "poll", "position")

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._is_plain = type(sock) is socket.socket
        self.poll = _poll_for(sock)
        self.deadline = deadline
        self.data = b""
        self.position = 0

    def receive(self) -> bytes:
        """The next bytes, b"" at the end; AttemptFailed once it is broken, or the time is up."""
        # What TLS has decrypted is no longer in the socket to wait for.
        waits = self._is_plain
        while True:
            left = self.deadline.remaining()
            if not waits or self.poll(left and left * 1000):
                received = self.receive_now()
                if received is not None:
                    return received
            waits = True

    def receive_now(self) -> bytes | None:
        """What can be received without waiting: None for nothing yet, b"" for the end."""
        try:
            return self._socket.recv(_RECEIVE_SIZE)
        except OSError as error:
            if not self._would_block(error):
                raise
            return None

    def send_now(self, data: memoryview) -> int:
        """How many bytes could be sent without waiting."""
        try:
            return self._socket.send(data)
        except OSError as error:
            if not self._would_block(error):
                raise
            return 0

    def wait_to_send_or_receive(self) -> None:
        """Returns once one of both may be possible; AttemptFailed once the time is up."""
        poll = _poll_for(self._socket, writing=True)
        while not poll((left := self.deadline.remaining()) and left * 1000):
            pass

    def rest(self) -> bytes:
        """What has come and is not used yet."""
        return self.data[self.position :]

    def move(self, count: int, body: bytearray) -> None:
        """Appends the next `count` bytes to the body."""
        while (end := self.position + count) > len(self.data):
            piece = self.rest()
            body += piece
            count -= len(piece)
            self.data, self.position = self.receive(), 0
            if not self.data:
                raise AttemptFailed(
                    f"the connection was closed {count} bytes before the body's end"
                )
        body += self.data[self.position : end]
        self.position = end

    def read_through(self, mark: bytes, most: int, what: str) -> bytes:
        """The bytes before `mark`, which is skipped, at most `most` of them."""
        data, start = self.data, self.position
        searched = start
        while (end := data.find(mark, searched)) < 0:
            if len(data) - start >= most + len(mark):
                raise AttemptFailed(f"{what} is longer than {most} bytes")
            if _HALF_LINE_END.search(data, searched):  # what would end it may never come
                raise AttemptFailed(f"{what} has a line that does not end with CR and LF")
            searched = max(start, len(data) - len(mark) + 1)
            received = self.receive()
            if not received:
                raise AttemptFailed(f"the connection was closed inside {what}")
            if start:
                data, searched, start = data[start:], searched - start, 0
            data += received
        if end - start > most:
            raise AttemptFailed(f"{what} is longer than {most} bytes")
        self.data, self.position = data, end + len(mark)
        return data[start:end]

    def _would_block(self, error: OSError) -> bool:
        """Whether it only has to wait; False if another raised the error.

        Raises AttemptFailed if the connection broke.
        """
        if not is_of_system(error, type(self._socket)):
            return False
        if isinstance(error, _WOULD_BLOCK):
            return True
        # TLS 1.3 tells only after the handshake that the client's certificate is missing or wrong.
        is_alert = "ALERT" in (getattr(error, "reason", None) or "")
        raise AttemptFailed(f"the connection broke: {error}", permanent=is_alert) from error


def _poll_for(sock: socket.socket, *, writing: bool = False) -> Callable[[float | None], object]:
    """Waits up to as many milliseconds; truthy once the socket is ready.

    It is poll where there is one, since select ends at file descriptor 1023.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN | (select.POLLOUT if writing else 0))
        return poll.poll
    return partial(_select, sock, writing)


def _select(sock: socket.socket, writing: bool, milliseconds: float | None) -> bool:
    seconds = None if milliseconds is None else milliseconds / 1000
    return any(select.select([sock], [sock] if writing else [], [], seconds))
