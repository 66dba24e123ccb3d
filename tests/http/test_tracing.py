"""Wrappers of `urllib.request`'s opener find the attributes that it documents."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from tests.clients import KEY, client_for
from tests.servers import ScriptedServer, json_reply, replies, reply

OURS = [
    "Host",
    "x-api-key",
    "CONTENT-LENGTH",
    "Transfer-Encoding",
    "Connection",
    "Content-Type",
    "Accept-Encoding",
    "User-Agent",
    "Expect",
    "Upgrade",
    "Proxy-Authorization",
]


class Wrapped(list[tuple[Any, Any, Any]]):
    """Each wrapped request, with its timeout and response."""


@contextmanager
def wrapped_opener(change: Callable[[Any], object] = lambda request: None) -> Iterator[Wrapped]:
    """Wraps the method as tracing libraries do. `change` may change the request."""
    open_it = urllib.request.OpenerDirector.open
    seen = Wrapped()

    def traced(opener: Any, request: Any, data: Any = None, timeout: Any = "none given") -> Any:
        change(request)
        response = open_it(opener, request, data, timeout)
        seen.append((request, timeout, response))
        return response

    with mock.patch.object(urllib.request.OpenerDirector, "open", traced):
        yield seen


def test_a_request_has_the_attributes_that_urllib_documents() -> None:
    with ScriptedServer(replies(json_reply({}))) as server, wrapped_opener() as seen:
        with client_for(server, timeout=7.5) as client:
            client.request("PATCH", "/x?page=2", json={"a": 1})
        ((request, timeout, _),) = seen
        url = f"{server.url}/api/v1/x?page=2"
    assert isinstance(request, urllib.request.Request)
    assert request.full_url == request.get_full_url() == url
    assert request.get_method() == "PATCH"
    assert (request.type, request.host, request.selector) == (
        "http",
        "127.0.0.1",
        "/api/v1/x?page=2",
    )
    assert (request.header_items(), request.has_header("X"), request.data) == ([], False, None)
    assert timeout == request.timeout == 7.5


def test_a_response_has_the_attributes_that_urllib_documents() -> None:
    headers = {"X-Request-ID": "r1", "Set-Cookie": "a=b"}
    with ScriptedServer(replies(json_reply({"a": 1}, 201, headers))) as server:
        with wrapped_opener() as seen, client_for(server) as client:
            assert client.request("POST", "/x", json={}) == {"a": 1}
        ((_, _, response),) = seen
        url = f"{server.url}/api/v1/x"
    assert response.status == response.code == response.getcode() == 201
    assert response.reason == response.msg == "Created"
    assert response.url == response.geturl() == url
    assert response.version == 11
    for name in ("X-Request-ID", "x-request-id"):
        assert response.headers.get(name) == response.info()[name] == "r1"
    assert response.headers.get("Other") is None
    assert ("Set-Cookie", "a=b") in response.headers.items()
    with response as entered:
        assert (entered.read(3), entered.read(), entered.read()) == (b'{"a', b'": 1}', b"")


def test_a_wrapper_may_read_the_response() -> None:
    open_it = urllib.request.OpenerDirector.open

    def reading(opener: Any, *arguments: Any) -> Any:
        with open_it(opener, *arguments) as response:
            assert response.read() == b"[1]"
        return response

    with ScriptedServer(replies(json_reply([1]))) as server, client_for(server) as client:
        with mock.patch.object(urllib.request.OpenerDirector, "open", reading):
            assert client.request("GET", "/x") == [1]


def test_headers_that_a_wrapper_adds_are_sent() -> None:
    def add(request: Any) -> None:
        request.add_header("traceparent", "00-1-2-01")
        request.add_unredirected_header("Baggage", "a=b")
        request.headers["tracestate"] = "c=d"
        assert request.has_header("Traceparent")

    script = replies(reply(b"", 503), json_reply({}))
    with ScriptedServer(script) as server, wrapped_opener(add):
        with client_for(server, max_retries=1) as client:
            client.request("PUT", "/x", json={"a": 1})
    assert len(server.requests) == 2
    for request in server.requests:
        assert request.header("Traceparent") == "00-1-2-01"
        assert request.header("Baggage") == "a=b"
        assert request.header("Tracestate") == "c=d"
        assert request.body == b'{"a":1}'


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_added_header_cannot_replace_one_of_the_client(name: str, method: str) -> None:
    json = {"a": 1} if method == "POST" else None
    heads = []
    for change in (lambda request: None, lambda request: request.headers.update({name: "5"})):
        with ScriptedServer(replies(json_reply({}))) as server, wrapped_opener(change):
            with client_for(server) as client:
                client.request(method, "/x", json=json)
        heads.append(server.requests[0].head.replace(f":{server.port}".encode(), b""))
    assert heads[0] == heads[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("A", "1\r\nX-API-Key: 2"),
        ("A\r\nB", "1"),
        ("", "1"),
        ("A", "\0"),
        ("A", "\xe9"),
        ("A", b"1"),
        (5, "1"),
    ],
)
def test_an_added_header_that_is_malformed_is_not_sent(name: Any, value: Any) -> None:
    def add(request: Any) -> None:
        request.headers[name] = value
        request.headers["Good"] = "yes"

    with ScriptedServer(replies(json_reply({}))) as server, wrapped_opener(add):
        with client_for(server) as client:
            client.request("GET", "/x")
    lines = server.requests[0].head.decode().split("\r\n")
    assert [line for line in lines if line[:1] == "A" and line[:6] != "Accept"] == []
    assert "Good: yes" in lines
    assert lines.count(f"X-API-Key: {KEY}") == 1


def test_a_header_of_with_options_is_not_doubled() -> None:
    add = lambda request: request.add_header("traceparent", "theirs")  # noqa: E731
    with ScriptedServer(replies(json_reply({}))) as server, wrapped_opener(add):
        with client_for(server) as client:
            client.with_options(headers={"Traceparent": "mine"}).request("GET", "/x")
    assert server.requests[0].header("traceparent") == "mine"


def test_neither_the_request_nor_the_audit_event_contains_the_key_or_the_body() -> None:
    """Not even if the server used the key as an id."""
    with ScriptedServer(replies(json_reply({}))) as server, wrapped_opener() as seen:
        with client_for(server) as client:
            client.request("POST", f"/x/{KEY}?y={KEY}", json={"value": "hunter2"})
        request = seen[0][0]
    shown = [
        request.full_url,
        request.header_items(),
        request.get_full_url(),
        request.data,
        request.host,
    ]
    assert KEY not in repr([*shown, request.selector, repr(request), seen[0][2].url])
    assert "hunter2" not in repr(vars(request))
    assert KEY.encode() not in repr(vars(request)).encode()
    assert f"/x/{KEY}?y={KEY}" in server.requests[0].target


def test_an_installed_opener_is_not_used() -> None:
    """It may follow redirects with the key."""
    director = urllib.request.OpenerDirector()
    with mock.patch.object(urllib.request, "_opener", director):
        with ScriptedServer(replies(json_reply([]))) as server, client_for(server) as client:
            assert client.list_orgs() == []


def test_an_exception_of_a_wrapper_reaches_the_caller() -> None:
    class Stopped(Exception):
        pass

    def stop(request: Any) -> None:
        raise Stopped

    with ScriptedServer(replies(json_reply([]))) as server, wrapped_opener(stop):
        with client_for(server, max_retries=2) as client, pytest.raises(Stopped):
            client.list_orgs()
    assert server.requests == []
