"""Reuse of connections: which are kept or closed, and that each call gets its own response."""

from __future__ import annotations

import contextlib
import gc
import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    NotFoundError,
)
from tests.clients import client_for, plain_and_tls
from tests.servers import (
    Connection,
    ProxyServer,
    Reply,
    Request,
    Script,
    ScriptedServer,
    client_tls,
    echo_target,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
)

OK = b"HTTP/1.1 200 OK\r\n"


@plain_and_tls
def test_many_calls_use_one_connection(tls: ssl.SSLContext | None) -> None:
    """Fault 22: TLS 1.3 session tickets make an idle socket readable, but do not end it."""
    with ScriptedServer(replies(echo_target), tls=tls) as server, client_for(server) as client:
        for number in range(50):
            method, body = ("GET", None) if number % 2 else ("POST", {"number": number})
            returned = client.request(method, f"/{number}", json=body)
            sent = "" if body is None else f'{{"number":{number}}}'
            assert returned == {"target": f"/api/v1/{number}", "body": sent}
        assert server.connections == 1


def test_many_session_tickets_do_not_close_the_connection() -> None:
    """Fault 22: a server may send many of them."""
    context = server_tls()
    context.num_tickets = 10
    with ScriptedServer(replies(echo_target), tls=context) as server:
        with client_for(server) as client:
            for target in ("/1", "/2", "/3"):
                assert client.request("GET", target)["target"] == f"/api/v1{target}"
        assert server.connections == 1


def test_tls_1_2_connections_are_kept_too() -> None:
    """Fault 22: TLS 1.2 sends its tickets within the handshake."""
    context = server_tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with ScriptedServer(replies(echo_target), tls=context) as server, client_for(server) as client:
        for _ in range(3):
            client.request("GET", "/x")
        assert server.connections == 1


def _closes_when_idle(how: str, idle: threading.Event, closed: threading.Event) -> Script:
    """Responds to one request per connection, and closes it when it is idle."""

    def run(connection: Connection) -> None:
        request = connection.read_request()
        assert request is not None
        echo_target(connection, request)
        assert idle.wait(5)
        idle.clear()
        if how == "RST":
            connection.reset()
        else:
            connection.close(notify=how == "FIN")
        closed.set()

    return run


