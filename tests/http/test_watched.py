"""A replaced part of `http.client` sees each request, can stop it, or replays a response."""

from __future__ import annotations

import gzip
import http.client
import io
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from ancla import APIConnectionError, Attempt, NotFoundError, ServerError
from ancla._http.watched import replacement_check
from tests.clients import KEY, client_for, plain_and_tls, run_script
from tests.servers import (
    ProxyServer,
    ScriptedServer,
    client_tls,
    echo_target,
    json_reply,
    replies,
    reply,
    server_tls,
)

WATCHED = (
    "__init__",
    "connect",
    "request",
    "putrequest",
    "putheader",
    "endheaders",
    "send",
    "getresponse",
)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n4\r\n[1,2\r\n1\r\n]\r\n0\r\n\r\n"
)


class Stopped(Exception):
    """Raised by a recorder that has no response to a request."""


class Seen(list[dict[str, Any]]):
    """The requests that were seen, each with its response."""


@contextmanager
def tracing(added: dict[str, str] | None = None) -> Iterator[Seen]:
    """Records requests and responses as a tracer does, and adds headers to each request."""
    request, getresponse = (
        http.client.HTTPConnection.request,
        http.client.HTTPConnection.getresponse,
    )
    seen = Seen()

    def traced_request(
        connection: Any, method: str, url: str, body: Any, headers: dict[str, str]
    ) -> None:
        place = f"{connection.host}:{connection.port}"
        seen.append({"place": place, "sent": (method, url, body, dict(headers))})
        request(connection, method, url, body, {**headers, **(added or {})})

    def traced_getresponse(connection: Any) -> Any:
        seen[-1]["response"] = response = getresponse(connection)
        return response

    with mock.patch.multiple(
        http.client.HTTPConnection, request=traced_request, getresponse=traced_getresponse
    ):
        yield seen


def replaying(status: int, body: bytes, headers: dict[str, str]) -> Any:
    """Returns a class that gives this response to each request, without a network."""

    class Replayed(http.client.HTTPConnection):
        def request(self, *_: Any, **__: Any) -> None:
            """Sends nothing."""

        def getresponse(self) -> Any:
            lines = [f"HTTP/1.1 {status} Replayed", *(f"{k}: {v}" for k, v in headers.items())]
            sock = mock.Mock()
            sock.makefile.return_value = io.BytesIO("\r\n".join([*lines, "", ""]).encode() + body)
            response = http.client.HTTPResponse(sock, method="GET")
            response.begin()
            return response

    return mock.patch.object(http.client, "HTTPConnection", Replayed)


def raising(error: BaseException) -> Callable[..., Any]:
    def stop(*_: object, **__: object) -> None:
        raise error

    return stop


# To stop a request


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize(
    ("place", "tls"),
    [
        (http.client.HTTPConnection, None),
        (http.client.HTTPConnection, server_tls()),
        (http.client.HTTPSConnection, server_tls()),
    ],
    ids=["http", "https, base", "https"],
)
@pytest.mark.parametrize("name", WATCHED)
def test_a_method_that_raises_stops_the_request(
    name: str, place: type[Any], tls: ssl.SSLContext | None, warm: bool
) -> None:
    error = Stopped()
    with ScriptedServer(replies(json_reply([])), tls=tls) as server:
        with client_for(server, max_retries=2) as client:
            if warm:
                client.list_orgs()
            with mock.patch.object(place, name, raising(error)):
                with pytest.raises(Stopped) as caught:
                    client.create_org("O")
            assert caught.value is error
            assert len(server.requests) == server.connections == warm
            client.list_orgs()
    assert server.connections == 1


@pytest.mark.parametrize("name", ["request", "connect", "endheaders", "send"])
def test_a_mock_of_a_method_stops_the_request(name: str) -> None:
    waits: list[float] = []
    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with mock.patch(f"http.client.HTTPConnection.{name}"):
                with pytest.raises((APIConnectionError, AttributeError)):
                    client.list_orgs()
    assert (server.connections, waits) == (0, [])


def test_a_lost_response_of_a_mock_counts_as_lost() -> None:
    waits: list[float] = []
    lost = raising(http.client.RemoteDisconnected("gone"))
    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with mock.patch.object(http.client.HTTPConnection, "getresponse", lost):
                with pytest.raises(APIConnectionError, match="RemoteDisconnected"):
                    client.list_orgs()
                assert len(waits) == 2
                with pytest.raises(APIConnectionError, match="RemoteDisconnected"):
                    client.create_org("O")
    assert (server.connections, len(waits)) == (0, 2)


