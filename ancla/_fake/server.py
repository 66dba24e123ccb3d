"""The HTTP server of `ancla.testing.FakeAncla`. It knows nothing of the platform.

One thread accepts connections, and each connection has a thread of its own. `Server.stop` shuts all
sockets down and joins all threads. A request is recorded as a `RecordedRequest` and handed to the
`respond` function, which returns a `Reply`, or None to drop the connection. A `Fault` is what
a test asks for: a delay, an error response, a dropped connection.
"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from .errors import Response, phrase_of

HOST = "127.0.0.1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LARGEST_BODY = 16 * 1024 * 1024


@dataclass
class RecordedRequest:
    """A request as the server received it.

    method:     "GET", "POST" ...
    path:       the path as it was sent, percent-encoded, without the query:
                "/api/v1/workspaces/a%20b"
    query:      the query as it was sent, or ""
    headers:    the headers; names are looked up in any case, as in `headers["x-api-key"]`; not in
                the repr
    body:       the parsed JSON, the bytes if it is not JSON, or None if the request had no body
    connection: the number of its TCP connection, from 1
    status:     the status code of the response, or None if there is none (yet)
    """

    method: str
    path: str
    query: str
    headers: Message = field(repr=False)
    body: Any
    connection: int
    status: int | None = None


@dataclass
class Reply:
    """A response on its way to the socket."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Fault:
    """What happens to one request: a delay, a reply, or a connection that is dropped.

    delay:  how many seconds to wait first
    reply:  the response to send
    drop:   whether to close the connection without a response
    handle: whether to carry the request out
    method: only for requests with this method, or None for any
    path:   only for requests whose path ends like this, or None for any
    """

    delay: float = 0.0
    reply: Reply | None = None
    drop: bool = False
    handle: bool = False
    method: str | None = None
    path: str | None = None

    @property
    def has_valid_method(self) -> bool:
        """Whether a request could have this method."""
        return self.method is None or str(self.method).upper() in METHODS

    @property
    def has_valid_path(self) -> bool:
        """Whether a request could have this path: it is no URL, and has no query."""
        path = self.path
        return path is None or not (plain_path(path) == "/" or "?" in path or "://" in path)

    def fits(self, request: RecordedRequest) -> bool:
        if self.method is not None and self.method.upper() != request.method:
            return False
        return self.path is None or plain_path(request.path).endswith(plain_path(self.path))


def next_fault(waiting: list[Fault], request: RecordedRequest) -> Fault:
    """Removes and returns the first fault for this request, or returns one without an effect."""
    for index, fault in enumerate(waiting):
        if fault.fits(request):
            return waiting.pop(index)
    return Fault(handle=True)


class Server(ThreadingHTTPServer):
    """Serves from its creation until `stop`."""

    request_queue_size = 128
    # `stop` ends the wait for a connection by connecting. The timeout ends it if that fails.
    timeout = 1.0

    def __init__(
        self,
        port: int,
        respond: Callable[[RecordedRequest, bytes], Reply | None],
        connection_opened: Callable[[], int],
    ) -> None:
        self.respond = respond
        self.connection_opened = connection_opened
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__((HOST, port), _Handler)
        self._accepting = threading.Thread(target=self._accept, name="FakeAncla", daemon=True)
        self._accepting.start()

    def server_bind(self) -> None:
        # HTTPServer would look the host's name up, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def stop(self) -> None:
        """Closes the port and all connections, and joins all threads."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, self.server_port), timeout=1.0).close()
        self._accepting.join()
        self.server_close()
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            _shut(connection)
        for thread in still_open.values():
            thread.join()

    def server_close(self) -> None:
        # Closing alone would leave the port open in a forked child that has the socket, too.
        _shut(self.socket)
        super().server_close()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.stopping.is_set():
            self.shutdown_request(request)
            return
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name="FakeAncla connection",
            daemon=True,
        )
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FakeAncla"
    sys_version = ""
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        assert isinstance(self.server, Server)
        self._owner = self.server
        self._number = self._owner.connection_opened()

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing: it would be in the output of the test."""

    def _respond(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            return
        target = self.requestline.split()[1]
        path, _, query = target.partition("?")
        request = RecordedRequest(
            self.command, path, query, self.headers, _parsed_body(body), self._number
        )
        reply = self._owner.respond(request, body)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond

    def _read_body(self) -> bytes | None:
        """Returns the body. Returns None if it is incomplete, or an error was sent."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif len(length) > len(str(_LARGEST_BODY)) or int(length) > _LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            return body if len(body) == int(length) else None
        return None

    def _send(self, reply: Reply) -> None:
        headers = {"Server": self.server_version, "Date": self.date_time_string(), **reply.headers}
        has_body = reply.status >= 200 and reply.status not in (204, 304)
        if has_body:
            headers["Content-Length"] = str(len(reply.body))
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {reply.status} {phrase_of(reply.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        # One write, so that a client does not receive the head without the body.
        self.wfile.write(head + (reply.body if has_body and self.command != "HEAD" else b""))


def plain_path(path: str) -> str:
    """Returns a path as ASGI servers and the platform's framework read it.

    `%2F` is a slash. Repeated slashes count as one, and a slash at the end is ignored.
    """
    return "/" + "/".join(filter(None, unquote(path).split("/")))


def make_reply(response: Response) -> Reply:
    """Returns its reply. Bytes and text are sent as they are, None as no body, else JSON."""
    body, status, headers = response.data, response.status, response.headers
    if body is None:
        return Reply(status, headers, b"")
    if isinstance(body, bytes):
        kind, data = "application/octet-stream", body
    elif isinstance(body, str):
        kind, data = "text/plain; charset=utf-8", body.encode()
    else:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        kind, data = "application/json", text.encode("utf-8", "replace")
    return Reply(status, {"Content-Type": kind, **headers}, data)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _parsed_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body
