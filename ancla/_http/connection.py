"""Connections to the API: opened, perhaps through a proxy and TLS, used in turn, and kept.

They are no `http.client.HTTPConnection`: of that class, once it must be bounded and strict, nothing
would be left but its name, its `debuglevel` that prints the key, and its habit of connecting anew
on its own.
"""

from __future__ import annotations

import os
import re
import socket
from collections import deque
from time import monotonic

from .addresses import authority
from .checks import is_of_system
from .response import Response, read_final_head, read_response
from .stream import AttemptFailed, Deadline, Stream
from .tls import TLS_ENDED, TLS_ERRORS, TLS_UNTRUSTED, is_of_this_python, why_not_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from .addresses import Proxy, ServerAddress

_SEND_SIZE = 16 * 1024  # one TLS record: it is sent as a whole or not at all
_MOST_EARLY_BYTES = 64 * 1024
_REFUSAL = re.compile(rb"(?:\A|\r\n\r\n)HTTP/1\.[01] [3-5]").search

# How many forks there are between this process and the one that imported the package. The process
# id does not suffice: in PID namespaces, a parent and its child may both be 1.
_forks = 0


def _count_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


class Connection:
    """A socket that carries one request after the other.

    It is there before its socket is, so that whoever holds it can close it, whatever comes between.
    """

    _socket: socket.socket | None = None
    _stream: Stream
    idle_since: float

    def __init__(
        self, server: ServerAddress, tls: SSLContext | None = None, proxy: Proxy | None = None
    ) -> None:
        self._server = server
        self._tls = tls
        self._proxy = proxy

    def open(self, deadline: Deadline) -> None:
        """Connects by the deadline; AttemptFailed if that fails: nothing was processed then."""
        proxy, tls = self._proxy, self._tls
        through = f" through the proxy {authority(proxy.host, proxy.port)}" if proxy else ""
        deadline.step = "connecting"
        try:
            sock = self._connect(deadline)
            if tls is not None:
                if proxy:
                    self._open_tunnel(sock, proxy, deadline)
                sock = self._start_tls(sock, tls, deadline)
            self._stream = Stream(sock, deadline)
        except AttemptFailed as failure:
            if not failure.timed_out:
                failure.reason = f"cannot connect{through}: {failure.reason}"
            failure.maybe_processed = False
            raise
        except (OSError, UnicodeError) as error:  # a host name that is none is a UnicodeError
            if not is_of_system(error, socket.getaddrinfo, socket.socket, type(tls)):
                raise
            raise self._connect_failure(error, through, deadline) from error

    def exchange(
        self, method: str, message: memoryview, deadline: Deadline, most_body_bytes: int
    ) -> Response:
        """Sends a request and reads its response; AttemptFailed if none comes whole by then."""
        stream = self._stream
        deadline.step = "the answer"
        stream.deadline = deadline
        started = False
        try:
            sent = stream.send_now(message[:_SEND_SIZE])
            started = True
            is_sent = sent == len(message) or self._send_rest(message[sent:])
            response = read_response(stream, method, most_body_bytes)
            if response.status < 300 and not is_sent:
                raise AttemptFailed(
                    f"the server sent status {response.status} before it had read the whole request"
                )
        except AttemptFailed as failure:
            failure.maybe_processed = started
            raise
        stream.data, stream.position = b"", 0  # what is idle keeps no body
        response.reusable &= is_sent
        return response

    def is_alive(self) -> bool:
        """False once the server closed it, or sent something that nobody asked for.

        TLS 1.3 sends tickets after the handshake: something to read, but no data.
        """
        try:
            return not self._stream.poll(0) or self._stream.receive_now() is None
        except AttemptFailed:
            return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _connect(self, deadline: Deadline) -> socket.socket:
        """The first of the host's addresses that answers, each with its share of the time."""
        place = self._proxy or self._server
        # As bytes, since text goes through the IDNA codec, which loads slowly; the name is ASCII.
        host = place.host.encode("ascii")
        found = socket.getaddrinfo(host, place.port, type=socket.SOCK_STREAM)
        for untried, (family, kind, protocol, _, target) in zip(range(len(found), 0, -1), found):
            left = deadline.remaining()
            try:
                self._socket = socket.socket(family, kind, protocol)
                self._socket.settimeout(None if left is None else left / untried)
                self._socket.connect(target)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._socket
            except OSError as error:
                self.close()
                if untried == 1 or not is_of_system(error, socket.socket):
                    raise
        raise OSError("the host has no address")

    def _open_tunnel(self, sock: socket.socket, proxy: Proxy, deadline: Deadline) -> None:
        target = authority(self._server.host, self._server.port)
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.authorization:
            lines.append(f"Proxy-Authorization: {proxy.authorization}")
        sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        stream = Stream(sock, deadline)
        try:
            status = read_final_head(stream).status
        except AttemptFailed as failure:
            failure.reason = f"the proxy's answer to CONNECT: {failure.reason}"
            raise
        if status >= 300:
            reason = f"the proxy refused the tunnel with status {status}"
            raise AttemptFailed(reason, permanent=status < 500)
        if stream.rest():
            raise AttemptFailed("the proxy sent data before the tunnel was in use")

    def _start_tls(self, sock: socket.socket, tls: SSLContext, deadline: Deadline) -> socket.socket:
        sock.settimeout(deadline.remaining())
        # A cut stream must not look like a finished one, hence no ragged ends. The handshake comes
        # apart, since wrap_socket leaves the socket open when Ctrl-C interrupts one of its own, but
        # not in other classes: truststore's wrap_socket verifies the certificates that came.
        try:
            self._socket = secured = tls.wrap_socket(
                sock,
                server_hostname=self._server.host.removesuffix(
                    "."
                ),  # certificates have no such dot
                suppress_ragged_eofs=False,
                do_handshake_on_connect=not is_of_this_python(tls),
            )
        except BaseException as error:
            _close_half_made(error, sock)
            raise
        secured.do_handshake()
        if secured.selected_alpn_protocol() == "h2":
            raise AttemptFailed(
                "the server chose HTTP/2, since ssl_context offers it: leave h2 out", permanent=True
            )
        return secured

    def _connect_failure(self, error: Exception, through: str, deadline: Deadline) -> AttemptFailed:
        # Otherwise the system gave up, or a socket of another library.
        is_deadline = (
            isinstance(error, TimeoutError) and error.errno is None and deadline.is_limited
        )
        if is_deadline:
            failure = deadline.passed()
        elif self._tls is not None and isinstance(error, TLS_UNTRUSTED):
            failure = AttemptFailed(why_not_trusted(error, self._tls), permanent=True)
        else:
            reason = getattr(error, "reason", None)
            is_no_tls = reason == "WRONG_VERSION_NUMBER"
            hint = " (perhaps the server speaks http, not https)" if is_no_tls else ""
            # Debian 12's Python has no class of its own for the second one.
            is_end = isinstance(error, TLS_ENDED) or reason == "UNEXPECTED_EOF_WHILE_READING"
            failure = AttemptFailed(
                f"cannot connect{through}: {str(error) or type(error).__name__}{hint}",
                permanent=isinstance(error, TLS_ERRORS) and not is_end,
            )
        failure.maybe_processed = False
        return failure

    def _send_rest(self, data: memoryview) -> bool:
        """Sends a large body, and keeps what the server answers meanwhile; whether all was sent.

        A refusal before the body's end stops it, as does a hang-up: a 413 is worth more than the
        broken pipe that comes with it. A success is no reason to stop, since the server may go on
        reading. If it does not, there is no telling what it has done.
        """
        stream = self._stream
        while data:
            try:
                stream.deadline.remaining()
                received = stream.receive_now()
                if received is not None:
                    stream.data += received
                    is_refused = _REFUSAL(stream.data) or len(stream.data) > _MOST_EARLY_BYTES
                    if not received or is_refused:
                        break
                sent = stream.send_now(data[:_SEND_SIZE])
                data = data[sent:]
                if not sent:
                    stream.wait_to_send_or_receive()
            except AttemptFailed as failure:
                if failure.permanent:  # TLS was refused, which is told only once
                    raise
                break
        return not data


