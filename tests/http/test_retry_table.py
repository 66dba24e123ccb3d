"""The table of retries in docs/transport.md says what the client does."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from tests.clients import client_for, run_script
from tests.http.test_retries import _refuse_client
from tests.servers import (
    Connection,
    ProxyServer,
    Reply,
    Request,
    ScriptedServer,
    client_tls,
    replies,
    reply,
    server_tls,
    then_close,
)

PAGE = Path(__file__).parents[2] / "docs" / "transport.md"
HEADINGS = ["what happened", "a request that is safe to retry", "any other request"]
OK = b"HTTP/1.1 200 OK\r\n"
ZIPPED = gzip.compress(b"[]")
GZIP = {"Content-Encoding": "gzip"}
WITHOUT_ZLIB = "the response is compressed, and this Python has no `zlib` module"

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
def serving(what: Reply, **options: Any) -> Iterator[MakeClient]:
    with ScriptedServer(replies(what)) as server:
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
def failing_handshake(said: bytes) -> Iterator[MakeClient]:
    """The server reads the client's first message, says this and closes the connection."""

    def say(connection: Connection) -> None:
        connection.receive()
        connection.send(said)

    with ScriptedServer(say) as server:
        yield partial(client_for, server.url.replace("http:", "https:"))


@contextmanager
def choosing_http_2() -> Iterator[MakeClient]:
    context, servers = client_tls(), server_tls()
    for side in (context, servers):
        side.set_alpn_protocols(["h2"])
    with ScriptedServer(replies(reply(b"[]")), tls=servers) as server:
        yield partial(client_for, server, ssl_context=context)


@contextmanager
def rejecting_client() -> Iterator[MakeClient]:
    """With TLS 1.3, the alert arrives after the request was sent."""
    with ScriptedServer(_refuse_client) as server:
        yield partial(client_for, server.url.replace("http:", "https:"))


@contextmanager
def untrusted() -> Iterator[MakeClient]:
    with ScriptedServer(replies(reply(b"[]")), tls=server_tls()) as server:
        yield partial(client_for, server, ssl_context=None)


@contextmanager
def refusing_proxy(status: int) -> Iterator[MakeClient]:
    with ProxyServer(connect_reply=reply(b"", status)) as proxy:
        yield partial(client_for, "https://127.0.0.1:1", proxy=proxy.url)


# What happens to each attempt, by the row that describes it.
CASES: dict[str, list[Callable[[], AbstractContextManager[MakeClient]]]] = {
    "no connection was opened, or none before the timeout; or the proxy refused the tunnel with 500"
    " or above": [
        unreachable,
        without_handshake,
        partial(failing_handshake, b""),
        partial(refusing_proxy, 502),
    ],
    "429": [partial(serving, reply(b"", 429))],
    "502, 503, 504": [partial(serving, reply(b"", status)) for status in (502, 503, 504)],
    "the response was lost, incomplete, malformed or late; or a success arrived before the whole"
    " request was sent": [
        partial(serving, then_close(b"")),
        partial(serving, then_close(b"no response\r\n\r\n")),
        partial(serving, then_close(OK + b"Content-Length: 9\r\n\r\n{}")),
        partial(serving, reply(ZIPPED[:-1], 200, GZIP)),
        partial(serving, _silence, timeout=0.1),
    ],
    "TLS failed: the certificate is not trusted, the handshake failed, the server chose HTTP/2, or"
    " it sent a fatal alert": [
        untrusted,
        partial(failing_handshake, b"SSH-2.0-OpenSSH_9.6\r\n"),
        partial(failing_handshake, b"\x15\x03\x03\x00\x02\x02\x28"),  # alert: handshake_failure
        choosing_http_2,
        rejecting_client,
    ],
    "the proxy refused the tunnel with a status below 500": [
        partial(refusing_proxy, status) for status in (302, 403, 407)
    ],
    "the response is too large, has a Content-Encoding other than gzip, or has more than one gzip"
    " member": [
        partial(serving, reply(b"x" * 100), max_response_bytes=10),
        partial(serving, reply(b"[]", 200, {"Content-Encoding": "br"})),
        partial(serving, reply(gzip.compress(b"") * 1024 + ZIPPED, 200, GZIP)),
    ],
    WITHOUT_ZLIB: [],  # It has a test of its own, below.
    "the response is complete, but not valid JSON, or not what the API promises": [
        partial(serving, reply(b"<html>")),
        partial(serving, reply(b"7")),
    ],
    "a redirect, or any other error status": [
        *(partial(serving, reply(b"", it)) for it in (302, 400, 403, 405, 408, 413, 501, 505)),
        partial(serving, reply(b"?", 400, {"Content-Encoding": "br"})),
    ],
}
CALLS: list[Callable[[AnclaClient], object]] = [
    lambda client: client.list_orgs(),
    lambda client: client.create_org("name"),
]


def test_the_table_has_exactly_the_rows_tested_here() -> None:
    assert list(rows_of_the_table()) == list(CASES)


@pytest.mark.parametrize("row", [row for row in CASES if row != WITHOUT_ZLIB])
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


def test_a_compressed_response_is_not_retried_without_zlib() -> None:
    script = """
import sys
sys.modules["zlib"] = None
from ancla import AnclaClient, APIConnectionError
client = AnclaClient("key", sys.argv[1], trust_env=False)
for call in (client.list_orgs, lambda: client.deploy_app("o", "p", "a")):
    try:
        call()
    except APIConnectionError as error:
        print(error)
"""
    with ScriptedServer(replies(reply(ZIPPED, 200, GZIP))) as server:
        process = run_script(script, server.url)
    assert process.stdout.count("without the zlib module") == 2, process.stderr
    assert [request.method for request in server.requests] == ["GET", "POST"]
    assert rows_of_the_table()[WITHOUT_ZLIB] == ["error", "error"]
