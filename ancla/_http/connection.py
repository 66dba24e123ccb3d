"""HTTP/1.1 connections to the server.

A connection is opened once: TCP, then a tunnel through a proxy and TLS, if they are needed. After
that it carries one request at a time.

Why not `http.client.HTTPConnection`? It limits neither the size of a response nor the total time,
and accepts malformed responses. With all that overridden, only two things
would remain of it, and neither is wanted: a `debuglevel` that prints the API key, and automatic
reconnects.
"""

from __future__ import annotations

import re
import socket

from .addresses import authority
from .response import Response, read_final_head, read_response
from .stream import AttemptFailed, Deadline, Stream
from .tls import TLS_ENDED, TLS_ERRORS, TLS_UNTRUSTED, is_standard_context
from .tracebacks import was_raised_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .addresses import Proxy, ServerAddress

_SEND_SIZE = 16 * 1024  # One TLS record: it is sent completely or not at all.
_MAX_EARLY_BYTES = 64 * 1024
_NOT_TRUSTED = (
    "the server's certificate is not trusted (are CA certificates installed, such as the package "
    "ca-certificates? SSL_CERT_FILE, ssl_context or --ca-file can name others)"
)
# Compiled when first used: few programs need it.
_REFUSAL = rb"(?:\A|\r\n\r\n)HTTP/1\.[01] [3-5]"


