"""Makes one attempt of a request. `Transport.send` is the only entry point.

Theory of operation: `Transport.send` builds the head and body of a request and passes them to an
opener of `urllib.request`, so that tracers that wrap the opener see each attempt. The opener's only
handler takes a connection from the pool or opens one, exchanges the request for a response, and
gives the connection back. It raises `AttemptFailed` if the attempt fails.

Why not urllib's default opener? It sends the API key to the targets of redirects, opens `file:`
URLs, and builds a full header object for each response.
"""

from __future__ import annotations

import sys
from functools import partial
from urllib.request import BaseHandler, OpenerDirector, Request

from .._errors import APIConnectionError
from .addresses import api_path, proxy_from_environment
from .connection import Connection
from .pool import ConnectionPool
from .response import Response, decode_content
from .settings import is_allowed_header
from .stream import Deadline
from .tls import MISSING, context_factory, default_context
from .tracebacks import was_raised_by
from .watched import replacement_check, send_through_http_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .addresses import ServerAddress
    from .settings import Settings


class Transport:
    """Sends requests to one server and reuses connections. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Prepares TLS and the proxy. Raises APIConnectionError if that fails."""
        if sys.platform == "emscripten":  # Connecting would block until the timeout.
            raise _permanent_error(
                "this Python runs in WebAssembly (Pyodide), which has no sockets"
            )
        self.closed = False
        self._redact_url, self._secrets = settings.redact_url, settings.secrets
        self._max_body_bytes = settings.max_response_bytes
        server, proxy = settings.server, settings.proxy
        if proxy is None and settings.trust_env:
            try:
                proxy = proxy_from_environment(server)
            except ValueError as error:
                raise _permanent_error(str(error)) from None
        self.proxy_host = proxy.host if proxy else None
        tls = _tls_context(settings) if server.scheme == "https" else None
        self._target_start, headers = server.path, settings.headers
        if proxy and tls is None:
            self._target_start = server.url
            headers += proxy.authorization_line
        self._head_end = f" HTTP/1.1\r\nHost: {server.host_header}\r\n{headers}"
        self._server = server
        self._pool = ConnectionPool()
        new_connection = partial(Connection, server, tls, proxy)
        self._opener = OpenerDirector()
        self._opener.add_handler(_PoolHandler(settings, self._pool, new_connection))

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        timeout: float | None,
        extra_headers: str = "",
    ) -> Response:
        """Makes one attempt. Returns the response, whatever its status, or raises AttemptFailed.

        `target` is a quoted path with an optional query. `extra_headers` holds header lines, each
        with its CRLF.
        """
        target = api_path(target)
        url = f"{self._server.url}{target}"
        if any(map(url.__contains__, self._secrets)):
            url = self._redact_url(url)
        head = f"{method} {self._target_start}{target}{self._head_end}{extra_headers}"
        if body is not None:
            head = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif method not in ("GET", "HEAD", "DELETE", "OPTIONS"):
            head = f"{head}Content-Length: 0\r\n"
        message = memoryview(f"{head}\r\n".encode("ascii") + (body or b""))
        request = _APIRequest(method, url, message, self._server, Deadline(timeout))
        # Tracers wrap `OpenerDirector.open`, and expect the timeout as its third argument.
        response: Response = self._opener.open(request, None, timeout)
        if response.has_content_encoding:
            decode_content(response, self._max_body_bytes)
        return response

    def tls_version(self) -> str | None:
        """Returns the version of TLS of an idle connection, or None if there is none."""
        held: list[Connection] = []
        stack = self._pool.stack()
        if not self._pool.take(stack, held):
            return None
        version = held[0].tls_version()
        self._pool.give(stack, held)
        return version

    def close(self) -> None:
        self.closed = True
        self._pool.close()