def own_socket(connection: Any) -> None:
    """The usual recipe of a replaced `connect`."""
    connection.sock = socket.create_connection((connection.host, connection.port))


def own_tls_socket(connection: Any) -> None:
    own_socket(connection)
    host = connection.host
    connection.sock = client_tls().wrap_socket(connection.sock, server_hostname=host)


def connecting_send(connection: Any, data: bytes) -> None:
    if connection.sock is None:
        own_socket(connection)
    connection.sock.sendall(data)


class Presetting(http.client.HTTPConnection):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        own_socket(self)


OWN_SOCKETS: dict[str, tuple[ssl.SSLContext | None, Any, str, object]] = {
    "http": (None, http.client.HTTPConnection, "connect", own_socket),
    "https": (server_tls(), http.client.HTTPSConnection, "connect", own_tls_socket),
    "https, base": (server_tls(), http.client.HTTPConnection, "connect", own_socket),
    "in send": (None, http.client.HTTPConnection, "send", connecting_send),
    "in __init__": (None, http.client, "HTTPConnection", Presetting),
}


@pytest.mark.parametrize("how", OWN_SOCKETS)
def test_a_request_does_not_leave_through_a_socket_that_others_opened(how: str) -> None:
    tls, place, name, replacement = OWN_SOCKETS[how]
    waits: list[float] = []
    with ScriptedServer(replies(json_reply([])), tls=tls) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with mock.patch.object(place, name, replacement):
                with pytest.raises(APIConnectionError, match="opened a socket of its own"):
                    client.create_org("O")
            assert (server.requests, waits) == ([], [])
            client.list_orgs()


# To replay a response


def test_a_replaced_connection_class_can_replay_responses() -> None:
    with client_for("http://127.0.0.1:1") as client:
        with replaying(200, b'[{"name": "O", "slug": "o"}]', {}):
            assert [org.name for org in client.list_orgs()] == ["O"]
        packed = gzip.compress(b'{"name": "P", "slug": "p"}')
        with replaying(200, packed, {"Content-Encoding": "gzip"}):
            assert client.get_org("p").name == "P"
        with replaying(404, b'{"detail": "no such org"}', {"X-Request-ID": "r1"}):
            with pytest.raises(NotFoundError, match="no such org") as caught:
                client.get_org("q")
    assert caught.value.request_id == "r1"


def test_a_replayed_body_counts_against_max_response_bytes() -> None:
    with client_for("http://127.0.0.1:1", max_response_bytes=4096) as client:
        for size in (4096, 4097):
            body = b"[%b]" % (b" " * (size - 2))
            with replaying(500, body, {}), pytest.raises(ServerError) as caught:
                client.list_orgs()
            assert caught.value.body == body[:4096]
            with replaying(200, body, {}):
                if size == 4096:
                    assert client.list_orgs() == []
                    continue
                with pytest.raises(APIConnectionError, match=r"4096 bytes \(max_response_bytes"):
                    client.list_orgs()


def test_a_mocked_response_needs_a_status_headers_and_a_body() -> None:
    with client_for("http://127.0.0.1:1") as client:
        with mock.patch("http.client.HTTPConnection") as connection:
            connection().getresponse.return_value = response = mock.Mock(status=200, reason=None)
            response.getheaders.return_value = []
            response.read.return_value = b'{"name": "O", "slug": "o"}'
            assert client.get_org("o").name == "O"
            connection().request.assert_called_once()


# To watch


@plain_and_tls
def test_a_tracer_sees_the_complete_request_and_response(tls: ssl.SSLContext | None) -> None:
    script = replies(json_reply({"a": 1}, 201, {"X": "y"}), CHUNKED, reply(b"", 204))
    with ScriptedServer(script, tls=tls) as server, client_for(server) as client:
        with tracing() as seen:
            assert client.request("PATCH", "/x?page=2", json={"b": "ä"}) == {"a": 1}
            assert client.request("GET", "/y") == [1, 2]
            assert client.request("POST", "/z") is None
    assert server.connections == 1
    assert {each["place"] for each in seen} == {f"127.0.0.1:{server.port}"}
    for each, request in zip(seen, server.requests):
        method, url, body, headers = each["sent"]
        assert (method, url) == (request.method, request.target)
        assert (body or b"") == request.body
        lines = [f"{name}: {value}" for name, value in headers.items()]
        assert request.head.decode().split("\r\n")[1:] == [*lines, "", ""]
        assert headers["X-API-Key"] == KEY
    first, second, third = (each["response"] for each in seen)
    assert all(isinstance(it, http.client.HTTPResponse) for it in (first, second, third))
    assert (first.status, first.reason, first.getheader("x")) == (201, "Created", "y")
    assert (second.status, second.version, second.headers["A"]) == (200, 11, "b")
    assert (third.status, third.reason) == (204, "No Content")


