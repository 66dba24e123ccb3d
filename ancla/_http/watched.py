"""Sends a request through `http.client`, for recorders, mocks and tracers that replace parts of it.

Theory of operation: while a part of `http.client` is replaced, each attempt passes through a
connection object of `http.client`. The socket of that object is a `_FakeSocket`. It collects the
bytes that `http.client` sends, and has the transport exchange them for a response. So the replaced
part sees the request and its response, and may add a header, replay a response or raise an error.
The real sockets, the deadline, the pool and the strict reader remain those of the transport.

While nothing is replaced, requests bypass this module, since `http.client` takes time.
"""

from __future__ import annotations

import http.client
import io
from functools import lru_cache, partial
from types import FunctionType

from .response import Response, limit_body
from .stream import AttemptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .addresses import ServerAddress


_HTTPConnection = http.client.HTTPConnection
_METHODS = "__init__ connect request putrequest putheader endheaders send getresponse".split()


def _make_check(class_name: str) -> Callable[[], bool]:
    """Returns a function that checks whether a class or one of its methods was replaced.

    That function runs before each attempt, so it compares without a loop.
    """
    kind = getattr(http.client, class_name)
    methods = [getattr(kind, name) for name in _METHODS]
    # Check the type too: a wrapper may copy the attributes of the function that it wraps.
    is_original = kind.__module__ == "http.client" and all(
        type(method) is FunctionType and method.__globals__ is vars(http.client)
        for method in methods
    )
    # If it was replaced before this import, assume that it stays so.
    if not is_original:
        return lambda: True
    init, connect, request, putrequest, putheader, endheaders, send, getresponse = methods

    def is_replaced() -> bool:
        now = getattr(http.client, class_name)
        return not (
            now is kind
            and now.__init__ is init
            and now.connect is connect
            and now.request is request
            and now.putrequest is putrequest
            and now.putheader is putheader
            and now.endheaders is endheaders
            and now.send is send
            and now.getresponse is getresponse
        )

    return is_replaced


_is_plain_replaced = _make_check("HTTPConnection")
# Without the ssl module there is no HTTPSConnection, and nothing uses this check.
_is_tls_replaced = _make_check(
    "HTTPSConnection" if hasattr(http.client, "HTTPSConnection") else "HTTPConnection"
)


def replacement_check(scheme: str) -> Callable[[], bool]:
    """Returns a function that checks whether a class for this scheme, or a method, is replaced."""
    if scheme == "http":
        return _is_plain_replaced
    return lambda: _is_plain_replaced() or _is_tls_replaced()


def send_through_http_client(
    server: ServerAddress,
    message: memoryview,
    exchange: Callable[[memoryview], Response],
    max_body_bytes: int,
) -> Response:
    """Sends a request through `http.client` and returns its response.

    Calls `exchange` with the bytes that `http.client` sends, unless a recorder replays a response.
    Raises AttemptFailed for errors of `http.client`, for a socket that others opened, and for a
    replayed body of more than `max_body_bytes`. Other errors, from recorders or mocks, are not
    caught.
    """
    fake_socket = _FakeSocket(exchange)
    try:
        client = _new_client(server, fake_socket)
        client.request(*_parts(message))
        response = _response_from(client.getresponse())
    except http.client.HTTPException as error:  # Raised by a mock, or because a mock sent nothing.
        raise AttemptFailed(
            f"http.client failed: {error!r}",
            permanent=isinstance(error, http.client.ImproperConnectionState),
        ) from error
    limit_body(response, max_body_bytes)
    response.reused = fake_socket.reused
    return response


def _new_client(server: ServerAddress, fake_socket: _FakeSocket) -> Any:
    kind: Any
    if server.scheme == "http":
        kind = _guarded(http.client.HTTPConnection)
    else:
        kind = partial(_guarded(http.client.HTTPSConnection), context=fake_socket)
    client = kind(server.host, server.port)
    client.set_debuglevel(0)  # Otherwise it may be on for the class, and print the API key.
    client.response_class = _CompleteResponse
    client._create_connection = fake_socket.create_connection
    return client


@lru_cache(4)
def _guarded(kind: Any) -> Any:
    """Returns a subclass of an `http.client` class whose socket can only be a `_FakeSocket`."""
    if not (isinstance(kind, type) and issubclass(kind, _HTTPConnection)):
        return kind  # A mock, or a recorder's own class.
    return type(kind.__name__, (kind,), {"sock": _guarded_socket, "__module__": kind.__module__})


def _set_socket(client: Any, sock: Any) -> None:
    """Refuses another socket before anything is sent through it.

    A replaced `connect` may open one, which would bypass the proxy, the pool and the deadline.
    """
    if sock is not None and not isinstance(sock, _FakeSocket):
        sock.close()
        failure = AttemptFailed(
            "a replaced part of http.client opened a socket of its own; nothing was sent",
            permanent=True,
        )
        failure.maybe_processed = False
        raise failure
    vars(client)["sock"] = sock


_guarded_socket = property(lambda client: vars(client)["sock"], _set_socket)


def _parts(message: memoryview) -> tuple[str, str, bytes | None, dict[str, str]]:
    """Splits a message into the arguments of `HTTPConnection.request`."""
    head, _, body = bytes(message).partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name] = value
    return method, target, body or None, headers


def _response_from(received: http.client.HTTPResponse) -> Response:
    """Converts the response of `http.client`, which a recorder or mock may have made itself."""
    lines = [f"HTTP/1.1 {received.status} {received.reason}"]
    lines += [f"{name}: {value}" for name, value in received.getheaders()]
    response = Response("\r\n".join(lines).encode("latin-1", "replace"))
    response.body = received.read()
    return response


class _FakeSocket:
    """Stands in for the socket of an `http.client` connection, and for its TLS context."""

    verify_mode = check_hostname = True  # Up to Python 3.11, `http.client` reads these.

    def __init__(self, exchange: Callable[[memoryview], Response]) -> None:
        self.reused = False
        self._exchange = exchange
        self._sent: list[bytes] = []

    def create_connection(self, *_: object) -> _FakeSocket:
        """Does not connect: the transport does, once the message is complete."""
        return self

    def wrap_socket(self, sock: object, **_: object) -> object:
        return sock

    def setsockopt(self, *_: object) -> None:
        """Does nothing, like `close`."""

    def sendall(self, data: bytes) -> None:
        self._sent.append(data)

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        """Does nothing: the sockets are in the transport's pool."""

    def exchange_collected(self) -> Response:
        """Sends the collected bytes and returns the response."""
        message = memoryview(b"".join(self._sent))
        self._sent.clear()
        response = self._exchange(message)
        self.reused = response.reused
        return response


class _CompleteResponse(http.client.HTTPResponse):
    """A response of `http.client` whose content was read by our own reader."""

    fp: Any = None  # close() reads it, even if __init__ was interrupted.

    def __init__(self, fake_socket: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(fake_socket, *arguments, **options)
        self._fake_socket = fake_socket

    def begin(self) -> None:
        response = self._fake_socket.exchange_collected()
        self.status = self.code = response.status
        self.reason, self.version = response.reason, response.version
        self.headers = self.msg = response.headers
        self.fp, self.length = io.BytesIO(response.body), len(response.body)
        self.chunked = self.will_close = False
