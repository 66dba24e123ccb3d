"""Reads and checks HTTP/1.1 responses (RFC 9110 and RFC 9112).

Theory of operation: `read_response` reads the head (status line and headers) in one piece. It
checks the head with one regular expression, and by searching it for NUL and for an LF without CR.
It looks up only the headers that it needs. The head determines the length of the body. A response
is complete and well-formed, or `AttemptFailed` is raised. Every part has a limit on its size.

`http.client` is more lenient. For it, a head that ends early is an empty response, a 103 is the
final response, and `Content-Length: +2` is a length. Where RFC 9112 lets a client guess or repair
(2.2, 5.2, 6.3), this reader raises an error: others could read the same bytes differently. It makes
two harmless exceptions: the space before an empty reason may be missing, and a Content-Length may
be repeated with the same value.

A connection may be reused only if the end of the response is certain. Otherwise late bytes of a
body could be read as the next response.
"""

from __future__ import annotations

import re
from http.client import HTTPMessage

from .stream import AttemptFailed, Stream

try:
    import zlib
except ImportError:  # Some Pythons are built without it.
    CAN_GUNZIP = False
else:
    CAN_GUNZIP = True

_MAX_HEAD_BYTES = 64 * 1024
_MAX_HEADERS = 100
_MAX_INTERIM_RESPONSES = 16
_MAX_CHUNK_LINE_BYTES = 4 * 1024
_GZIP_WBITS = 31  # For zlib: a gzip header, and the largest window.

_START = b"HTTP/1."
# RFC 9112, 5: field-line. No space before the colon (5.1), no folded lines (5.2).
_FIELD_NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# RFC 9112, 4: status-line. As an exception, the space before an empty reason may be missing. In
# values, this excludes CR only, which takes a third of the time of excluding CR, LF and NUL.
# `Response` searches for the other two.
_match_head = re.compile(
    rb"HTTP/1\.[01] [1-5][0-9][0-9](?: [^\r]*)?(?:\r\n%b:[^\r]*)*" % _FIELD_NAME
).fullmatch
# The headers that determine the end of the body and of the connection, in a head in lower case.
_find_framing = re.compile(
    rb"\r\n(content-length|transfer-encoding|content-encoding|connection):([^\r]*)"
).findall
# RFC 9112, 7.1.2: trailer-section. Compiled when first used: few programs need it.
_TRAILER = rb"%b:[^\r\n\0]*" % _FIELD_NAME
# RFC 9112, 9.6: the close connection option, in a list (RFC 9110, 7.6.1).
_match_close = re.compile(rb"(?:.*,)?[ \t]*close[ \t]*(?:,.*)?").fullmatch
# RFC 9110, 8.6: Content-Length.
_match_length = re.compile(rb"[0-9]{1,18}").fullmatch
# RFC 9112, 7.1: chunk-size and chunk-ext.
_match_chunk_size = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?").fullmatch


