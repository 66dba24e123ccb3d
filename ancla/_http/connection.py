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
from .failure import AttemptFailed
from .response import Response, Source, read_final_head, read_response
from .stream import Stream

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


class _Refused(OSError):
    """There will be no connection of this kind, now or later."""


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
    """A connected socket that carries one request after the other."""

    __slots__ = ("_stream",)

    def __init__(self, destination: Destination, deadline: Deadline) -> None:
        """Connects by the deadline; AttemptFailed if that fails: nothing was processed then."""
        try:
            self._stream = Stream(_open(destination, deadline))
        except _CERTIFICATE_ERRORS as error:
            raise AttemptFailed(
                f"the server's certificate is not trusted: {error}",
                maybe_processed=False,
                permanent=True,
            ) from error
        except (OSError, UnicodeError) as error:  # a host name that is none is a UnicodeError
            if _deadline_passed(error):
                raise AttemptFailed(
                    _timeout_reason("connecting took", deadline),
                    maybe_processed=False,
                    timed_out=True,
                ) from error
            permanent = isinstance(error, _Refused) or (
                isinstance(error, _TLS_ERRORS) and not isinstance(error, _TLS_ENDED)
            )
            raise AttemptFailed(
                f"cannot connect{_through(destination.proxy)}: {error}{_hint(error)}",
                maybe_processed=False,
                permanent=permanent,
            ) from error

    def exchange(
        self, method: str, message: memoryview, deadline: Deadline, most_body_bytes: int
    ) -> Response:
        """Sends a request and reads its response; AttemptFailed if none comes whole by then."""
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
        except OSError as error:
            if _deadline_passed(error):
                raise AttemptFailed(
                    _timeout_reason("the answer took", deadline), timed_out=True
                ) from error
            raise AttemptFailed(
                f"the connection broke: {error}",
                maybe_processed=started,
                permanent=_is_alert(error),
            ) from error
        if not all_sent:
            response.reusable = False
        return response

    def is_alive(self) -> bool:
        """False once the server closed it, or sent something that nobody asked for."""
        try:
            return self._stream.is_quiet()
        except OSError:
            return False

    def close(self) -> None:
        self._stream.close()

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
            except OSError as error:
                if _is_alert(error):  # it comes only once
                    raise
                break
        return answer, not data


def _through(proxy: Proxy | None) -> str:
    return f" through the proxy {authority(proxy.host, proxy.port)}" if proxy else ""


def _hint(error: Exception) -> str:
    is_no_tls = getattr(error, "reason", None) == "WRONG_VERSION_NUMBER"
    return " (perhaps the server speaks http, not https)" if is_no_tls else ""


def _is_alert(error: Exception) -> bool:
    """Whether the server refuses the way that TLS is spoken. TLS 1.3 tells only after the handshake
    that the client's certificate is missing, or not trusted.
    """
    return "ALERT" in (getattr(error, "reason", None) or "")


def _deadline_passed(error: Exception) -> bool:
    """Whether it is our own deadline. A system that gives up earlier, on packets that nobody
    acknowledges, raises TimeoutError too, but with its errno: that is a lost connection.
    """
    return isinstance(error, TimeoutError) and error.errno is None


def _timeout_reason(what: str, deadline: Deadline) -> str:
    return f"{what} longer than the timeout of {deadline.seconds:g} s"


def _open(destination: Destination, deadline: Deadline) -> socket.socket:
    proxy = destination.proxy
    address = (proxy.host, proxy.port) if proxy else (destination.host, destination.port)
    sock = _connect(address, deadline)
    try:
        if destination.tls is None:
            return sock
        if proxy:
            _open_tunnel(sock, destination, proxy, deadline)
        sock.settimeout(deadline.remaining())
        # A cut stream must not look like a finished one, hence no ragged ends. The handshake comes
        # apart, since wrap_socket leaves the socket open when Ctrl-C interrupts one of its own, but
        # not in other classes: truststore's wrap_socket verifies the certificates that came.
        sock = destination.tls.wrap_socket(
            sock,
            server_hostname=destination.host.removesuffix("."),  # certificates have no such dot
            suppress_ragged_eofs=False,
            do_handshake_on_connect=type(destination.tls) is not ssl.SSLContext,
        )
        sock.do_handshake()
        if sock.selected_alpn_protocol() == "h2":
            raise _Refused("the server chose HTTP/2, since ssl_context offers it: leave h2 out")
        return sock
    except BaseException:
        sock.close()
        raise


def _connect(address: tuple[str, int], deadline: Deadline) -> socket.socket:
    """The first of the host's addresses that answers, each with its share of the time."""
    host, port = address
    # As bytes, since text goes through the IDNA codec, which loads slowly; the name is ASCII.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("the host has no address")
    for position, (family, kind, protocol, _, target) in enumerate(found):
        left = deadline.remaining()
        sock = None
        try:
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(None if left is None else left / (len(found) - position))
            sock.connect(target)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except BaseException as error:
            if sock is not None:
                sock.close()
            if not isinstance(error, OSError):
                raise
            failure = error
    raise failure


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
        raise OSError(f"the proxy's answer to CONNECT: {failure.reason}") from failure
    if status >= 300:
        reason = f"the proxy refused the tunnel with status {status}"
        raise _Refused(reason) if status < 500 else OSError(reason)
    if not source.is_used_up():
        raise OSError("the proxy sent data before the tunnel was in use")
