"""Raw servers for the tests: they send any bytes at any pace, and record all that they get.

    with ScriptedServer(replies(json_reply([]), then_reset(b"HTTP/1.1 200 OK\\r\\n"))) as server:
        ...                                      # server.url, server.requests, server.connections

A script is called once per accepted connection, in a thread of its own. `replies` makes the
usual one, which replies to each request in turn. A test may also pass a function of its own.
Nothing here sleeps, except where slowness is the fault that is played.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import selectors
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

CERTIFICATES = Path(__file__).parent / "certs"
PATIENCE = 10.0
# More than fits into the buffers of two sockets, so that the client is still sending it.
LARGE_BODY = {"value": "a" * 8 * 1024 * 1024}

Self = TypeVar("Self", bound="ScriptedServer")


@dataclass(frozen=True)
class Request:
    """One request as it arrived; `number` and `connection` count from 0 within the server."""

    number: int
    connection: int
    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    def header(self, name: str) -> str | None:
        return _header(self.head, name)


class Connection:
    """One accepted connection, as a script sees it."""

    def __init__(self, server: ScriptedServer, sock: socket.socket, number: int) -> None:
        self.server = server
        self.sock = sock
        self.number = number
        self._buffer = bytearray()

    def read_head(self) -> bytes | None:
        """The next request's head with its blank line, or None when the client is gone."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not self._receive():
                return None
        return self._take(end + 4)

    def read_request(self) -> Request | None:
        """The next request with its body, recorded, or None when the client is gone."""
        head = self.read_head()
        if head is None:
            return None
        length = int(_header(head, "Content-Length") or 0)
        while len(self._buffer) < length:
            if not self._receive():
                return None
        return self.server.record(self, head, self._take(length))

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, every: float) -> None:
        """Sends one byte every so many seconds, until the server stops."""
        for position in range(len(data)):
            self.send(data[position : position + 1])
            if self.server.stopping.wait(every):
                return

    def wait_until_closed(self) -> None:
        """Returns when the client has closed the connection."""
        with contextlib.suppress(OSError):
            while self._receive():
                pass

    def close(self, notify: bool = True) -> None:
        """Closes; under TLS with a close_notify, unless asked not to."""
        if notify and isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(0)
            with contextlib.suppress(OSError, ValueError):
                self.sock.unwrap()
        self.sock.close()

    def reset(self) -> None:
        """Closes with RST in place of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def receive(self) -> bytes:
        """Some bytes, or none when the client or this side has closed."""
        if self.sock.fileno() < 0:
            return b""
        data = self.sock.recv(65536)
        self.server.received += data
        return data

    def _receive(self) -> bool:
        data = self.receive()
        self._buffer += data
        return bool(data)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken


Script = Callable[[Connection], None]
Reply = bytes | Callable[[Connection, Request], None]


class ScriptedServer:
    """A server on 127.0.0.1, or [::1], that runs a script for every connection."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.handshake_errors: list[OSError] = []
        self.received = bytearray()
        self.stopping = threading.Event()
        self._script = script
        self._tls = tls
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._script_error: Exception | None = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        self.port: int = self._listener.getsockname()[1]
        url_host = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{url_host}:{self.port}"

    def __enter__(self: Self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):  # wakes the accepting thread on every system
            socket.create_connection(self._listener.getsockname()[:2]).close()
        self._threads[0].join(PATIENCE)
        self._listener.close()
        with self._changed:
            still_open = list(self._open)
        for sock in still_open:
            with contextlib.suppress(OSError):  # not SSLSocket's, which is no match for threads
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        if kind is None and self._script_error is not None:
            raise self._script_error

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Returns once the condition holds; looks at every new request, connection or end."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), "the server waited in vain"

    def wait_until_all_closed(self) -> None:
        self.wait_for(lambda: not self._open)

    def wait_for_threads(self) -> None:
        """Returns once nobody is being served, and the threads that did it are gone."""
        self.wait_until_all_closed()
        for thread in self._threads[1:]:
            thread.join(PATIENCE)

    def record(self, connection: Connection, head: bytes, body: bytes) -> Request:
        with self._changed:
            request = Request(len(self.requests), connection.number, head, body)
            self.requests.append(request)
            self._changed.notify_all()
        return request

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads = [
            *self._threads[:1],
            *(other for other in self._threads[1:] if other.is_alive()),
            thread,
        ]
        thread.start()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self.stopping.is_set():
                sock.close()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            with self._changed:
                connection = Connection(self, sock, self.connections)
                self.connections += 1
                self._open.add(sock)
                self._changed.notify_all()
            self._start(self._serve, connection)

    def _serve(self, connection: Connection) -> None:
        sock = connection.sock
        try:
            if isinstance(sock, ssl.SSLSocket) and not self._shook_hands(sock):
                return
            self._script(connection)
        except OSError:
            pass  # the client went away, as some tests want it to
        except Exception as error:
            self._script_error = error
        finally:
            sock.close()
            with self._changed:
                self._open.discard(sock)
                self._changed.notify_all()

    def _shook_hands(self, sock: ssl.SSLSocket) -> bool:
        try:
            sock.do_handshake()
        except OSError as error:
            self.handshake_errors.append(error)
            return False
        return True


