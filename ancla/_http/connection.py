"""One connection to the API: opened, perhaps through a proxy and TLS, and used in turn.

It is no `http.client.HTTPConnection`: of that class, once it must be bounded and strict, nothing
would be left but its name, its `debuglevel` that prints the key, and its habit of connecting anew
on its own.
"""

from __future__ import annotations

import re
import socket

from .addresses import authority
from .deadline import Deadline
from .failure import AttemptFailed, is_of_system
from .response import Response, Source, read_final_head, read_response
from .stream import Stream
from .tls import is_of_this_python, why_not_trusted

try:
    import ssl
except ImportError:  # some Pythons are built without it; http works there
    _CERTIFICATE_ERRORS: tuple[type[OSError], ...] = ()
    _TLS_ERRORS: tuple[type[OSError], ...] = ()
    _TLS_ENDED: tuple[type[OSError], ...] = ()
else:
    _CERTIFICATE_ERRORS = (ssl.SSLCertVerificationError,)
    _TLS_ERRORS = (ssl.SSLError,)
    _TLS_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from .addresses import Proxy

_SEND_SIZE = 16 * 1024  # one TLS record: it is sent as a whole or not at all
_MOST_EARLY_BYTES = 64 * 1024
_REFUSAL = re.compile(rb"(?:\A|\r\n\r\n)HTTP/1\.[01] [3-5]").search


class Destination:
    """Where a client's connections lead, and how: the key of the pool, the same object each time."""

    __slots__ = ("host", "port", "proxy", "tls")

    def __init__(
        self, host: str, port: int, tls: SSLContext | None = None, proxy: Proxy | None = None
    ) -> None:
        self.host = host
        self.port = port
        self.tls = tls
        self.proxy = proxy


class Connection:
    """A socket that carries one request after the other.

    It is there before its socket is, so that whoever holds it can close it, whatever comes between.
    """

    __slots__ = ("_destination", "_socket", "_stream", "idle_since")

    _stream: Stream
    idle_since: float

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._socket: socket.socket | None = None

    def open(self, deadline: Deadline) -> None:
        """Connects by the deadline; AttemptFailed if that fails: nothing was processed then."""
        destination = self._destination
        deadline.step = "connecting"
        try:
            sock = self._connect(deadline)
            if destination.tls is not None:
                if destination.proxy:
                    _open_tunnel(sock, destination, destination.proxy, deadline)
                sock = self._start_tls(sock, destination.tls, deadline)
            self._stream = Stream(sock)
        except AttemptFailed as failure:
            if not failure.timed_out:
                failure.reason = f"cannot connect{_through(destination.proxy)}: {failure.reason}"
            failure.maybe_processed = False
            raise
        except (OSError, UnicodeError) as error:  # a host name that is none is a UnicodeError
            if not is_of_system(error, socket.getaddrinfo, socket.socket, type(destination.tls)):
                raise
            raise _connect_failure(error, destination, deadline) from error

    def exchange(
        self, method: str, message: memoryview, deadline: Deadline, most_body_bytes: int
    ) -> Response:
        """Sends a request and reads its response; AttemptFailed if none comes whole by then."""
        deadline.step = "the answer"
        started = False
        try:
            sent = self._stream.send_now(message[:_SEND_SIZE])
            started = True
            answer, all_sent = b"", True
            if sent < len(message):
                answer, all_sent = self._send_rest(message[sent:], deadline)
            response = read_response(
                Source(self._stream, deadline, answer), method, most_body_bytes
            )
        except AttemptFailed as failure:
            failure.maybe_processed = started
            raise
        if not all_sent:
            response.reusable = False
        return response

    def is_alive(self) -> bool:
        """False once either side closed it, or the server sent something that nobody asked for."""
        if self._socket is None or self._socket.fileno() < 0:
            return False
        try:
            return self._stream.is_quiet()
        except AttemptFailed:
            return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _connect(self, deadline: Deadline) -> socket.socket:
        """The first of the host's addresses that answers, each with its share of the time."""
        place = self._destination.proxy or self._destination
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

    def _start_tls(
        self, sock: socket.socket, tls: SSLContext, deadline: Deadline
    ) -> socket.socket:
        sock.settimeout(deadline.remaining())
        # A cut stream must not look like a finished one, hence no ragged ends. The handshake comes
        # apart, since wrap_socket leaves the socket open when Ctrl-C interrupts one of its own, but
        # not in other classes: truststore's wrap_socket verifies the certificates that came.
        self._socket = secured = tls.wrap_socket(
            sock,
            server_hostname=self._destination.host.removesuffix("."),  # certificates have no such dot
            suppress_ragged_eofs=False,
            do_handshake_on_connect=not is_of_this_python(tls),
        )
        secured.do_handshake()
        if secured.selected_alpn_protocol() == "h2":
            raise AttemptFailed(
                "the server chose HTTP/2, since ssl_context offers it: leave h2 out", permanent=True
            )
        return secured

    def _send_rest(self, data: memoryview, deadline: Deadline) -> tuple[bytes, bool]:
        """Sends a large body; what the server answered meanwhile, and whether all was sent.

        A refusal before the body's end stops it, as does a hang-up: a 413 is worth more than the
        broken pipe that comes with it. A success is no reason to stop, since the server may go on
        reading. If it does not, the answer still counts when the time is up, if it is whole.
        """
        stream = self._stream
        answer = b""
        while data:
            try:
                deadline.remaining()
                received = stream.receive_now()
                if received is not None:
                    answer += received
                    if not received or _REFUSAL(answer) or len(answer) > _MOST_EARLY_BYTES:
                        break
                sent = stream.send_now(data[:_SEND_SIZE])
                data = data[sent:]
                if not sent:
                    stream.wait_to_send_or_receive(deadline)
            except AttemptFailed as failure:
                if failure.permanent:  # TLS was refused, which is told only once
                    raise
                break
        return answer, not data


def _connect_failure(error: Exception, destination: Destination, deadline: Deadline) -> AttemptFailed:
    if isinstance(error, TimeoutError) and error.errno is None:  # with one, the system gave up
        failure = deadline.passed()
    elif destination.tls is not None and isinstance(error, _CERTIFICATE_ERRORS):
        failure = AttemptFailed(why_not_trusted(error, destination.tls), permanent=True)
    else:
        is_no_tls = getattr(error, "reason", None) == "WRONG_VERSION_NUMBER"
        hint = " (perhaps the server speaks http, not https)" if is_no_tls else ""
        failure = AttemptFailed(
            f"cannot connect{_through(destination.proxy)}: {error}{hint}",
            permanent=isinstance(error, _TLS_ERRORS) and not isinstance(error, _TLS_ENDED),
        )
    failure.maybe_processed = False
    return failure


def _through(proxy: Proxy | None) -> str:
    return f" through the proxy {authority(proxy.host, proxy.port)}" if proxy else ""


def _open_tunnel(
    sock: socket.socket, destination: Destination, proxy: Proxy, deadline: Deadline
) -> None:
    target = authority(destination.host, destination.port)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    source = Source(Stream(sock), deadline)
    try:
        status = read_final_head(source).status
    except AttemptFailed as failure:
        failure.reason = f"the proxy's answer to CONNECT: {failure.reason}"
        raise
    if status >= 300:
        reason = f"the proxy refused the tunnel with status {status}"
        raise AttemptFailed(reason, permanent=status < 500)
    if not source.is_used_up():
        raise AttemptFailed("the proxy sent data before the tunnel was in use")