class Connection:
    """One socket, which carries requests one after another.

    The object exists before its socket does, so a caller that is interrupted inside `open` can
    still close whatever was opened.
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
        """Connects before the deadline.

        Raises AttemptFailed otherwise, with `maybe_processed` False: no request was sent yet.
        """
        proxy, tls = self._proxy, self._tls
        via_proxy = f" through the proxy {authority(proxy.host, proxy.port)}" if proxy else ""
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
                failure.reason = f"cannot connect{via_proxy}: {failure.reason}"
            failure.maybe_processed = False
            raise
        except (OSError, UnicodeError) as error:  # UnicodeError: the host name is invalid.
            if not was_raised_by(error, socket.getaddrinfo, socket.socket, type(tls)):
                raise
            raise self._connect_failure(error, via_proxy, deadline) from error

    def exchange(
        self, method: str, message: memoryview, deadline: Deadline, max_body_bytes: int
    ) -> Response:
        """Sends a request and returns its response.

        Raises AttemptFailed if no complete response arrives before the deadline. Its
        `maybe_processed` is False only if the very first `send_now` raised the error.
        """
        stream = self._stream
        deadline.step = "the response"
        stream.deadline = deadline
        try:
            sent = stream.send_now(message[:_SEND_SIZE])
        except AttemptFailed as failure:
            failure.maybe_processed = False
            raise
        all_sent = sent == len(message) or self._send_rest(message[sent:])
        response = read_response(stream, method, max_body_bytes)
        if not all_sent:
            response.reusable = False
            if response.status < 300:
                raise AttemptFailed(
                    f"the server sent status {response.status} before it had read the whole request"
                )
        stream.data, stream.position = b"", 0  # Free the buffer while the connection is idle.
        return response

    def is_alive(self) -> bool:
        """Returns False if the server has closed the connection or sent unsolicited data.

        A readable TLS socket may still be alive: after the handshake, TLS 1.3 sends session
        tickets, which are not application data.
        """
        try:
            return not self._stream.poll(0) or self._stream.receive_now() is None
        except AttemptFailed:
            return False

    def tls_version(self) -> str | None:
        """Returns the version of TLS, such as "TLSv1.3", or None without TLS."""
        version: Callable[[], str | None] | None = getattr(self._socket, "version", None)
        return version() if version else None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _connect(self, deadline: Deadline) -> socket.socket:
        """Tries the host's addresses in order. Returns the first socket that connects.

        Each address gets an equal share of the time that is left.
        """
        peer = self._proxy or self._server
        # As bytes: a str would go through the slow IDNA codec. The name is ASCII.
        host = peer.host.encode("ascii")
        addresses = socket.getaddrinfo(host, peer.port, type=socket.SOCK_STREAM)
        for addresses_left, (family, kind, protocol, _, address) in zip(
            range(len(addresses), 0, -1), addresses
        ):
            remaining = deadline.remaining()
            try:
                self._socket = socket.socket(family, kind, protocol)
                self._socket.settimeout(None if remaining is None else remaining / addresses_left)
                self._socket.connect(address)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._socket
            except OSError as error:
                self.close()
                if addresses_left == 1 or not was_raised_by(error, socket.socket):
                    raise
        raise OSError("the host has no address")

    def _open_tunnel(self, sock: socket.socket, proxy: Proxy, deadline: Deadline) -> None:
        """Opens a tunnel to the server with CONNECT (RFC 9110, 9.3.6)."""
        target = authority(self._server.host, self._server.port)
        head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
        sock.sendall(f"{head}{proxy.authorization_line}\r\n".encode("ascii"))
        stream = Stream(sock, deadline)
        try:
            status = read_final_head(stream).status
        except AttemptFailed as failure:
            if not failure.timed_out:  # The reason of a timeout names the step already.
                failure.reason = f"the proxy's response to CONNECT: {failure.reason}"
            raise
        if status >= 300:
            reason = f"the proxy refused the tunnel with status {status}"
            raise AttemptFailed(reason, permanent=status < 500)
        if stream.rest():
            raise AttemptFailed("the proxy sent data before the tunnel was in use")

    def _start_tls(self, sock: socket.socket, tls: SSLContext, deadline: Deadline) -> socket.socket:
        sock.settimeout(deadline.remaining())
        try:
            self._socket = tls_socket = tls.wrap_socket(
                sock,
                server_hostname=self._server.host.removesuffix("."),  # Certificates omit this dot.
                # A truncated stream must not look like a complete one.
                suppress_ragged_eofs=False,
                # With Python's own context, make the handshake below, when `_socket` is the TLS
                # socket: if Ctrl-C interrupts it, `close` finds that. Other context classes must
                # make it inside: truststore verifies the certificates there. The call below then
                # does nothing.
                do_handshake_on_connect=not is_standard_context(tls),
            )
        except BaseException as error:
            _close_interrupted_wrap(error, sock)
            raise
        tls_socket.do_handshake()
        if tls_socket.selected_alpn_protocol() == "h2":
            raise AttemptFailed(
                "the server chose HTTP/2, which is not supported: "
                "remove h2 from the ALPN protocols of ssl_context",
                permanent=True,
            )
        return tls_socket

    def _connect_failure(
        self, error: Exception, via_proxy: str, deadline: Deadline
    ) -> AttemptFailed:
        """Returns the AttemptFailed for an error that was raised while connecting."""
        # A timeout of our own has no errno. One with an errno (ETIMEDOUT) is the system's. If the
        # attempt has no deadline, the timeout comes from another library's socket.
        if isinstance(error, TimeoutError) and error.errno is None and deadline.end is not None:
            failure = deadline.failure()
        elif isinstance(error, TLS_UNTRUSTED):
            failure = AttemptFailed(f"{_NOT_TRUSTED}: {error}", permanent=True)
        else:
            reason = getattr(error, "reason", None)
            is_plain_http = reason == "WRONG_VERSION_NUMBER"
            hint = " (perhaps the server speaks http, not https)" if is_plain_http else ""
            # For an unexpected EOF, Debian 12's Python raises an error outside TLS_ENDED.
            is_end = isinstance(error, TLS_ENDED) or reason == "UNEXPECTED_EOF_WHILE_READING"
            failure = AttemptFailed(
                f"cannot connect{via_proxy}: {str(error) or type(error).__name__}{hint}",
                permanent=isinstance(error, TLS_ERRORS) and not is_end,
            )
        failure.maybe_processed = False
        return failure

    def _send_rest(self, data: memoryview) -> bool:
        """Sends the rest of a large message. Returns whether all of it was sent.

        Keeps the bytes of a response that arrives meanwhile. Stops at a refusal (3xx, 4xx or 5xx)
        or when the server closes the connection: a 413 says more than the broken pipe that follows
        it. Stops at _MAX_EARLY_BYTES of response, too. A 2xx does not stop it, since the server may
        still be reading.
        """
        stream = self._stream
        while data:
            try:
                # Raises AttemptFailed after the deadline. That ends this loop, and reading the
                # response raises it again.
                stream.deadline.remaining()
                received = stream.receive_now()
                if received is not None:
                    stream.data += received
                    is_refused = re.search(_REFUSAL, stream.data)
                    if not received or is_refused or len(stream.data) > _MAX_EARLY_BYTES:
                        break
                sent = stream.send_now(data[:_SEND_SIZE])
                data = data[sent:]
                if not sent:
                    stream.wait_to_send_or_receive()
            except AttemptFailed as failure:
                if failure.permanent:  # A TLS alert. The next read would not report it again.
                    raise
                break
        return not data


def _close_interrupted_wrap(error: BaseException, sock: socket.socket) -> None:
    """Closes the TLS socket that wrap_socket was creating when it was interrupted.

    The TLS socket takes the file descriptor long before wrap_socket returns. Until then, only the
    frames of the traceback refer to it.
    """
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        detach = getattr(frame.f_locals.get("self"), "detach", None)
        if frame.f_globals.get("__name__") == "ssl" and detach is not None:
            descriptor = detach()
            # If the interrupt came while both sockets had this descriptor, the caller closes it
            # with `sock`. Closing it here too could close a file that another thread has just
            # opened.
            if descriptor not in (-1, sock.fileno()):
                socket.close(descriptor)
        trace = trace.tb_next
