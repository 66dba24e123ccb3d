"""The way to the server: `Transport.send` is its only door, and what fails raises AttemptFailed.

Its opener of `urllib.request` is put together by hand, because the default one follows redirects
with the key, opens `file:` URLs, and builds a full header object for every answer. What is left out
can do no harm and costs no time.
"""

from __future__ import annotations

import sys
from functools import partial
from urllib.request import BaseHandler, OpenerDirector, Request

from ..exceptions import APIConnectionError
from .addresses import api_path, proxy_from_environment
from .checks import is_of_system
from .connection import Connection, ConnectionPool
from .response import Response, decode_content
from .settings import can_be_added
from .stream import Deadline
from .tls import MISSING, context_maker, default_context
from .watched import is_watched, send_watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from .addresses import Proxy, ServerAddress
    from .settings import Settings


class Transport:
    """Sends requests to one server over kept-alive connections; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Sets TLS and the proxy up; APIConnectionError if that cannot be done."""
        if sys.platform == "emscripten":  # connecting would wait for the whole timeout
            raise _no_way("this Python runs in WebAssembly (Pyodide), which has no sockets")
        self.closed = False
        self._shown, self._secrets = settings.shown, settings.secrets
        self._most_body_bytes = settings.max_response_bytes
        server, proxy = settings.server, settings.proxy
        if proxy is None and settings.trust_env:
            proxy = _proxy_from_environment(server)
        tls = _tls_context(settings) if server.scheme == "https" else None
        target_start = server.path
        headers = settings.headers
        if proxy and tls is None:
            target_start = server.url
            if proxy.authorization:
                headers = f"{headers}Proxy-Authorization: {proxy.authorization}\r\n"
        self._target_start = target_start
        self._head_end = f" HTTP/1.1\r\nHost: {server.host_header}\r\n{headers}"
        self._server = server
        self._pool = ConnectionPool()
        new_connection = partial(Connection, server, tls, proxy)
        self._opener = OpenerDirector()
        self._opener.add_handler(
            _ReusingHandler(server, self._pool, new_connection, self._most_body_bytes)
        )

    def send(
        self,
        method: str,
        target: str,
        body: memoryview | None,
        timeout: float | None,
        more_headers: str = "",
    ) -> Response:
        """One attempt: the response of any status, or AttemptFailed.

        `target` is an absolute path below the server's URL, with its query if there is one.
        """
        target = api_path(target)
        url = f"{self._server.url}{target}"
        if any(map(url.__contains__, self._secrets)):
            url = self._shown(url)
        head = f"{method} {self._target_start}{target}{self._head_end}{more_headers}"
        if body is not None:
            head = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif method not in ("GET", "HEAD", "DELETE", "OPTIONS"):
            head = f"{head}Content-Length: 0\r\n"
        # Their view shows nothing where a traceback shows local variables.
        message = memoryview(f"{head}\r\n".encode("ascii") + (body or b""))
        del head, body, more_headers
        request = _APIRequest(method, url, message, self._server, Deadline(timeout))
        # Whoever traces requests wraps this method, and reads the timeout there.
        response: Response = self._opener.open(request, None, timeout)
        if response.is_coded:
            decode_content(response, self._most_body_bytes)
        return response

    def close(self) -> None:
        self.closed = True
        self._pool.close()


class _APIRequest(Request):
    """A request as the opener passes it on; `message` is its head and body, ready to be sent.

    It skips the base class's own set-up, which takes the URL apart once more for every attempt,
    and shows the opener, those who wrap it, audit hooks and tracebacks neither the key nor the
    body. The headers that it does show are those that were added on the way, by tracing, say.
    """

    if not TYPE_CHECKING:
        full_url = ""  # no property as in the base class, which would take it apart
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
        """Head and body, with what was added to the headers since; nothing takes ours' place."""
        message = bytes(self.message)
        first, *ours = message.partition(b"\r\n\r\n")[0].split(b"\r\n")
        names = {line.partition(b":")[0].lower() for line in ours}
        start = len(first) + 2
        added = [
            # By the methods of str: a subclass may have others.
            b"%b: %b\r\n" % (str.encode(name, "ascii"), str.encode(value, "ascii"))
            for name, value in self.header_items()
            if can_be_added(name, value) and str.lower(name).encode("ascii") not in names
        ]
        return memoryview(b"".join([message[:start], *added, message[start:]]))


class _ReusingHandler(BaseHandler):
    """Opens whatever its opener is asked for, on a pooled connection or a new one.

    It knows http and https to one place and nothing else: no redirects, no files, no cookies.
    """

    def __init__(
        self,
        server: ServerAddress,
        pool: ConnectionPool,
        new_connection: Callable[[], Connection],
        most_body_bytes: int,
    ) -> None:
        self._server = server
        self._pool = pool
        self._new_connection = new_connection
        self._most_body_bytes = most_body_bytes

    def add_parent(self, parent: OpenerDirector) -> None:
        """Leaves the opener out, which makes no circle: a forgotten client closes at once."""

    def default_open(self, request: _APIRequest) -> Response:
        message = request.message
        if request.headers or request.unredirected_hdrs:
            message = request.message_with_additions()
        if is_watched(self._server.scheme):
            response = send_watched(self._server, message, partial(self._exchange, request))
        else:
            response = self._exchange(request, message)
        response.url = request.full_url
        return response

    def _exchange(self, request: _APIRequest, message: memoryview) -> Response:
        held: list[Connection] = []
        try:
            reused = self._pool.take(held)
            if not reused:
                held.append(self._new_connection())
                held[0].open(request.deadline)
            response = held[0].exchange(
                request.method or "GET", message, request.deadline, self._most_body_bytes
            )
            response.reused = reused
            if response.reusable:
                self._pool.give(held)
            else:
                held[0].close()
            return response
        except BaseException:
            for connection in held:
                connection.close()
            raise


def _proxy_from_environment(server: ServerAddress) -> Proxy | None:
    try:
        return proxy_from_environment(server)
    except ValueError as error:
        fault = str(error)
    raise _no_way(fault)


def _tls_context(settings: Settings) -> SSLContext:
    "".encode("idna")  # loads the codec that ssl names the server with, and would load late
    if settings.ssl_context is not None:
        return settings.ssl_context
    if MISSING is not None:
        raise _no_way(MISSING)
    try:
        return default_context()
    # OSError is of SSLKEYLOGFILE, or of what OpenSSL is configured with; RuntimeError is Pyodide's.
    except (OSError, RuntimeError) as error:
        if not is_of_system(error, context_maker()):
            raise
        raise _no_way(f"cannot set TLS up: {error}") from error


def _no_way(reason: str) -> APIConnectionError:
    error = APIConnectionError(reason)
    error.permanent = True
    return error