@contextlib.contextmanager
def _many_open_files() -> Iterator[None]:
    """Opens files until new descriptors are above 1024, where select() does not reach."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1300
    if limits[1] != resource.RLIM_INFINITY and limits[1] < wanted:
        pytest.skip("the system does not allow so many open files")
    if limits[0] != resource.RLIM_INFINITY and limits[0] < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, limits[1]))
    opened: list[int] = []
    try:
        while not opened or opened[-1] < 1100:
            opened.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("descriptors", ["few", "many"])
@pytest.mark.parametrize("how", ["FIN", "no close_notify", "RST"])
@plain_and_tls
def test_a_connection_that_the_server_closed_while_idle_is_not_used(
    tls: ssl.SSLContext | None, how: str, descriptors: str
) -> None:
    """Fault 22: the check comes before the request, so a POST is safe, and no retry is used."""
    idle, closed = threading.Event(), threading.Event()
    crowd = _many_open_files() if descriptors == "many" else contextlib.nullcontext()
    with crowd, ScriptedServer(_closes_when_idle(how, idle, closed), tls=tls) as server:
        with client_for(server, max_retries=0) as client:
            for number, method in enumerate(["GET", "POST", "GET", "POST"]):
                assert client.request(method, f"/{number}")["target"] == f"/api/v1/{number}"
                idle.set()
                assert closed.wait(5)
                closed.clear()
        assert server.connections == 4
        assert len(server.requests) == 4


UNFINISHED = {
    "cut body": then_close(OK + b"Content-Length: 9\r\n\r\n[]"),
    "malformed body": OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
    "body too large": OK + b"Content-Length: 100000\r\n\r\n[]",
    "late body": OK + b"Content-Length: 9\r\n\r\n[]",
    "late head": OK,
}


@pytest.mark.parametrize("unfinished", UNFINISHED)
@plain_and_tls
def test_a_connection_with_an_unread_response_is_closed(
    tls: ssl.SSLContext | None, unfinished: str
) -> None:
    """Fault 23: the next call opens a new connection and gets its own response."""
    with ScriptedServer(replies(UNFINISHED[unfinished], echo_target), tls=tls) as server:
        with client_for(server, timeout=30.0, max_response_bytes=10_000) as client:
            # Only a response that stops before its end needs a short timeout.
            timeout = 0.3 if unfinished.startswith("late") else 30.0
            with pytest.raises(APIConnectionError):
                client.with_options(timeout=timeout).request("GET", "/x")
            server.wait_until_all_closed()
            assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 2


def test_a_complete_response_that_raises_an_error_keeps_its_connection() -> None:
    """Fault 23: it was read to its end."""
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{]\r\n0\r\nX-Trailer: 1\r\n\r\n"
    wrong: list[Reply] = [reply(b"<html>"), reply(b"", 404), reply(b"no", 500), chunked]
    with ScriptedServer(replies(*wrong, echo_target)) as server, client_for(server) as client:
        for _ in wrong:
            with pytest.raises(AnclaError):
                client.request("GET", "/x")
        assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 1


STOLEN = json_reply({"target": "stolen"})
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
SURPLUS: dict[str, tuple[str, bytes, bytes]] = {
    "a second response": ("GET", json_reply([]), STOLEN),
    "a line end": ("GET", json_reply([]), b"\r\n"),
    "an interim response": ("GET", json_reply([]), b"HTTP/1.1 100 Continue\r\n\r\n"),
    "after chunks": ("GET", OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", STOLEN),
    "after length 0": ("GET", reply(), STOLEN),
    "after an error": ("POST", reply(b"", 404), STOLEN),
    "after 204": ("DELETE", NO_CONTENT, STOLEN),
    "the body of a 204": ("DELETE", NO_CONTENT, b"[]"),
    "the body of a HEAD": ("HEAD", reply(), b"[]"),
}


@pytest.mark.parametrize("segments", [1, 2])
@pytest.mark.parametrize("surplus", SURPLUS)
@plain_and_tls
def test_a_connection_with_surplus_bytes_is_not_reused(
    tls: ssl.SSLContext | None, surplus: str, segments: int
) -> None:
    """Fault 24: they would be read as the response to the next call."""
    method, whole, more = SURPLUS[surplus]
    came = threading.Event()

    def send(connection: Connection, _: Request) -> None:
        if segments == 1:
            connection.send(whole + more)
        else:
            connection.send(whole)
            connection.server.stopping.wait(0.02)  # lets the client read what there is
            connection.send(more)
        came.set()

    with ScriptedServer(replies(send, echo_target), tls=tls) as server:
        with client_for(server) as client:
            with contextlib.suppress(NotFoundError):
                client.request(method, "/x")
            assert came.wait(5)
            assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 2


NOT_KEPT = {
    "close": reply(b"[]", 200, {"Connection": "close"}),
    "CLOSE in a list": reply(b"[]", 200, {"Connection": "keep-alive, X-Other , CLOSE"}),
    "close in a second header": reply(b"[]", 200, {"Connection": "x", "connection": "close"}),
    "close with an empty item": reply(b"[]", 200, {"Connection": ",\tclose"}),
    "close and 204": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "HTTP/1.0": reply(b"[]").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/1.0 that keeps alive": reply(b"[]", 200, {"Connection": "keep-alive"}).replace(
        b"HTTP/1.1", b"HTTP/1.0"
    ),
}


@pytest.mark.parametrize("not_kept", NOT_KEPT)
@plain_and_tls
def test_a_response_that_is_not_persistent_ends_its_connection(
    tls: ssl.SSLContext | None, not_kept: str
) -> None:
    """Fault 25: the client closes it, even if the server does not."""
    with ScriptedServer(replies(NOT_KEPT[not_kept], echo_target), tls=tls) as server:
        with client_for(server) as client:
            client.request("GET", "/x")
            server.wait_until_all_closed()
            assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 2


@pytest.mark.parametrize("header", ["keep-alive", "Keep-Alive, x", "closed", "x-close"])
def test_a_response_without_the_close_option_keeps_its_connection(header: str) -> None:
    """Fault 25: `close` must be a list item of its own."""
    with ScriptedServer(replies(reply(b"[]", 200, {"Connection": header}))) as server:
        with client_for(server) as client:
            for _ in range(3):
                client.request("GET", "/x")
        assert server.connections == 1


def test_origins_behind_one_proxy_do_not_mix() -> None:
    """Fault 26: neither as tunnels nor as forwarded requests."""
    with contextlib.ExitStack() as stack:
        proxy = stack.enter_context(ProxyServer())
        servers = [
            stack.enter_context(ScriptedServer(replies(json_reply(number)), tls=tls))
            for number, tls in enumerate([None, None, server_tls(), server_tls()])
        ]
        clients = [stack.enter_context(client_for(server, proxy=proxy.url)) for server in servers]
        for _ in range(3):
            for number, client in enumerate(clients):
                assert client.request("GET", "/x") == number
        assert [len(server.requests) for server in servers] == [3, 3, 3, 3]


def test_clients_with_other_tls_contexts_or_proxies_share_no_connection() -> None:
    """Fault 26: the same origin is not enough to share one."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(ScriptedServer(replies(echo_target), tls=server_tls()))
        proxy = stack.enter_context(ProxyServer())
        for options in ({}, {"ssl_context": client_tls("client")}, {"proxy": proxy.url}):
            client = stack.enter_context(client_for(server, **options))
            for _ in range(2):
                client.request("GET", "/x")
        assert server.connections == 3