class Response:
    """A well-formed status line with its headers, and the body.

    content_length:       the header's value, unparsed
    transfer_encoding:    the header's value, in lower case
    has_content_encoding: whether the response has this header
    reusable:             whether the connection can carry the next request once the body was read
    reused:               whether the connection carried a request before this one

    It also has the attributes and methods of a response of `urllib.request`, for code that wraps
    the opener.
    """

    body = b""
    url = ""
    reused = False
    _position = 0

    def __init__(self, head: bytes) -> None:
        # The head comes without its last line end, so each LF precedes one header. In a head that
        # matches, each CR is that of a CRLF.
        header_count = head.count(b"\n")
        if not _match_head(head) or head.find(b"\0") >= 0 or head.count(b"\r") != header_count:
            raise AttemptFailed("the response's status line or a header line is malformed")
        if header_count > _MAX_HEADERS:
            raise AttemptFailed(f"the response has more than {_MAX_HEADERS} headers")
        self._head = head
        self.version = 11 if head.startswith(b"HTTP/1.1") else 10  # As in `http.client`.
        self.status = self.code = int(head[9:12])
        framing: dict[bytes, bytes] = {}
        for name, value in _find_framing(head.lower()):
            value = value.strip(b" \t")
            # RFC 9110, 5.3: several values are joined with commas.
            framing[name] = b"%b,%b" % (framing[name], value) if name in framing else value
        self.content_length = framing.get(b"content-length")
        self.transfer_encoding = framing.get(b"transfer-encoding")
        self.has_content_encoding = b"content-encoding" in framing
        # RFC 9112, 9.3: whether the server keeps the connection open.
        options = framing.get(b"connection")
        self.reusable = self.version == 11 and not (options and _match_close(options))

    def header(self, name: str) -> str | None:
        """Returns the value of a header, or None. Several values are joined with commas."""
        values = re.findall(f"(?i)\r\n{name}:([^\r]*)", self._head.decode("latin-1"))
        return ", ".join(value.strip(" \t") for value in values) if values else None

    @property
    def headers(self) -> HTTPMessage:
        """All headers, as a mapping that ignores the case of names."""
        headers = HTTPMessage()
        for line in self._head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name] = value.strip(" \t")
        return headers

    @property
    def reason(self) -> str:
        return self._head.partition(b"\r\n")[0].decode("latin-1")[13:]

    msg = reason

    def info(self) -> HTTPMessage:
        return self.headers

    def getcode(self) -> int:
        return self.status

    def geturl(self) -> str:
        return self.url

    def read(self, amount: int | None = -1) -> bytes:
        """Returns the rest of the body, or its next `amount` bytes. `body` stays complete."""
        start = self._position
        end = len(self.body) if amount is None or amount < 0 else start + amount
        self._position = min(end, len(self.body))
        return self.body[start:end]

    def close(self) -> None:
        """Does nothing: the response was read to its end."""

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        """Does nothing, like `close`."""


def read_response(stream: Stream, method: str, max_bytes: int) -> Response:
    """Returns the final response to a request, read to its end.

    Raises AttemptFailed if it is malformed or incomplete, or if its body has more than `max_bytes`.

    The status of an error or a redirect is worth more than its body. So if only the body of such a
    response fails, the response is returned with the part that arrived, and its connection is not
    reused.
    """
    response = read_final_head(stream)
    rest = stream.rest()
    # RFC 9112, 6.3, rule 1: these have no body, whatever their headers say.
    if method == "HEAD" or response.status in (204, 304):
        # With a length there may be a body nevertheless. It would be read as the next response.
        length, coding = response.content_length, response.transfer_encoding
        if rest or length not in (None, b"0") or coding is not None:
            response.reusable = False
        return response
    # The usual case: the whole body arrived together with the head.
    if (
        response.content_length == b"%d" % len(rest)
        and response.transfer_encoding is None
        and len(rest) <= max_bytes
    ):
        response.body = rest
        return response
    body = bytearray()
    try:
        _read_body(stream, response, body, max_bytes)
        if stream.rest():
            response.reusable = False
    except AttemptFailed:
        if response.status < 300:
            raise
        response.reusable = False
    del body[max_bytes:]
    response.body = bytes(body)
    return response


def read_final_head(stream: Stream) -> Response:
    """Returns the next final response, without its body. Skips interim ones (RFC 9110, 15.2)."""
    for _ in range(_MAX_INTERIM_RESPONSES + 1):
        _receive_start(stream)
        head = stream.read_through(b"\r\n\r\n", _MAX_HEAD_BYTES, "the response's head")
        response = Response(head)
        if response.status >= 200:
            return response
        if response.status == 101:  # RFC 9110, 15.2.2: only allowed after an Upgrade header.
            raise AttemptFailed(
                "the server switched to another protocol without an Upgrade request"
            )
    raise AttemptFailed(f"more than {_MAX_INTERIM_RESPONSES} interim responses")


def _receive_start(stream: Stream) -> None:
    """Receives the first bytes of a head.

    Raises AttemptFailed at the first wrong byte: waiting for the end of garbage would time out.
    """
    start = stream.rest()
    while not start.startswith(_START):
        if not _START.startswith(start):
            raise AttemptFailed("the response is not HTTP/1.1")
        received = stream.receive()
        if not received:
            where = "inside the response's head" if start else "without a response"
            raise AttemptFailed(f"the connection was closed {where}")
        start += received
    stream.data, stream.position = start, 0