def _close_half_made(error: BaseException, sock: socket.socket) -> None:
    """Closes what wrap_socket was making of the socket when it was interrupted.

    It takes the descriptor over long before it returns, and meanwhile only its own frames know. For
    a moment two sockets have the descriptor. If each closed it when it is freed, the second time
    could hit what another thread has opened meanwhile.
    """
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        detach = getattr(frame.f_locals.get("self"), "detach", None)
        if frame.f_globals.get("__name__") == "ssl" and detach is not None:
            descriptor = detach()
            if descriptor not in (-1, sock.fileno()):
                socket.close(descriptor)
        trace = trace.tb_next


class ConnectionPool:
    """Idle connections of one client, which all lead to the same place, for its next requests.

    Last in, first out, so that busy connections stay warm and the others grow old.

    Safe to share between threads; a forked child starts with an empty pool of its own. There is no
    lock, for which a signal handler or a finalizer that comes in between would wait without end:
    each step is atomic, and the next one takes into account that others may have come before it.
    """

    def __init__(self, most_idle: int = 64, longest_idle: float = 60.0) -> None:
        """Keeps at most `most_idle` connections, each for at most `longest_idle` seconds."""
        self._most_idle = most_idle
        self._longest_idle = longest_idle
        self._closed = False
        self._stacks: dict[tuple[int, int], deque[Connection]] = {}  # of each process

    def take(self, held: list[Connection]) -> bool:
        """Moves a live idle connection to the list, for the caller alone; False if there is none.

        A list, so that Ctrl-C at any line finds a connection in one of both places.
        """
        stack = self._stack()
        while stack:
            try:
                held.append(stack.pop())
            except IndexError:  # the last one was taken meanwhile
                break
            if monotonic() - held[-1].idle_since < self._longest_idle and held[-1].is_alive():
                return True
            held[-1].close()
            del held[-1]
        return False

    def give(self, held: list[Connection]) -> None:
        """Takes over the last of the list, a connection whose response was read to its end."""
        stack = self._stack()
        held[-1].idle_since = now = monotonic()
        stack.append(held.pop())
        try:
            # A close() that came before the connection did not see it.
            while (
                self._closed
                or len(stack) > self._most_idle
                or now - stack[0].idle_since > self._longest_idle
            ):
                stack.popleft().close()
        except IndexError:  # the last one was taken meanwhile
            pass

    def close(self) -> None:
        """Closes every idle connection; those in use follow when they are given back."""
        self._closed = True
        for process in list(self._stacks):
            self._close_stack(process)

    def __del__(self) -> None:
        if "_stacks" in vars(self):  # not if Ctrl-C interrupted its making
            self.close()

    def _stack(self) -> deque[Connection]:
        """This process's idle connections.

        After a fork, all others are the parent's, and only closed on this side.
        """
        process = (os.getpid(), _forks)
        stack = self._stacks.get(process)
        if stack is None:
            stack = self._stacks.setdefault(process, deque())
            for other in list(self._stacks):
                if other != process:
                    self._close_stack(other)
        return stack

    def _close_stack(self, process: tuple[int, int]) -> None:
        stack = self._stacks.pop(process, None)
        try:
            while stack:
                stack.pop().close()
        except IndexError:  # the last one was taken meanwhile
            pass
