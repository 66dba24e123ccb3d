"""The way to the server. `Transport.send` is its only door; what fails raises AttemptFailed.

response.py     reads a response, whole and bounded
connection.py   one connection: proxy, TLS, request out, response in
tls.py          what the server is verified with
stream.py       its socket, which waits no longer than the deadline
pool.py         idle connections
content.py      gzip
handlers.py     the opener of urllib.request that ties them together
proxies.py      which proxy to use
deadline.py     the time that one attempt has
failure.py      AttemptFailed
"""

from __future__ import annotations

from ..exceptions import APIConnectionError
from .connection import Connection, Destination
from .content import decode_content
from .deadline import Deadline
from .failure import AttemptFailed, is_of_system
from .handlers import APIRequest, build_opener
from .pool import ConnectionPool
from .proxies import choose_proxy
from .response import Response
from .tls import MISSING, default_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from .settings import Settings

__all__ = ["AttemptFailed", "Response", "Transport"]


class Transport:
    """Sends requests to one server over kept-alive connections; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Sets TLS and the proxy up; APIConnectionError if that cannot be done."""
        self.closed = False
        self._shown, self._secrets = settings.shown, settings.secrets
        self._most_body_bytes = settings.max_response_bytes
        self._pool: ConnectionPool[Connection] = ConnectionPool()
        self._opener = build_opener(self._pool, settings.max_response_bytes)
        server = settings.server
        try:
            proxy = choose_proxy(settings)
        except ValueError as error:
            raise _no_way(str(error)) from error
        tls = _tls_context(settings) if server.scheme == "https" else None
        self._destination = Destination(server.host, server.port, tls, proxy)
        self._url_start = server.url
        target_start = server.path
        headers = settings.headers
        if proxy and tls is None:
            target_start = server.url
            if proxy.authorization:
                headers = f"{headers}Proxy-Authorization: {proxy.authorization}\r\n"
        self._target_start = target_start
        self._head_end = f" HTTP/1.1\r\nHost: {server.host_header}\r\n{headers}"

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        timeout: float | None,
        more_headers: str = "",
    ) -> Response:
        """One attempt: the response of any status, or AttemptFailed.

        `target` is an absolute path below the server's URL, with its query if there is one.
        """
        url = f"{self._url_start}{target}"
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
        request = APIRequest(method, url, message, self._destination, Deadline(timeout))
        # Whoever traces requests wraps this method, and reads the timeout there.
        response: Response = self._opener.open(request, None, timeout)
        if response.is_coded:
            decode_content(response, self._most_body_bytes)
        return response

    def close(self) -> None:
        self.closed = True
        self._pool.close()


def _tls_context(settings: Settings) -> SSLContext:
    "".encode("idna")  # loads the codec that ssl names the server with, and would load late
    if settings.ssl_context is not None:
        return settings.ssl_context
    try:
        return default_context()
    except OSError as error:  # of SSLKEYLOGFILE, or of what OpenSSL is configured with
        if not is_of_system(error):
            raise
        raise _no_way(MISSING or f"cannot set TLS up: {error}") from error


def _no_way(reason: str) -> APIConnectionError:
    error = APIConnectionError(reason)
    error.permanent = True
    return error
