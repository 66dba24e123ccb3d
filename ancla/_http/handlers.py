"""The opener of `urllib.request`, put together by hand, and the one handler in it.

Hand-made, because the default opener follows redirects with the key, opens `file:` URLs, and builds
a full header object for every answer. What is left out can do no harm and costs no time.
"""

from __future__ import annotations

from urllib.request import BaseHandler, OpenerDirector, Request

from .connection import Connection, Destination
from .deadline import Deadline
from .pool import ConnectionPool
from .response import Response
from .settings import can_be_added


class APIRequest(Request):
    """A request as the opener passes it on; `message` is its head and body, ready to be sent.

    It skips the base class's own set-up, which takes the URL apart once more for every attempt,
    and shows the opener, those who wrap it, audit hooks and tracebacks neither the key nor the
    body. The headers that it does show are those that were added on the way, by tracing, say.
    """

    data = None
    unverifiable = False
    _tunnel_host = None

    def __init__(
        self,
        method: str,
        url: str,
        message: memoryview,
        destination: Destination,
        deadline: Deadline,
    ) -> None:
        self._full_url = url  # behind the property, which would take it apart
        self.fragment = None
        self.host = self.origin_req_host = destination.host
        self.selector = "/" + url.split("/", 3)[3]
        self.type = "http" if destination.tls is None else "https"
        self.headers = {}
        self.unredirected_hdrs = {}
        self.method = method
        self.message = message
        self.destination = destination
        self.deadline = deadline

    def message_with_additions(self) -> memoryview:
        """Head and body, with what was added to the headers since; nothing takes ours' place."""
        start = bytes(self.message).index(b"\r\n") + 2
        ours = {line.partition(b":")[0].lower() for line in _head_lines(self.message)}
        lines = [
            f"{name}: {value}\r\n".encode("ascii")
            for name, value in self.header_items()
            if can_be_added(name, value) and name.lower().encode("ascii") not in ours
        ]
        return memoryview(b"".join([self.message[:start], *lines, self.message[start:]]))


def _head_lines(message: memoryview) -> list[bytes]:
    return bytes(message).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


class ReusingHandler(BaseHandler):
    """Opens http and https on a pooled connection, or a new one."""

    def __init__(self, pool: ConnectionPool[Connection], most_body_bytes: int) -> None:
        self._pool = pool
        self._most_body_bytes = most_body_bytes

    def add_parent(self, parent: OpenerDirector) -> None:
        """Leaves the opener out, which makes no circle: a forgotten client closes at once."""

    def http_open(self, request: APIRequest) -> Response:
        destination, deadline = request.destination, request.deadline
        message = request.message
        if request.headers or request.unredirected_hdrs:
            message = request.message_with_additions()
        held: list[Connection] = []
        try:
            reused = self._pool.take(destination, held)
            if not reused:
                held.append(Connection(destination))
                held[0].open(deadline)
            response = held[0].exchange(
                request.method or "GET",
                message,
                deadline,
                self._most_body_bytes,
            )
            response.reused = reused
            response.url = request.full_url
            if response.reusable:
                self._pool.give(destination, held)
            else:
                held[0].close()
            return response
        except BaseException:
            for connection in held:
                connection.close()
            raise

    https_open = http_open


def build_opener(pool: ConnectionPool[Connection], most_body_bytes: int) -> OpenerDirector:
    """An opener that knows http and https and nothing else: no redirects, no files, no cookies."""
    opener = OpenerDirector()
    opener.add_handler(ReusingHandler(pool, most_body_bytes))
    return opener
