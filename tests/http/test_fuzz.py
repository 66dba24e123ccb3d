"""Responses broken at random, with a fixed seed: for the reader alone, and on real sockets."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator

import pytest

from ancla import AnclaError
from ancla._http.response import Response
from ancla._http.stream import AttemptFailed
from tests.clients import client_for
from tests.http.test_response_units import read_segments
from tests.once import on_one_python
from tests.servers import Connection, ScriptedServer, json_reply

CASES = int(os.environ.get("ANCLA_FUZZ_CASES", "3000"))
BODY = b'{"name": "n"}'
FRAMINGS = [
    b"Content-Length: 13\r\n",
    b"Content-Length: 13\r\nContent-Length: 13\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 12\r\n",
    b"content-length:013\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: Chunked\r\nContent-Length: 13\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"",
]
HEADERS = [
    b"X-Header: 1\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, x\r\n",
    b"X:\r\n",
]
CHUNKS = [b"5;a=b\r\n", b'{"nam', b"\r\n", b"8\r\n", b'e": "n"}', b"\r\n", b"0\r\n", b"\r\n"]
INTERIM = [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"]
PIECES = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b" ",
    b":",
    b"0",
    b"1",
    b"f",
    b"\xff",
    b";",
    b",",
    b"+",
    b"\t",
]


def _responses(chance: random.Random) -> Iterator[bytes]:
    for _ in range(CASES):
        framing = chance.choice(FRAMINGS)
        headers = [framing, *chance.sample(HEADERS, chance.randint(0, 2))]
        chance.shuffle(headers)
        parts = [*chance.choices(INTERIM, k=chance.choice([0, 0, 1, 2]))]
        parts += [b"HTTP/1.%d %d X\r\n" % (chance.choice([1, 1, 1, 0]), chance.choice(STATUSES))]
        parts += [*headers, b"\r\n"]
        if b"hunked" in framing:
            trailers = [b"X-Trailer: 1\r\n"] * chance.choice([0, 0, 1, 2])
            parts += [*CHUNKS[:-1], *trailers, CHUNKS[-1]]
        else:
            parts.append(BODY)
        whole = bytearray(b"".join(parts))
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            start = chance.randrange(len(whole) + 1)
            end = start + chance.choice([0, 0, 1, 2])
            whole[start:end] = chance.choice([b"", *PIECES])
        yield bytes(whole)


STATUSES = [200, 200, 200, 201, 204, 304, 404, 500]


def _in_pieces(chance: random.Random, whole: bytes) -> list[bytes]:
    cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(chance.randint(0, 3)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)])]


def _reading(*segments: bytes, method: str) -> Response | None:
    try:
        return read_segments(*segments, method=method)
    except AttemptFailed:
        return None


@on_one_python
def test_a_response_reads_the_same_however_it_is_split() -> None:
    """Fault 13: a response or an error, whatever the segments."""
    chance = random.Random(13)
    for whole in _responses(chance):
        method = chance.choice(["GET", "GET", "HEAD"])
        once = _reading(whole, method=method)
        pieces = _reading(*_in_pieces(chance, whole), method=method)
        assert (once is None) is (pieces is None), whole
        if once and pieces and once.status < 300:
            assert (once.status, once.body) == (pieces.status, pieces.body), whole


def test_responses_are_read_as_by_h11() -> None:
    """Fault 15: if two readers disagree on the end of a response, attackers can use that."""
    h11 = pytest.importorskip("h11")
    chance = random.Random(15)
    read = 0
    for whole in _responses(chance):
        method = chance.choice(["GET", "GET", "HEAD"])
        ours = _reading(*_in_pieces(chance, whole), method=method)
        if ours is None or ours.status >= 300:  # we may be stricter, and an error's status counts
            continue
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=70_000)
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        connection.send(h11.EndOfMessage())
        connection.receive_data(whole)
        connection.receive_data(b"")
        status, body, event = 0, b"", None
        try:
            while not isinstance(event, h11.EndOfMessage):
                event = connection.next_event()
                if isinstance(event, h11.Response):
                    status = event.status_code
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
        except h11.RemoteProtocolError as error:
            if ours.reusable or (method == "GET" and ours.status != 204):
                raise AssertionError(f"h11 refuses what we read: {error}: {whole!r}") from error
            continue
        assert (ours.status, ours.body) == (status, body), whole
        at_once = _reading(whole, method=method)  # else the pool looks for what came later
        if at_once and at_once.reusable:
            assert connection.their_state is h11.DONE, whole
            assert connection.trailing_data[0] == b"", whole
        read += 1
    assert read > CASES / 10


def test_broken_responses_on_a_real_socket_never_reach_another_call() -> None:
    """Fault 23: each is followed by a call that must get its own response."""
    chance = random.Random(23)
    spoilt = iter(_responses(chance))

    def serve(connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            if request.target.endswith("/spoilt"):
                connection.send(next(spoilt))
                if chance.random() < 0.5:
                    return
            else:
                connection.send(json_reply({"target": request.target}))

    with ScriptedServer(serve) as server, client_for(server, timeout=30.0, max_retries=2) as client:
        # Some spoilt responses lack their end. What is right must not depend on a fast machine.
        hasty = client.with_options(timeout=0.05)
        for number in range(300):
            with contextlib.suppress(AnclaError):
                hasty.request(chance.choice(["GET", "POST", "DELETE"]), "/spoilt")
            returned = client.request("GET", f"/{number}")
            assert returned == {"target": f"/api/v1/{number}"}