@plain_and_tls
def test_threads_share_a_client(tls: ssl.SSLContext | None) -> None:
    """Fault 27: each call gets its own response. There are no more connections than threads."""
    threads, calls = 16, 50
    start = threading.Barrier(threads)

    def work(thread: int) -> None:
        start.wait(10)
        for call in range(calls):
            target = f"/{thread}/{call}"
            body = {"id": f"{thread}-{call}"} if call % 2 else None
            returned = client.request("POST" if body else "GET", target, json=body)
            assert returned["target"] == f"/api/v1{target}"
            assert f"{thread}-{call}" in returned["body"] or body is None

    with ScriptedServer(replies(echo_target), tls=tls) as server:
        with client_for(server, timeout=30.0) as client, ThreadPoolExecutor(threads) as executor:
            for finished in [executor.submit(work, thread) for thread in range(threads)]:
                finished.result()
        assert len(server.requests) == threads * calls
        assert server.connections <= threads


@plain_and_tls
def test_close_closes_idle_connections_and_ends_the_client(tls: ssl.SSLContext | None) -> None:
    """Fault 29: close() may be called twice. A later call raises an error and sends nothing."""
    with ScriptedServer(replies(echo_target), tls=tls) as server:
        client = client_for(server, max_retries=2)
        client.request("GET", "/x")
        client.close()
        server.wait_until_all_closed()
        client.close()
        with pytest.raises(AnclaError, match="closed"):
            client.request("GET", "/x")
        with pytest.raises(AnclaError, match="closed"):
            client.list_orgs()
        with client_for(server) as client:
            client.request("GET", "/x")
        server.wait_until_all_closed()
        with pytest.raises(AnclaError, match="closed"):
            client.request("GET", "/x")
        assert len(server.requests) == 2


def test_a_client_that_made_no_call_can_be_closed() -> None:
    """Fault 29: there is nothing to close, and no error."""
    client = AnclaClient(server="http://127.0.0.1:1")
    client.close()
    with client:
        pass
    with pytest.raises(AnclaError, match="closed"):
        client.list_orgs()


def test_a_connection_that_comes_back_to_a_closed_client_is_closed() -> None:
    """Fault 29: a call in progress succeeds, and leaves no open connection."""
    arrived, closed = threading.Event(), threading.Event()

    def wait(connection: Connection, request: Request) -> None:
        arrived.set()
        closed.wait(5)
        echo_target(connection, request)

    with ScriptedServer(replies(wait)) as server, ThreadPoolExecutor(1) as executor:
        client = client_for(server)
        under_way = executor.submit(client.request, "GET", "/x")
        assert arrived.wait(5)
        client.close()
        closed.set()
        assert under_way.result()["target"] == "/api/v1/x"
        server.wait_until_all_closed()


def test_an_unreferenced_client_closes_its_connections_at_once() -> None:
    """Faults 23 and 29: without close(), and without waiting for the garbage collector, which might
    finalize the socket before the pool and emit a ResourceWarning.
    """
    with ScriptedServer(replies(json_reply([]))) as server:
        client = client_for(server)
        client.list_orgs()
        gc.disable()
        try:
            del client
            server.wait_until_all_closed()
        finally:
            gc.enable()
