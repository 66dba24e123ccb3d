"""A connected socket that waits no longer than its deadline.

The socket itself never blocks. With a timeout of its own, Python would ask the system before each
send and each receive if there is anything to do, and let other threads in between.
"""

from __future__ import annotations

import select
from functools import partial

from .failure import AttemptFailed, is_of_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from .deadline import Deadline

try:
    from ssl import SSLWantReadError, SSLWantWriteError
except ImportError:  # some Pythons are built without it; http works there
    _WOULD_BLOCK: tuple[type[OSError], ...] = (BlockingIOError,)
else:
    _WOULD_BLOCK = (BlockingIOError, SSLWantReadError, SSLWantWriteError)

_RECEIVE_SIZE = 64 * 1024


class Stream:
    """What is sent and received on one socket, plain or TLS."""

    __slots__ = ("_poll", "_socket")

    def __init__(self, sock: socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._poll = _poll_for(sock)

    def receive(self, deadline: Deadline) -> bytes:
        """The next bytes, b"" at the end; AttemptFailed once it is broken, or the time is up.

        It looks before it waits: what TLS has decrypted is no longer in the socket to wait for.
        """
        deadline.remaining()
        while (received := self.receive_now()) is None:
            while not self._poll(deadline.milliseconds()):
                pass
        return received

    def receive_now(self) -> bytes | None:
        """What can be received without waiting: None for nothing yet, b"" for the end."""
        try:
            return self._socket.recv(_RECEIVE_SIZE)
        except OSError as error:
            if not is_of_system(error, type(self._socket)):
                raise
            if isinstance(error, _WOULD_BLOCK):
                return None
            raise _broken(error) from error

    def send_now(self, data: bytes | memoryview) -> int:
        """How many bytes could be sent without waiting."""
        try:
            return self._socket.send(data)
        except OSError as error:
            if not is_of_system(error, type(self._socket)):
                raise
            if isinstance(error, _WOULD_BLOCK):
                return 0
            raise _broken(error) from error

    def wait_to_send_or_receive(self, deadline: Deadline) -> None:
        """Returns once one of both may be possible; AttemptFailed once the time is up."""
        poll = _poll_for(self._socket, writing=True)
        while not poll(deadline.milliseconds()):
            pass

    def is_quiet(self) -> bool:
        """Whether nothing has come, and the other side has not closed.

        TLS 1.3 sends tickets after the handshake: something to read, but no data.
        """
        return not self._poll(0) or self.receive_now() is None


def _broken(error: OSError) -> AttemptFailed:
    """TLS 1.3 tells only after the handshake, by an alert, that the client's certificate is missing
    or not trusted.
    """
    is_alert = "ALERT" in (getattr(error, "reason", None) or "")
    return AttemptFailed(f"the connection broke: {error}", permanent=is_alert)


def _poll_for(sock: socket, *, writing: bool = False) -> Callable[[float | None], object]:
    """Waits up to as many milliseconds; truthy once the socket is ready.

    It is poll where there is one, since select ends at file descriptor 1023.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN | (select.POLLOUT if writing else 0))
        return poll.poll
    return partial(_select, sock, writing)


def _select(sock: socket, writing: bool, milliseconds: float | None) -> bool:
    seconds = None if milliseconds is None else milliseconds / 1000
    return any(select.select([sock], [sock] if writing else [], [], seconds))
