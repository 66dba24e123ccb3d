"""The one reader of responses: strict and bounded.

The standard library's reader takes a header block that ends early for an empty answer, a 103
for the final one and `Content-Length: +2` for a length. This one takes a response whole or
not at all. It reads the head in one piece, checks it with one expression and looks up the few
headers that matter, which is also what makes it fast.
"""

from __future__ import annotations

import re
from http.client import HTTPMessage

from .stream import AttemptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .stream import Stream

try:
    import zlib
except ImportError:  # some Pythons are built without it
    CAN_GUNZIP = False
else:
    CAN_GUNZIP = True

_MOST_HEAD_BYTES = 64 * 1024
_MOST_HEADERS = 100
_MOST_INTERIM_RESPONSES = 16
_MOST_CHUNK_LINE_BYTES = 4 * 1024
_GUNZIP_SIZE = 64 * 1024
_MOST_MEMBERS = 1024  # each costs time, even one with nothing in it
_GZIP = 31  # for zlib: a gzip head, and the largest window

_START = b"HTTP/1."
_FIELD_LINE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*"
_HEAD = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\0]*)?(?:\r\n%b)*" % _FIELD_LINE)
_TRAILER = re.compile(_FIELD_LINE)
_SAYS_CLOSE = re.compile(rb"\r\nconnection:(?:[^\r\n]*,)?[ \t]*close[ \t]*(?:[,\r]|\Z)")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")


class Response:
    """A status line and its headers, well formed, and the body that came with them.

    length, coding: its Content-Length and Transfer-Encoding, as they came
    is_coded:       it has a Content-Encoding
    is_persistent:  its connection stays open    reusable: and carries the next response
    reused:         its connection had been used before

    For those who wrap the opener it is also what `urllib.request` promises.
    """

    version = 11
    body = b""
    url = ""
    reusable = reused = False
    _position = 0

    def __init__(self, head: bytes) -> None:
        match = _HEAD.fullmatch(head)
        if match is None:
            raise AttemptFailed("the answer's status line or a header line is malformed")
        if head.count(b"\n") > _MOST_HEADERS:
            raise AttemptFailed(f"the answer has more than {_MOST_HEADERS} headers")
        self._head = head
        self._lowered = head.lower()
        self.status = int(match[2])
        self.length = self._get(b"content-length")
        self.coding = self._get(b"transfer-encoding")
        self.is_coded = b"\r\ncontent-encoding:" in self._lowered
        self.is_persistent = match[1] == b"1" and not _SAYS_CLOSE.search(self._lowered)

    def _get(self, name: bytes) -> bytes | None:
        """The value of a header, given in lower case; several are joined by commas."""
        mark = b"\r\n%b:" % name
        start = self._lowered.find(mark)
        if start < 0:
            return None
        values = []
        while start >= 0:
            start += len(mark)
            end = self._head.find(b"\r\n", start)
            values.append(self._head[start : None if end < 0 else end].strip(b" \t"))
            start = self._lowered.find(mark, start)
        return b", ".join(values)

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas, or None; any case of `name`."""
        value = self._get(name.lower().encode("ascii"))
        return None if value is None else value.decode("latin-1")

    @property
    def headers(self) -> HTTPMessage:
        """All headers: a mapping, for names in any case."""
        headers = HTTPMessage()
        for line in self._head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name] = value.strip(" \t")
        return headers

    @property
    def reason(self) -> str:
        return self._head.partition(b"\r\n")[0].decode("latin-1")[13:]

    @property
    def code(self) -> int:
        return self.status

    msg = reason

    def info(self) -> HTTPMessage:
        return self.headers

    def getcode(self) -> int:
        return self.status

    def geturl(self) -> str:
        return self.url

    def read(self, amount: int | None = -1) -> bytes:
        """The body as it came, or its next bytes; what is read here is not missing elsewhere."""
        start = self._position
        end = len(self.body) if amount is None or amount < 0 else start + amount
        self._position = min(end, len(self.body))
        return self.body[start:end]

    def close(self) -> None:
        """Does nothing: all of it has come."""

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        """Does nothing, as `close`."""


def read_response(stream: Stream, method: str, most: int) -> Response:
    """The final response to a request: read to its end, or AttemptFailed.

    The status of an error or a redirect counts even when its body of at most `most` bytes does not
    come whole: the body is then what came of it, and the connection is not used again.
    """
    response = read_final_head(stream)
    rest = stream.rest()
    if method == "HEAD" or response.status in (204, 304):
        response.reusable = response.is_persistent and not rest and _has_no_body(response, method)
        return response
    # The usual case, which is that all of it has come with the head.
    if response.length == b"%d" % len(rest) and response.coding is None and len(rest) <= most:
        response.body = rest
        response.reusable = response.is_persistent
        return response
    body = bytearray()
    try:
        is_delimited = _read_body(stream, response, body, most)
        response.reusable = is_delimited and response.is_persistent and not stream.rest()
    except AttemptFailed:
        if response.status < 300:
            raise
    del body[most:]
    response.body = bytes(body)
    return response


def read_final_head(stream: Stream) -> Response:
    """The next final head, without its body; interim ones before it are skipped."""
    for _ in range(_MOST_INTERIM_RESPONSES + 1):
        _receive_start(stream)
        head = Response(stream.read_through(b"\r\n\r\n", _MOST_HEAD_BYTES, "the response's head"))
        if head.status >= 200:
            return head
        if head.status == 101:
            raise AttemptFailed("the server switched to another protocol, unasked")
    raise AttemptFailed(f"more than {_MOST_INTERIM_RESPONSES} interim responses")


def _receive_start(stream: Stream) -> None:
    """Fails at the first wrong byte, so that garbage does not have to time out."""
    start = stream.data[stream.position :]
    while len(start) < len(_START) and _START.startswith(start):
        received = stream.receive()
        if not received:
            where = "inside the response's head" if start else "without an answer"
            raise AttemptFailed(f"the connection was closed {where}")
        start += received
    if not start.startswith(_START):
        raise AttemptFailed("the answer is not HTTP/1.1")
    stream.data, stream.position = start, 0


def _has_no_body(head: Response, method: str) -> bool:
    """Whether none may yet come where there must be none: it would be taken for the next answer."""
    length, coding = head.length, head.coding
    if method != "HEAD":
        return length in (None, b"0") and coding is None
    if coding is not None:
        return length is None and coding.lower() == b"chunked"
    return length is None or _LENGTH.fullmatch(length) is not None


def _read_body(stream: Stream, head: Response, body: bytearray, most: int) -> bool:
    """Fills `body`; False if only the connection's end told where it was over."""
    if head.coding is not None:
        if head.length is not None:
            raise AttemptFailed("the answer has both a Content-Length and a Transfer-Encoding")
        if head.coding.lower() != b"chunked":
            raise AttemptFailed("the answer's Transfer-Encoding is not supported")
        _read_chunks(stream, body, most)
        return True
    if head.length is not None:
        length, *others = (part.strip(b" \t") for part in head.length.split(b","))
        if not _LENGTH.fullmatch(length) or any(other != length for other in others):
            raise AttemptFailed("the answer's Content-Length is malformed")
        if int(length) > most:
            raise _too_large(most)
        stream.move(int(length), body)
        return True
    body += stream.rest()
    while len(body) <= most:
        received = stream.receive()
        if not received:
            return False
        body += received
    raise _too_large(most)