def _read_body(stream: Stream, response: Response, body: bytearray, max_bytes: int) -> None:
    """Reads the body into `body`, by the rules of RFC 9112, 6.3."""
    # Rules 3 and 4: Transfer-Encoding. Both headers at once may be an attempt at smuggling.
    if response.transfer_encoding is not None:
        if response.content_length is not None:
            raise AttemptFailed("the response has both a Content-Length and a Transfer-Encoding")
        if response.transfer_encoding != b"chunked":
            raise AttemptFailed("the response's Transfer-Encoding is not supported")
        _read_chunks(stream, body, max_bytes)
        return
    # Rules 5 and 6: Content-Length. Repeated equal values are one value.
    if response.content_length is not None:
        length, *others = (part.strip(b" \t") for part in response.content_length.split(b","))
        if not _match_length(length) or any(other != length for other in others):
            raise AttemptFailed("the response's Content-Length is malformed")
        if int(length) > max_bytes:
            raise _too_large(max_bytes)
        stream.move(int(length), body)
        return
    # Rule 8: the body ends with the connection.
    response.reusable = False
    received = stream.rest() or stream.receive()
    while received:
        body += received
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        received = stream.receive()


def _read_chunks(stream: Stream, body: bytearray, max_bytes: int) -> None:
    """Reads a body in chunks (RFC 9112, 7.1) and its trailers (7.1.2), which are ignored."""
    while True:
        line = stream.read_through(b"\r\n", _MAX_CHUNK_LINE_BYTES, "a chunk's size line")
        match = _match_chunk_size(line)
        if match is None:
            raise AttemptFailed("the size of a chunk of the response is malformed")
        size = int(match[1], 16)
        if size == 0:
            break
        if len(body) + size > max_bytes:
            raise _too_large(max_bytes)
        stream.move(size, body)
        too_long = "a chunk of the response does not end with CR and LF"
        stream.read_through(b"\r\n", 0, "the end of a chunk of the response", too_long)
    # Check the trailers, though they are ignored: a malformed one may be the start of another
    # response.
    remaining = _MAX_HEAD_BYTES
    label = "the response's trailer section"
    too_long = f"{label} is longer than {remaining} bytes"
    while line := stream.read_through(b"\r\n", remaining, label, too_long):
        if not re.fullmatch(_TRAILER, line):
            raise AttemptFailed("a trailer of the response is malformed")
        remaining = max(0, remaining - len(line) - 2)


def decode_content(response: Response, max_bytes: int) -> None:
    """Decompresses a body with the Content-Encoding gzip (RFC 9110, 8.4), up to `max_bytes`.

    Raises AttemptFailed if that fails. For an error or a redirect, whose status is worth more than
    its body, it empties the body instead.
    """
    coding = (response.header("content-encoding") or "identity").lower()
    if coding == "identity" or not response.body:
        return
    try:
        if coding not in ("gzip", "x-gzip"):
            raise AttemptFailed("the response's Content-Encoding is not supported", permanent=True)
        response.body = _gunzip(response.body, max_bytes)
    except AttemptFailed:
        if response.status < 300:
            raise
        response.body = b""


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    """Decompresses one gzip member (RFC 1952), up to the limit and one byte.

    So a small compressed body cannot fill the memory before its real size is checked.
    """
    if not CAN_GUNZIP:
        raise AttemptFailed(
            "the response is compressed, and this Python was built without the zlib module",
            permanent=True,
        )
    # CAN_GUNZIP is True, so `zlib` was imported.
    member = zlib.decompressobj(_GZIP_WBITS)  # pyright: ignore[reportPossiblyUnboundVariable]
    try:
        plain = member.decompress(body, max_bytes + 1)
    except zlib.error as error:  # pyright: ignore[reportPossiblyUnboundVariable]
        raise AttemptFailed(f"the response's gzip stream is broken: {error}") from error
    if len(plain) > max_bytes:
        raise _too_large(max_bytes)
    if not member.eof:
        raise AttemptFailed("the response's gzip stream ends too early")
    if member.unused_data:
        raise AttemptFailed("the response's gzip stream has more than one member", permanent=True)
    return plain


def limit_body(response: Response, max_bytes: int) -> None:
    """Raises AttemptFailed for a body over the limit. Cuts that of an error or a redirect."""
    if len(response.body) > max_bytes:
        if response.status < 300:
            raise _too_large(max_bytes)
        response.body = response.body[:max_bytes]


def _too_large(max_bytes: int) -> AttemptFailed:
    """Returns the error for a body over the limit, as sent or decompressed."""
    return AttemptFailed(
        f"the response's body is larger than {max_bytes} bytes (max_response_bytes)", permanent=True
    )