def test_a_request_is_the_same_bytes_with_and_without_a_tracer() -> None:
    with ScriptedServer(replies(echo_target)) as server, client_for(server) as client:
        for method, json in (("GET", None), ("POST", {"a": 1}), ("PUT", None), ("DELETE", None)):
            client.request(method, "/x", json=json)
            with tracing():
                client.request(method, "/x", json=json)
    sent = [(request.head, request.body) for request in server.requests]
    assert sent[::2] == sent[1::2]
    assert len(sent) == 8


def test_headers_that_a_wrapper_adds_are_sent() -> None:
    script = replies(reply(b"", 503), json_reply([]))
    with ScriptedServer(script) as server, client_for(server, max_retries=1) as client:
        with tracing({"traceparent": "00-1-2-01"}) as seen:
            client.list_orgs()
    assert len(seen) == 2
    assert [request.header("traceparent") for request in server.requests] == ["00-1-2-01"] * 2


def test_requests_pass_through_http_client_only_while_a_part_is_replaced() -> None:
    attempts: list[Attempt] = []
    with ScriptedServer(replies(echo_target)) as server:
        with client_for(server, on_attempt=attempts.append) as client:
            client.request("GET", "/1")
            with tracing() as seen:
                client.request("GET", "/2")
                client.request("GET", "/3")
            client.request("GET", "/4")
    assert [each["sent"][1] for each in seen] == ["/api/v1/2", "/api/v1/3"]
    assert [attempt.reused for attempt in attempts] == [False, True, True, True]
    assert server.connections == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_way_of_replacing_a_part_is_noticed(scheme: str) -> None:
    is_replaced = replacement_check(scheme)
    before = is_replaced()  # the suite may be run with somebody who watches
    name = "HTTPConnection" if scheme == "http" else "HTTPSConnection"
    kind = getattr(http.client, name)
    patches: list[Any] = [
        *(mock.patch.object(http.client.HTTPConnection, method) for method in WATCHED[1:]),
        mock.patch.object(http.client.HTTPConnection, "send", autospec=True),
        mock.patch.object(http.client, name, type(name, (kind,), {"__module__": "recorder"})),
        mock.patch.object(http.client, name),
    ]
    for patch in patches:
        with patch:
            assert is_replaced()
    assert is_replaced() is before


# What stays as it is


def test_the_debug_level_of_the_class_prints_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with ScriptedServer(replies(json_reply([]))) as server, client_for(server) as client:
        with tracing():
            client.list_orgs()
    assert capsys.readouterr() == ("", "")


def test_a_proxy_s_credentials_are_in_no_request_inside_a_tunnel() -> None:
    with ScriptedServer(replies(json_reply([])), tls=server_tls()) as server:
        with ProxyServer(credentials="user:hunter2") as proxy, tracing() as seen:
            url = proxy.url.replace("://", "://user:hunter2@")
            with client_for(server, proxy=url) as client:
                client.list_orgs()
    assert [request.method for request in proxy.requests] == ["CONNECT"]
    (request,) = seen
    assert request["place"] == f"127.0.0.1:{server.port}"
    assert "Proxy-Authorization" not in request["sent"][3]


CAME_FIRST = """
import http.client, sys

own = http.client.HTTPConnection.putrequest

def traced(*arguments, **options):
    print("seen")
    return own(*arguments, **options)

http.client.HTTPConnection.putrequest = traced
from tests.clients import client_for
with client_for(sys.argv[1]) as client:
    client.list_orgs()
"""


def test_a_part_replaced_before_the_import_is_noticed() -> None:
    with ScriptedServer(replies(json_reply([]))) as server:
        process = run_script(CAME_FIRST, server.url)
    assert (process.stdout, process.stderr) == ("seen\n", "")
    assert len(server.requests) == 1


class Wrapper:
    """Like wrapt's, which ddtrace and New Relic use: it has the attributes of its function."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.wrapped == other)

    def __call__(self, *_: object, **__: object) -> None:
        raise Stopped


def test_a_wrapper_with_the_attributes_of_its_function_is_noticed() -> None:
    wrapper = Wrapper(http.client.HTTPConnection.getresponse)
    with ScriptedServer(replies(json_reply([]))) as server, client_for(server) as client:
        with mock.patch.object(http.client.HTTPConnection, "getresponse", wrapper):
            with pytest.raises(Stopped):
                client.list_orgs()
    assert server.requests == []
