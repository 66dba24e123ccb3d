"""The table of retries in docs/transport.md says what the client does."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from tests.clients import client_for
from tests.servers import (
    Answer,
    Connection,
    ProxyServer,
    Request,
    ScriptedServer,
    answer,
    answers,
    server_tls,
    then_close,
)

PAGE = Path(__file__).parents[2] / "docs" / "transport.md"
HEADINGS = ["what happened", "safe to retry", "starts or creates something"]
OK = b"HTTP/1.1 200 OK\r\n"

MakeClient = Callable[..., AnclaClient]


def _silence(connection: Connection, _: Request | None = None) -> None:
    connection.server.stopping.wait()


def rows_of_the_table() -> dict[str, list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    start = lines.index(f"| {' | '.join(HEADINGS)} |")
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        what, *outcomes = (cell.strip() for cell in line.strip("|").split("|"))
        rows[what] = outcomes
    return rows


@contextmanager
def answering(what: Answer, **options: Any) -> Iterator[MakeClient]:
    with ScriptedServer(answers(what)) as server:
        yield partial(client_for, server, **options)


@contextmanager
def unreachable() -> Iterator[MakeClient]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield partial(client_for, f"http://127.0.0.1:{port}")


@contextmanager
def without_handshake() -> Iterator[MakeClient]:
    """The server accepts connections, but never starts TLS."""
    with ScriptedServer(_silence) as server:
        yield partial(client_for, server.url.replace("http:", "https:"), timeout=0.1)


@contextmanager
def untrusted() -> Iterator[MakeClient]:
    with ScriptedServer(answers(answer(b"[]")), tls=server_tls()) as server:
        yield partial(client_for, server, ssl_context=None)


@contextmanager
def refusing_proxy(status: int) -> Iterator[MakeClient]:
    with ProxyServer(connect_answer=answer(b"", status)) as proxy:
        yield partial(client_for, "https://127.0.0.1:1", proxy=proxy.url)


# What happens to each attempt, by the row that describes it.
CASES: dict[str, list[Callable[[], AbstractContextManager[MakeClient]]]] = {
    "no connection could be opened, or not in time": [
        unreachable,
        without_handshake,
        partial(refusing_proxy, 502),
    ],
    "429": [partial(answering, answer(b"", 429))],
    "502, 503, 504": [partial(answering, answer(b"", status)) for status in (502, 503, 504)],
    "the response was lost, incomplete, malformed or late; or a success arrived before the whole"
    " request was sent": [
        partial(answering, then_close(b"")),
        partial(answering, then_close(b"no response\r\n\r\n")),
        partial(answering, then_close(OK + b"Content-Length: 9\r\n\r\n{}")),
        partial(answering, _silence, timeout=0.1),
    ],
    "the certificate is not trusted, the proxy refuses the tunnel with a status below 500, or the"
    " response is too large": [
        untrusted,
        partial(refusing_proxy, 407),
        partial(answering, answer(b"x" * 100), max_response_bytes=10),
    ],
    "any other error status": [
        partial(answering, answer(b"", status)) for status in (400, 401, 404, 408, 409, 422, 500)
    ],
}
CALLS: list[Callable[[AnclaClient], object]] = [
    lambda client: client.list_orgs(),
    lambda client: client.create_org("name"),
]


def test_the_table_has_exactly_the_rows_tested_here() -> None:
    assert list(rows_of_the_table()) == list(CASES)


@pytest.mark.parametrize("row", CASES)
def test_each_cell_says_whether_the_request_is_retried(row: str) -> None:
    for case in CASES[row]:
        outcomes = []
        for call in CALLS:
            waits: list[float] = []
            with case() as make_client:
                with make_client(max_retries=1, waits=waits) as client, pytest.raises(AnclaError):
                    call(client)
            outcomes.append("retry" if waits else "error")
        assert outcomes == rows_of_the_table()[row], case