def _read_chunks(stream: Stream, body: bytearray, most: int) -> None:
    while True:
        line = stream.read_through(b"\r\n", _MOST_CHUNK_LINE_BYTES, "a chunk's size line")
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise AttemptFailed("the size of a chunk of the answer is malformed")
        size = int(match[1], 16)
        if size == 0:
            break
        if len(body) + size > most:
            raise _too_large(most)
        stream.move(size, body)
        stream.read_through(b"\r\n", 0, "what follows a chunk of the answer")
    # Nothing needs the trailers, but what is none may be the start of another answer.
    left = _MOST_HEAD_BYTES
    while line := stream.read_through(b"\r\n", left, "the answer's trailers"):
        if not _TRAILER.fullmatch(line):
            raise AttemptFailed("a trailer of the answer is malformed")
        left = max(0, left - len(line) - 2)


def decode_content(response: Response, most: int) -> None:
    """Replaces a body in a single layer of gzip by what is in it, also at most `most` bytes.

    The status of an error or a redirect counts even when its body cannot be decoded: the body is
    empty then.
    """
    coding = (response.header("content-encoding") or "identity").lower()
    if coding == "identity" or not response.body:
        return
    try:
        if coding not in ("gzip", "x-gzip"):
            raise AttemptFailed("the answer's Content-Encoding is not supported", permanent=True)
        response.body = _gunzip(response.body, most)
    except AttemptFailed:
        if response.status < 300:
            raise
        response.body = b""


def _gunzip(body: bytes, most: int) -> bytes:
    if not CAN_GUNZIP:
        raise AttemptFailed(
            "the answer is compressed, and this Python was built without the zlib module",
            permanent=True,
        )
    plain = bytearray()
    position = 0
    for _ in range(_MOST_MEMBERS):
        # It is there, as we can gunzip.
        member = zlib.decompressobj(_GZIP)  # pyright: ignore[reportPossiblyUnboundVariable]
        while not member.eof:
            piece = body[position : position + _GUNZIP_SIZE]
            if not piece:
                raise AttemptFailed("the answer's gzip stream ends too early")
            position += len(piece)
            try:
                plain += member.decompress(piece, most + 1 - len(plain))
            except zlib.error as error:  # pyright: ignore[reportPossiblyUnboundVariable]
                raise AttemptFailed(f"the answer's gzip stream is broken: {error}") from error
            if len(plain) > most:
                raise _too_large(most)
        position -= len(member.unused_data)
        if position == len(body):
            return bytes(plain)
    raise AttemptFailed(
        f"the answer's gzip stream has more than {_MOST_MEMBERS} members", permanent=True
    )


def _too_large(most: int) -> AttemptFailed:
    """The failure of a body over its limit, as it came or decoded."""
    return AttemptFailed(
        f"the answer's body is larger than {most} bytes (max_response_bytes)", permanent=True
    )