class ProxyServer(ScriptedServer):
    """A proxy that tunnels CONNECT and forwards plain requests.

    credentials:    "user:password" that it wants, else it says 407
    connect_reply: what it says to a CONNECT, in place of opening the tunnel
    established:    what it says once the tunnel is open
    `requests` holds what was said to the proxy itself, `received` the tunnelled bytes too.
    """

    def __init__(
        self,
        *,
        credentials: str | None = None,
        connect_reply: Reply | None = None,
        established: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n",
    ) -> None:
        super().__init__(self._proxy)
        self._authorization = (
            f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else None
        )
        self._connect_reply = connect_reply
        self._established = established

    def _proxy(self, connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            if self._authorization not in (None, request.header("Proxy-Authorization")):
                connection.send(reply(b"", 407, {"Proxy-Authenticate": 'Basic realm="proxy"'}))
            elif request.method != "CONNECT":
                connection.send(_forwarded(request))
            elif self._connect_reply is not None:
                give(self._connect_reply, connection, request)
            else:
                self._tunnel(connection, request.target)
                return

    def _tunnel(self, connection: Connection, target: str) -> None:
        host, _, port = target.rpartition(":")
        with socket.create_connection((host.strip("[]."), int(port))) as origin:
            origin.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.drip(self._established, 0)
            with selectors.DefaultSelector() as selector:
                selector.register(connection.sock, selectors.EVENT_READ)
                selector.register(origin, selectors.EVENT_READ)
                while True:
                    for ready, _ in selector.select():
                        if ready.fileobj is origin:
                            data = origin.recv(65536)
                            connection.send(data)
                        else:
                            data = connection.receive()
                            origin.sendall(data)
                        if not data:
                            return


def _forwarded(request: Request) -> bytes:
    """The origin's response to a request in absolute form."""
    url = urlsplit(request.target)
    headers = dict(
        line.split(": ", 1)
        for line in request.head.decode("latin-1").split("\r\n")[1:]
        if line and not line.lower().startswith("proxy-")
    )
    origin = http.client.HTTPConnection(url.hostname or "", url.port, timeout=PATIENCE)
    with contextlib.closing(origin):
        origin.request(request.method, url.path, request.body or None, headers)
        response = origin.getresponse()
        return reply(response.read(), response.status)


def replies(*script: Reply) -> Script:
    """Replies to the first request with the first reply, and so on. Repeats the last one."""

    def run(connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            give(script[min(request.number, len(script) - 1)], connection, request)

    return run


def give(what: Reply, connection: Connection, request: Request) -> None:
    if isinstance(what, bytes):
        connection.send(what)
    else:
        what(connection, request)


def then_close(data: bytes, notify: bool = True) -> Reply:
    """Sends the bytes, then closes (without a TLS close_notify, if so asked)."""

    def run(connection: Connection, _: Request) -> None:
        connection.send(data)
        connection.close(notify)

    return run


def then_reset(data: bytes) -> Reply:
    """Sends the bytes, then resets the connection."""

    def run(connection: Connection, _: Request) -> None:
        connection.send(data)
        connection.reset()

    return run


def dripped(data: bytes, every: float, at_once: bytes = b"") -> Reply:
    """Sends some bytes at once and the others one by one."""

    def run(connection: Connection, _: Request) -> None:
        connection.send(at_once)
        connection.drip(data, every)

    return run


def silence(connection: Connection, _: Request) -> None:
    """Never responds."""
    connection.server.stopping.wait()


def echo_target(connection: Connection, request: Request) -> None:
    """Replies with the request's own target and body, which shows every mix-up."""
    connection.send(json_reply({"target": request.target, "body": request.body.decode()}))


def reply(body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A well-formed response."""
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def json_reply(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A well-formed response with JSON."""
    typed = {"Content-Type": "application/json", **(headers or {})}
    return reply(json.dumps(data).encode(), status, typed)


def server_tls(certificate: str = "server", *, asks_client: bool = False) -> ssl.SSLContext:
    """A server's context: certificate is a file of tests/certs without its ending."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    if asks_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATES / "ca.pem")
    return context


def client_tls(certificate: str | None = None) -> ssl.SSLContext:
    """A client's context that trusts the private CA, with a client certificate if so asked."""
    context = ssl.create_default_context(cafile=str(CERTIFICATES / "ca.pem"))
    # As SECURITY.md asks of an ssl_context; Debian 12's Python sets it.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    if certificate is not None:
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    return context


def _header(head: bytes, name: str) -> str | None:
    for line in head.decode("latin-1").split("\r\n")[1:]:
        found, _, value = line.partition(":")
        if found.lower() == name.lower():
            return value.strip()
    return None
