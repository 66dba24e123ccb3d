"""The one reader of responses: strict, bounded, and with a deadline on every receive.

The standard library's reader takes a header block that ends early for an empty answer, a 103
for the final one and `Content-Length: +2` for a length. This one takes a response whole or
not at all. It reads the head in one piece, checks it with one expression and looks up the few
headers that matter, which is also what makes it fast.
"""

from __future__ import annotations

import re
from http.client import HTTPMessage

from .failure import AttemptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .deadline import Deadline
    from .stream import Stream

_MOST_HEAD_BYTES = 64 * 1024
_MOST_HEADERS = 100
_MOST_INTERIM_RESPONSES = 16
_MOST_CHUNK_LINE_BYTES = 4 * 1024

_START = b"HTTP/1."
_FIELD_LINE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*"
_HEAD = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\0]*)?(?:\r\n%b)*" % _FIELD_LINE
)
_TRAILER = re.compile(_FIELD_LINE)
_HALF_LINE_END = re.compile(rb"(?<!\r)\n|\r[^\n]")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")


class Head:
    """A status line and its headers, well formed."""

    __slots__ = ("_lowered", "_text", "is_coded", "persistent", "status")

    def __init__(self, text: bytes) -> None:
        match = _HEAD.fullmatch(text)
        if match is None:
            raise AttemptFailed("the answer's status line or a header line is malformed")
        if text.count(b"\n") > _MOST_HEADERS:
            raise AttemptFailed(f"the answer has more than {_MOST_HEADERS} headers")
        self._text = text
        self._lowered = text.lower()
        self.status = int(match[2])
        self.is_coded = b"\r\ncontent-encoding:" in self._lowered
        self.persistent = match[1] == b"1" and not self._says_close()

    def get(self, name: bytes) -> bytes | None:
        """The value of a header, given in lower case; several are joined by commas."""
        mark = b"\r\n%b:" % name
        start = self._lowered.find(mark)
        if start < 0:
            return None
        values = []
        while start >= 0:
            start += len(mark)
            end = self._text.find(b"\r\n", start)
            values.append(self._text[start : None if end < 0 else end].strip(b" \t"))
            start = self._lowered.find(mark, start)
        return b", ".join(values)

    def items(self) -> list[tuple[str, str]]:
        """The headers as they came."""
        lines = self._text.decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)]

    @property
    def reason(self) -> str:
        return self._text.partition(b"\r\n")[0].decode("latin-1")[13:]

    def _says_close(self) -> bool:
        connection = self.get(b"connection")
        if connection is None:
            return False
        return b"close" in [option.strip(b" \t") for option in connection.lower().split(b",")]


