"""A connected socket with a deadline, and the error of a failed attempt.

Theory of operation: the socket is non-blocking. `Stream` sends at once, and waits with `poll` only
if that would block. It polls before it receives, since usually nothing has arrived yet. All waits
of an attempt share one `Deadline`, so a server cannot extend it by sending slowly.

Why not a socket with a timeout? Its timeout starts again with each receive. Python also polls it
before each receive and send, and releases the GIL to do so.

Received bytes are in `Stream.data`. Those before `Stream.position` have been parsed already.

An OSError may come from our own call, or from a signal handler or an audit hook that runs during
that call. Only the first kind becomes an `AttemptFailed` (see tracebacks.py).
"""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Callable
from time import monotonic

from .tls import TLS_WOULD_BLOCK
from .tracebacks import was_raised_by

_WOULD_BLOCK: tuple[type[OSError], ...] = (BlockingIOError, *TLS_WOULD_BLOCK)
# More than a TLS record, so that a TLS socket keeps no decrypted bytes, which `poll` does not see.
_RECEIVE_SIZE = 64 * 1024
_find_bare_line_end = re.compile(rb"(?<!\r)\n|\r[^\n]").search


class AttemptFailed(Exception):
    """One attempt did not get a complete response.

    The original error, if there is one, is the `__cause__`.

    maybe_processed: the server may have received the request, so only an idempotent one is retried
    permanent:       a retry would fail in the same way (untrusted certificate, body too large)
    timed_out:       the attempt's deadline has passed
    """

    def __init__(self, reason: str, *, permanent: bool = False, timed_out: bool = False) -> None:
        self.reason = reason
        self.maybe_processed = True
        self.permanent = permanent
        self.timed_out = timed_out

    def __str__(self) -> str:
        return self.reason


class Deadline:
    """The time at which an attempt times out. `seconds=None` means never.

    `step` names what the attempt is waiting for, for the error message.
    """

    __slots__ = ("_seconds", "end", "step")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self.step = "the response"
        self.end = None if seconds is None else monotonic() + seconds

    def remaining(self) -> float | None:
        """Returns the seconds left, which are more than 0, or None for no limit.

        Raises AttemptFailed if the deadline has passed.
        """
        if self.end is None:
            return None
        seconds = self.end - monotonic()
        if seconds <= 0:
            raise self.failure() from TimeoutError(
                f"no complete response within {self._seconds:g} s"
            )
        return seconds

    def failure(self) -> AttemptFailed:
        """Returns the error for an attempt that reached its deadline. There must be a limit."""
        return AttemptFailed(
            f"{self.step} took longer than the timeout of {self._seconds:g} s", timed_out=True
        )


class Stream:
    """Sends and receives on one socket, plain or TLS. Each request sets its own `deadline`.

    data, position: the bytes received, and how many of them have been parsed
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        sock.setblocking(False)
        self._socket = sock
        self.poll = _poll_for(sock)
        # A context of another TLS library may make sockets that read ahead, which `poll` misses.
        self._may_hold_bytes = not isinstance(sock, socket.socket)
        self.deadline = deadline
        self.data = b""
        self.position = 0

    def receive(self) -> bytes:
        """Returns the next bytes, or b"" if the peer has closed the connection.

        Raises AttemptFailed if the connection breaks or the deadline passes.
        """
        polls = not self._may_hold_bytes
        while True:
            remaining = self.deadline.remaining()
            if not polls or self.poll(remaining and remaining * 1000):
                received = self.receive_now()
                if received is not None:
                    return received
            polls = True

    def receive_now(self) -> bytes | None:
        """Returns the bytes that have arrived, None if there are none yet, or b"" at the end."""
        try:
            return self._socket.recv(_RECEIVE_SIZE)
        except OSError as error:
            self._check_would_block(error)
            return None

    def send_now(self, data: memoryview) -> int:
        """Sends what can be sent without blocking. Returns the number of bytes."""
        try:
            return self._socket.send(data)
        except OSError as error:
            self._check_would_block(error)
            return 0

    def wait_to_send_or_receive(self) -> None:
        """Blocks until the socket is readable or writable.

        Raises AttemptFailed if the deadline passes.
        """
        poll = _poll_for(self._socket, writing=True)
        while not poll((remaining := self.deadline.remaining()) and remaining * 1000):
            pass

    def rest(self) -> bytes:
        """Returns the bytes received but not parsed yet."""
        return self.data[self.position :]

    def move(self, count: int, body: bytearray) -> None:
        """Appends the next `count` bytes to `body`, and receives as many as are missing."""
        while (end := self.position + count) > len(self.data):
            piece = self.rest()
            body += piece
            count -= len(piece)
            self.data, self.position = self.receive(), 0
            if not self.data:
                raise AttemptFailed(
                    f"the connection was closed with at least {count} bytes of the body missing"
                )
        body += self.data[self.position : end]
        self.position = end

    def read_through(self, mark: bytes, max_bytes: int, label: str, too_long: str = "") -> bytes:
        """Returns the bytes before `mark`, and skips the mark.

        Raises AttemptFailed if there are more than `max_bytes`, or if the connection is closed
        before the mark. While it waits for the mark, it also raises AttemptFailed for a line that
        does not end with CRLF. The bytes that arrive together with the mark are not checked, so the
        caller must check what is returned. `label` names the bytes in the messages.
        `too_long` replaces the message for too many bytes.
        """
        data, start = self.data, self.position
        searched = start
        while (end := data.find(mark, searched)) < 0:
            if len(data) - start >= max_bytes + len(mark):
                raise AttemptFailed(too_long or f"{label} is longer than {max_bytes} bytes")
            # Fail now: a correct line end may never arrive.
            if _find_bare_line_end(data, searched):
                raise AttemptFailed(f"{label} has a CR or an LF that is not part of a CRLF")
            # A part of the mark may have arrived: search its bytes again.
            searched = max(start, len(data) - len(mark) + 1)
            received = self.receive()
            if not received:
                raise AttemptFailed(f"the connection was closed inside {label}")
            if start:
                data, searched, start = data[start:], searched - start, 0
            data += received
        if end - start > max_bytes:
            raise AttemptFailed(too_long or f"{label} is longer than {max_bytes} bytes")
        self.data, self.position = data, end + len(mark)
        return data[start:end]

    def _check_would_block(self, error: OSError) -> None:
        """Raises AttemptFailed if the connection broke, and not if it is merely not ready.

        Raises the error itself if a signal handler raised it.
        """
        if not was_raised_by(error, type(self._socket)):
            raise error
        if not isinstance(error, _WOULD_BLOCK):
            # With TLS 1.3, a server rejects the client's certificate only after the handshake.
            is_alert = "ALERT" in (getattr(error, "reason", None) or "")
            raise AttemptFailed(f"the connection broke: {error}", permanent=is_alert) from error


def _poll_for(sock: socket.socket, *, writing: bool = False) -> Callable[[float | None], object]:
    """Returns a function that waits up to a number of milliseconds, or without limit for None.

    Its result is true if the socket is ready. It uses `poll` where the system has it, since
    `select` cannot handle file descriptors above 1023.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN | (select.POLLOUT if writing else 0))
        return poll.poll

    def poll_with_select(milliseconds: float | None) -> bool:
        seconds = None if milliseconds is None else milliseconds / 1000
        return any(select.select([sock], [sock] if writing else [], [], seconds))

    return poll_with_select