class _APIRequest(Request):
    """A request for the opener. `message` is its complete head and body.

    The attributes that tracers and audit hooks read hold neither the API key nor the body:
    `headers` starts empty, and `data` is None. `message` has both, but its repr shows no content:
    it is a memoryview. Headers that a tracer adds are sent.

    `__init__` does not call that of the base class, which would parse the URL for each attempt.
    """

    if not TYPE_CHECKING:
        full_url = ""  # Replaces a property of the base class, which would parse the URL.
    data = fragment = None
    unverifiable = False
    _tunnel_host = None

    def __init__(
        self,
        method: str,
        url: str,
        message: memoryview,
        server: ServerAddress,
        deadline: Deadline,
    ) -> None:
        self.full_url = url
        self.host = self.origin_req_host = server.host
        self.selector = "/" + url.split("/", 3)[3]
        self.type = server.scheme
        self.headers = {}
        self.unredirected_hdrs = {}
        self.method = method
        self.message = message
        self.deadline = deadline

    def message_with_additions(self) -> memoryview:
        """Returns head and body with the headers that tracers added.

        Headers that are invalid, reserved, or already in the message are left out.
        """
        message = bytes(self.message)
        head = message.partition(b"\r\n\r\n")[0].lower()
        first, line_end, rest = message.partition(b"\r\n")
        added = "".join(
            f"{name}: {value}\r\n"
            for name, value in self.header_items()
            if is_allowed_header(name, value) and f"\r\n{name.lower()}:".encode("ascii") not in head
        )
        return memoryview(first + line_end + added.encode("ascii") + rest)


class _PoolHandler(BaseHandler):
    """The opener's only handler. It exchanges a request on a pooled or new connection.

    It reaches one server only, and knows no redirects, files or cookies.
    """

    def __init__(
        self, settings: Settings, pool: ConnectionPool, new_connection: Callable[[], Connection]
    ) -> None:
        self._server = settings.server
        self._max_body_bytes = settings.max_response_bytes
        self._pool = pool
        self._new_connection = new_connection
        self._is_http_client_replaced = replacement_check(settings.server.scheme)

    def add_parent(self, parent: OpenerDirector) -> None:
        """Keeps no reference to the opener, which would make a reference cycle.

        So a client that is dropped without close() closes its connections at once.
        """

    def default_open(self, request: _APIRequest) -> Response:
        message = request.message
        if request.headers or request.unredirected_hdrs:
            message = request.message_with_additions()
        if self._is_http_client_replaced():
            exchange = partial(self._exchange, request)
            response = send_through_http_client(
                self._server, message, exchange, self._max_body_bytes
            )
        else:
            response = self._exchange(request, message)
        response.url = request.full_url
        return response

    def _exchange(self, request: _APIRequest, message: memoryview) -> Response:
        held: list[Connection] = []
        stack = self._pool.stack()
        try:
            reused = self._pool.take(stack, held)
            if not reused:
                held.append(self._new_connection())
                held[0].open(request.deadline)
            response = held[0].exchange(
                request.method or "GET", message, request.deadline, self._max_body_bytes
            )
            response.reused = reused
            if response.reusable:
                self._pool.give(stack, held)
            else:
                held[0].close()
            return response
        except BaseException:
            for connection in held:
                connection.close()
            raise


def _tls_context(settings: Settings) -> SSLContext:
    "".encode("idna")  # Loads the codec that `ssl` needs for the server's name in the first call.
    if settings.ssl_context is not None:
        return settings.ssl_context
    if MISSING is not None:
        raise _permanent_error(MISSING)
    try:
        return default_context()
    # OSError: SSLKEYLOGFILE or OpenSSL's configuration is invalid. RuntimeError: `ssl` is a stub.
    except (OSError, RuntimeError) as error:
        if not was_raised_by(error, context_factory()):
            raise
        raise _permanent_error(f"cannot set TLS up: {error}") from error


def _permanent_error(reason: str) -> APIConnectionError:
    error = APIConnectionError(reason)
    error.permanent = True
    return error