class Response:
    """A status and the body that came with it.

    reusable: its connection can be used again    reused: its connection had been used before
    is_coded: it has a Content-Encoding

    For those who wrap the opener it is also what `urllib.request` promises.
    """

    __slots__ = ("_head", "_position", "body", "is_coded", "reusable", "reused", "status", "url")

    version = 11

    def __init__(self, head: Head, body: bytes, reusable: bool) -> None:
        self.status = head.status
        self._head = head
        self.is_coded = head.is_coded
        self.body = body
        self.reusable = reusable
        self.reused = False
        self.url = ""
        self._position = 0

    @property
    def headers(self) -> HTTPMessage:
        """All headers: a mapping, for names in any case."""
        headers = HTTPMessage()
        for name, value in self._head.items():
            headers[name] = value
        return headers

    @property
    def code(self) -> int:
        return self.status

    @property
    def reason(self) -> str:
        return self._head.reason

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
        self.close()

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas, or None; any case of `name`."""
        value = self._head.get(name.lower().encode("ascii"))
        return None if value is None else value.decode("latin-1")


class Source:
    """The bytes of one response: what has come and is not used yet, then what is to come."""

    __slots__ = ("_deadline", "_stream", "data", "position")

    def __init__(self, stream: Stream, deadline: Deadline, data: bytes = b"") -> None:
        self._stream = stream
        self._deadline = deadline
        self.data = data
        self.position = 0

    def receive(self) -> bytes:
        """The next bytes from the network, b"" at its end."""
        return self._stream.receive(self._deadline)

    def is_used_up(self) -> bool:
        return self.position == len(self.data)

    def rest(self) -> bytes:
        """What has come and is not used yet."""
        return self.data[self.position :] if self.position else self.data

    def read_through(self, mark: bytes, most: int, what: str) -> bytes:
        """The bytes before `mark`, which is skipped, at most `most` of them."""
        data, start = self.data, self.position
        searched = start
        while (end := data.find(mark, searched)) < 0:
            if len(data) - start >= most + len(mark):
                raise AttemptFailed(f"{what} is longer than {most} bytes")
            if _HALF_LINE_END.search(data, searched):  # what would end it may never come
                raise AttemptFailed(f"{what} has a line that does not end with CR and LF")
            searched = max(start, len(data) - len(mark) + 1)
            received = self.receive()
            if not received:
                raise AttemptFailed(f"the connection was closed inside {what}")
            if start:
                data, searched, start = data[start:], searched - start, 0
            data += received
        if end - start > most:
            raise AttemptFailed(f"{what} is longer than {most} bytes")
        self.data, self.position = data, end + len(mark)
        return data[start:end]


def read_response(source: Source, method: str, most_body_bytes: int) -> Response:
    """The final response to a request: read to its end, or AttemptFailed.

    The status of an error or a redirect counts even when its body does not come whole: the body is
    then what came of it, and the connection is not used again.
    """
    head = read_final_head(source)
    if method == "HEAD" or head.status in (204, 304):
        is_sure = _has_plain_framing(head) if method == "HEAD" else not _claims_a_body(head)
        return Response(head, b"", is_sure and head.persistent and source.is_used_up())
    whole = _body_at_hand(source, head, most_body_bytes)
    if whole is not None:
        return Response(head, whole, head.persistent)
    body = bytearray()
    try:
        delimited = _read_body(source, head, body, most_body_bytes)
    except AttemptFailed:
        if head.status < 300:
            raise
        return Response(head, bytes(body[:most_body_bytes]), False)
    return Response(head, bytes(body), delimited and head.persistent and source.is_used_up())


def _read_head(source: Source) -> Head:
    if source.is_used_up():
        source.data, source.position = source.receive(), 0
    if not source.data.startswith(_START, source.position):
        _expect_http(source)
    return Head(source.read_through(b"\r\n\r\n", _MOST_HEAD_BYTES, "the response's head"))


def read_final_head(source: Source) -> Head:
    """The next final head; interim ones before it are skipped."""
    for _ in range(_MOST_INTERIM_RESPONSES + 1):
        head = _read_head(source)
        if head.status >= 200:
            return head
        if head.status == 101:
            raise AttemptFailed("the server switched to another protocol, unasked")
    raise AttemptFailed(f"more than {_MOST_INTERIM_RESPONSES} interim responses")


def _expect_http(source: Source) -> None:
    """Fails at the first wrong byte, so that garbage does not have to time out."""
    start = source.rest()
    while _START.startswith(start[: len(_START)]):
        if len(start) >= len(_START):
            source.data, source.position = start, 0
            return
        received = source.receive()
        if not received:
            where = "inside the response's head" if start else "without an answer"
            raise AttemptFailed(f"the connection was closed {where}")
        start += received
    raise AttemptFailed("the answer is not HTTP/1.1")


def _claims_a_body(head: Head) -> bool:
    """Whether a body may yet come that must not be there: it would be taken for the next answer."""
    length = head.get(b"content-length")
    return length not in (None, b"0") or head.get(b"transfer-encoding") is not None


def _has_plain_framing(head: Head) -> bool:
    """Whether the length that a HEAD tells is beyond doubt, or the server may do anything next."""
    length, coding = head.get(b"content-length"), head.get(b"transfer-encoding")
    if coding is not None:
        return length is None and coding.lower() == b"chunked"
    return length is None or _LENGTH.fullmatch(length) is not None


def _body_at_hand(source: Source, head: Head, most: int) -> bytes | None:
    """The body in the usual case, which is that all of it has come with the head."""
    length = head.get(b"content-length")
    if length is None or head.get(b"transfer-encoding") is not None:
        return None
    if not _LENGTH.fullmatch(length) or int(length) > most:
        return None
    return source.rest() if int(length) == len(source.data) - source.position else None


def _read_body(source: Source, head: Head, body: bytearray, most: int) -> bool:
    """Fills `body`; False if only the connection's end told where it was over."""
    length = head.get(b"content-length")
    coding = head.get(b"transfer-encoding")
    if coding is not None:
        if length is not None:
            raise AttemptFailed("the answer has both a Content-Length and a Transfer-Encoding")
        if coding.lower() != b"chunked":
            raise AttemptFailed("the answer's Transfer-Encoding is not supported")
        _read_chunks(source, body, most)
        return True
    if length is not None:
        _read_sized(source, body, _parse_length(length), most)
        return True
    _read_until_closed(source, body, most)
    return False


def _parse_length(value: bytes) -> int:
    first, *others = (part.strip(b" \t") for part in value.split(b","))
    if not _LENGTH.fullmatch(first) or any(other != first for other in others):
        raise AttemptFailed("the answer's Content-Length is malformed")
    return int(first)


def _read_sized(source: Source, body: bytearray, length: int, most: int) -> None:
    if length > most:
        raise too_large(most)
    _append(source, body, length)


def _append(source: Source, body: bytearray, count: int) -> None:
    """Moves exactly `count` bytes from the source to the body."""
    while True:
        end = source.position + count
        if end <= len(source.data):
            body += source.data[source.position : end]
            source.position = end
            return
        piece = source.rest()
        body += piece
        count -= len(piece)
        source.data, source.position = source.receive(), 0
        if not source.data:
            raise AttemptFailed(f"the connection was closed {count} bytes before the body's end")


def _read_chunks(source: Source, body: bytearray, most: int) -> None:
    while True:
        line = source.read_through(b"\r\n", _MOST_CHUNK_LINE_BYTES, "a chunk's size line")
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise AttemptFailed("the size of a chunk of the answer is malformed")
        size = int(match[1], 16)
        if size == 0:
            return _read_trailers(source)
        if len(body) + size > most:
            raise too_large(most)
        _append(source, body, size)
        source.read_through(b"\r\n", 0, "what follows a chunk of the answer")


def _read_trailers(source: Source) -> None:
    """Nothing needs them, but what is none may be the start of another answer."""
    left = _MOST_HEAD_BYTES
    while line := source.read_through(b"\r\n", left, "the answer's trailers"):
        if not _TRAILER.fullmatch(line):
            raise AttemptFailed("a trailer of the answer is malformed")
        left = max(0, left - len(line) - 2)


def _read_until_closed(source: Source, body: bytearray, most: int) -> None:
    body += source.rest()
    while len(body) <= most:
        received = source.receive()
        if not received:
            return
        body += received
    raise too_large(most)


def too_large(most: int) -> AttemptFailed:
    """The failure of a body over its limit, as it came or decoded."""
    return AttemptFailed(
        f"the answer's body is larger than {most} bytes (max_response_bytes)", permanent=True
    )
