"""The reader of responses by itself: each split, each prefix and each limit."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import pytest

from ancla._http.response import Response, read_response
from ancla._http.stream import AttemptFailed, Deadline, Stream

BODY = b'{"name": "n"}'
WHOLE = {
    "sized": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + BODY,
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'5;x=y\r\n{"nam\r\n8\r\ne": "n"}\r\n0\r\nX-Trailer: 1\r\n\r\n',
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 201 Created\r\nX-Header: 1\r\nContent-Length: 13\r\n\r\n" + BODY,
    "no content": b"HTTP/1.1 204 No Content\r\nX-Header: 1\r\n\r\n",
}


def read_segments(*segments: bytes, closed: bool = True, method: str = "GET") -> Response:
    """Reads a response that arrives in these segments, one per receive."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs sockets that keep segments apart")
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with ours, theirs:
        for segment in filter(None, segments):
            theirs.send(segment)
        if closed:
            theirs.close()
        return read_response(Stream(ours, Deadline(5.0)), method, 10_000)


@pytest.mark.parametrize("name", WHOLE)
def test_a_response_reads_the_same_wherever_it_is_split(name: str) -> None:
    """Fault 13: at each boundary, even inside a line end."""
    whole = WHOLE[name]
    expected = read_segments(whole, closed=False)
    assert expected.body == (b"" if name in ("empty", "no content") else BODY)
    assert expected.reusable
    splits = [[whole[:cut], whole[cut:]] for cut in range(1, len(whole))]
    for segments in [*splits, [whole[at : at + 1] for at in range(len(whole))]]:
        response = read_segments(*segments, closed=False)
        assert (response.status, response.body) == (expected.status, expected.body), segments
        assert response.header("X-Header") == expected.header("X-Header")
        assert response.reusable, segments


@pytest.mark.parametrize("name", WHOLE)
def test_every_prefix_of_a_response_is_an_error(name: str) -> None:
    """Fault 11: in the body, and in the head (fault 12)."""
    whole = WHOLE[name]
    for cut in range(len(whole)):
        with pytest.raises(AttemptFailed):
            read_segments(whole[:cut])


@pytest.mark.parametrize("split", [False, True], ids=["one segment", "two segments"])
def test_a_response_that_is_not_http_fails_at_its_first_wrong_byte(split: bool) -> None:
    """Fault 16: a server of another protocol may wait for more bytes and send nothing."""
    for cut in range(len(b"HTTP/1.")):
        right = b"HTTP/1."[:cut]
        segments = (right, b"X") if split else (right + b"X",)
        with pytest.raises(AttemptFailed, match="not HTTP/1.1"):
            read_segments(*segments, closed=False)


def _with_headers(count: int) -> bytes:
    return b"HTTP/1.1 204 X\r\n" + b"X: 1\r\n" * count + b"\r\n"


def _with_body(size: int) -> bytes:
    return b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n%b" % (size, b"a" * size)


def _chunked(line: bytes, trailers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n%b\r\n" % (line, trailers)


BOUNDS: dict[str, Callable[[int], bytes]] = {
    "100 headers": _with_headers,
    "16 interim": lambda count: b"HTTP/1.1 100 X\r\n\r\n" * count + _with_headers(0),
    "65536 head": lambda size: b"HTTP/1.1 204 X\r\nX:%b\r\n\r\n" % (b"a" * (size - 18)),
    "10000 body": _with_body,
    "4096 size line": lambda size: _chunked(b"0;" + b"a" * (size - 2)),
    "65536 trailers": lambda size: _chunked(
        b"0", b"X: 1\r\n" + b"X:" + b"a" * (size - 8) + b"\r\n"
    ),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_each_limit_can_be_reached_but_not_exceeded(bound: str) -> None:
    """Fault 16: even if the rest of the response arrives later."""
    limit = int(bound.split()[0])
    for size in (60_000, limit // 5 + 18):
        reaches, exceeds = (
            [whole[at : at + size] for at in range(0, len(whole), size)]
            for whole in (BOUNDS[bound](limit), BOUNDS[bound](limit + 1))
        )
        read_segments(*reaches)
        with pytest.raises(AttemptFailed, match=f"(more|longer|larger) than {limit} ") as caught:
            read_segments(*exceeds)
        assert caught.value.permanent is (bound == "10000 body")


@pytest.mark.parametrize("end", [b"]\r\n", b"0\r\n\r\n", b"\r]"])
def test_a_chunk_without_a_line_end_is_reported_as_such(end: bytes) -> None:
    """Fault 15: and not as a line that is too long."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for segments in ([head + b"1\r\n[" + end], [head + b"1\r\n[", end]):
        with pytest.raises(AttemptFailed, match="^a chunk of the response does not end with CR"):
            read_segments(*segments)


@pytest.mark.parametrize("after_head", [b"", b"a" * 9_999, b"a" * 20_000])
def test_the_body_of_an_error_stays_within_the_limit(after_head: bytes) -> None:
    """Fault 17: the part within the limit is kept, and the rest is not read."""
    head = b"HTTP/1.1 500 X\r\n\r\n"
    response = read_segments(head + after_head, b"a" * 30_000, b"a" * 30_000)
    assert response.body == b"a" * 10_000
    assert not response.reusable


def test_a_header_is_found_in_any_case_and_joined_by_commas() -> None:
    response = read_segments(b"HTTP/1.1 204 X\r\nX-a: 1\r\nx-A:\t2 \r\nX-B: \xe9\r\n\r\n")
    assert response.header("X-A") == "1, 2"
    assert response.header("x-b") == "\xe9"
    assert response.header("X-C") is None


@pytest.mark.parametrize("digits", [1, 2, 18, 19, 20, 40])
def test_leading_zeros_do_not_change_a_length(digits: int) -> None:
    """Fault 15: a length of more digits than any body has is refused, whatever its value."""
    length = b"5".rjust(digits, b"0")
    for body in (b"", b"12345"):
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n%b" % (length, body)
        if digits <= 18 and body:
            assert read_segments(response).body == body
        else:
            with pytest.raises(AttemptFailed):
                read_segments(response)
