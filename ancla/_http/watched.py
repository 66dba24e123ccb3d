"""The face towards `http.client`, for recorders, mocks and tracers, which replace parts of it.

While a part is replaced, each attempt passes through a connection of `http.client`. Its socket is a
`_Face`: it collects what is sent, and has the transport exchange that for a response. So whoever
watches sees the request and its response, and may add a header, replay a response or raise. The
sockets, the deadline, the pool and the strict reader stay those of the transport.
"""

from __future__ import annotations

import http.client
import io
from types import FunctionType

from .response import Response
from .stream import AttemptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .addresses import ServerAddress


_METHODS = (
    "__init__",
    "connect",
    "request",
    "putrequest",
    "putheader",
    "endheaders",
    "send",
    "getresponse",
)


def _check_for(kind: Any) -> Callable[[Any], bool]:
    """Returns a function: whether a class is another than `kind`, or has other methods than now.

    It runs before each attempt, and named attributes take a fifth of the time of a loop.
    """
    if not _is_own(kind):  # somebody came first, and is taken to stay
        return lambda found: True
    own_init, connect, request, putrequest = (getattr(kind, name) for name in _METHODS[:4])
    putheader, endheaders, send, getresponse = (getattr(kind, name) for name in _METHODS[4:])

    def is_replaced(found: Any) -> bool:
        return not (
            found is kind
            and found.__init__ is own_init
            and found.connect is connect
            and found.request is request
            and found.putrequest is putrequest
            and found.putheader is putheader
            and found.endheaders is endheaders
            and found.send is send
            and found.getresponse is getresponse
        )

    return is_replaced


def _is_own(kind: Any) -> bool:
    """Whether a class and its methods are those of `http.client`."""
    methods = [getattr(kind, name, None) for name in _METHODS]
    # The type counts, too: a wrapper may have the attributes of the function that it wraps.
    return kind.__module__ == "http.client" and all(
        type(it) is FunctionType and it.__globals__ is vars(http.client) for it in methods
    )


_is_plain_replaced = _check_for(http.client.HTTPConnection)
# It is missing where there is no ssl module, and nothing asks for it there.
_is_tls_replaced = _check_for(getattr(http.client, "HTTPSConnection", http.client.HTTPConnection))


def is_watched(scheme: str) -> bool:
    """Whether a part of `http.client` that carries requests of a scheme was replaced."""
    return _is_plain_replaced(http.client.HTTPConnection) or (
        scheme == "https" and _is_tls_replaced(http.client.HTTPSConnection)
    )


def send_watched(
    server: ServerAddress, message: memoryview, exchange: Callable[[memoryview], Response]
) -> Response:
    """Sends a request through `http.client`, and returns the response that this returns.

    `exchange` is called with the bytes that `http.client` sends, unless a recorder replays a
    response. What a recorder or a mock raises comes through as it is.
    """
    face = _Face(exchange)
    client: Any
    if server.scheme == "http":
        client = http.client.HTTPConnection(server.host, server.port)
    else:
        context: Any = face
        client = http.client.HTTPSConnection(server.host, server.port, context=context)
    client.set_debuglevel(0)  # it prints the key, and may be on for the class
    client.response_class = _SeenResponse
    client._create_connection = face.create_connection
    try:
        # No variable holds the headers or the body while the network is waited for.
        client.request(*_parts(message))
        response = _response_from(client.getresponse())
    except http.client.HTTPException as error:  # of a mock, or since a mock does not send
        raise AttemptFailed(
            f"http.client failed: {error!r}",
            permanent=isinstance(error, http.client.ImproperConnectionState),
        ) from error
    response.reused = face.reused
    return response


def _parts(message: memoryview) -> tuple[str, str, bytes | None, dict[str, str]]:
    """Method, target, body and headers, as `HTTPConnection.request` takes them."""
    head, _, body = bytes(message).partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name] = value
    return method, target, body or None, headers


def _response_from(seen: http.client.HTTPResponse) -> Response:
    """The response as those who watch let it through: the server's, or one of their own."""
    lines = [f"HTTP/1.1 {seen.status} {seen.reason}"]
    lines += [f"{name}: {value}" for name, value in seen.getheaders()]
    response = Response("\r\n".join(lines).encode("latin-1", "replace"))
    response.body = seen.read()
    return response


class _Face:
    """What `http.client` takes for a socket, and for the TLS context that secures it."""

    verify_mode = check_hostname = True  # asked of a TLS context up to Python 3.11

    def __init__(self, exchange: Callable[[memoryview], Response]) -> None:
        self.reused = False
        self._exchange = exchange
        self._sent: list[bytes] = []

    def create_connection(self, *_: object) -> _Face:
        """Connects nothing: the transport does that once all is to be sent."""
        return self

    def wrap_socket(self, *_: object, **__: object) -> _Face:
        return self

    def setsockopt(self, *_: object) -> None:
        """Does nothing, as `close`."""

    def sendall(self, data: bytes) -> None:
        self._sent.append(data)

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        """Does nothing: the sockets are in the transport's pool."""

    def receive(self) -> Response:
        """Sends what was collected, and returns the response to it."""
        message = memoryview(b"".join(self._sent))  # its repr shows nothing
        self._sent.clear()
        response = self._exchange(message)
        self.reused = response.reused
        return response


class _SeenResponse(http.client.HTTPResponse):
    """What `http.client` returns of a response that was read to its end by our own reader."""

    fp: Any = None  # close() asks for it, also if __init__ was interrupted

    def __init__(self, face: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(face, *arguments, **options)
        self._face = face

    def begin(self) -> None:
        response = self._face.receive()
        self.status = self.code = response.status
        self.reason, self.version = response.reason, response.version
        self.headers = self.msg = response.headers
        self.fp, self.length = io.BytesIO(response.body), len(response.body)
        self.chunked = self.will_close = False
