"""A failed call leaves no reference cycle: client, sockets, response and error are freed at once.

The garbage collector is off during these tests.
"""

from __future__ import annotations

import gc
import ssl
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from ancla import AnclaClient, AnclaError
from tests.clients import ROUTE_SETS, client_for
from tests.once import one_in
from tests.servers import (
    ProxyServer,
    Reply,
    ScriptedServer,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
    then_reset,
)

APP = ("my-org", "my-project", "my-app")
Call = Callable[[AnclaClient], object]


@pytest.fixture(scope="module", autouse=True)
def _frozen() -> Iterator[None]:
    """Excludes the objects of earlier tests from collections, which would take long otherwise."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@contextmanager
def _leaves_no_cycle() -> Iterator[None]:
    """Fails if the block leaves a cycle with an object of the package, an exception or a frame."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        left = [type(it).__name__ for it in gc.garbage if _is_ours(it)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def _is_ours(thing: object) -> bool:
    kind = type(thing)
    if isinstance(thing, Exception) or kind.__name__ in ("frame", "traceback", "SSLSocket"):
        return True
    return kind.__module__.startswith("ancla.") and not kind.__module__.startswith("ancla._fake")


def _fails(make_client: Callable[[], AnclaClient], call: Call) -> str:
    """Returns the name of the error's class. Fails if the error or the client is not freed."""
    client = make_client()
    try:
        with client:
            call(client)
    except (AnclaError, ValueError) as error:
        name = type(error).__name__
        left: list[weakref.ref[object]] = [weakref.ref(client)]
        if isinstance(error, AnclaError):  # A plain ValueError has no weak references.
            left.append(weakref.ref(error))
        del client
    else:
        return "no error"
    assert not any(reference() for reference in left)
    return name


def _get_app(client: AnclaClient) -> object:
    return client.get_app(*APP)


CALLS: dict[str, Call] = {
    "get": _get_app,
    "list": lambda client: client.list_orgs(),
    "look up": lambda client: client.get_pipeline_status(*APP),
    "get a record": lambda client: client.get_image(*APP, "1"),
    "set": lambda client: client.set_config(*APP, "KEY", "value"),
    "delete": lambda client: client.delete_app(*APP),
    "scale": lambda client: client.scale_app(*APP, {"web": 1}),
    "wait": lambda client: client.wait_for_image(*APP, "1", timeout=0),
    "deploy": lambda client: client.deploy_and_wait(*APP, timeout=0),
    "request": lambda client: client.request("POST", "/x", json={"a": 1}),
}
RESPONSES: dict[str, Reply] = {
    **{
        str(status): json_reply({"detail": "no"}, status)
        for status in (302, 400, 401, 404, 422, 503)
    },
    "307 with no Location": reply(b"", 307),
    "no JSON": reply(b"no JSON"),
    "another JSON": json_reply("text"),
    "no response": then_close(b""),
    "a failed build": json_reply({"id": "1", "version": 1, "error": True}),
}
GOOD_FOR_SOME = ("another JSON", "a failed build")


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("routes", one_in(4, [*ROUTE_SETS, "auto"]))
def test_an_error_response_leaves_no_cycle(routes: str, response: str) -> None:
    with ScriptedServer(replies(RESPONSES[response])) as server:
        with _leaves_no_cycle():
            errors = {
                name: _fails(partial(client_for, server, routes=routes), call)
                for name, call in CALLS.items()
            }
    assert response in GOOD_FOR_SOME or "no error" not in errors.values(), errors


BROKEN: dict[str, Reply] = {
    "no JSON": reply(b"x"),
    "deep JSON": reply(b"[" * 100_000),
    "no model": json_reply({}),
    "no object": json_reply([]),
    "cut": then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
    "cut error": then_close(b"HTTP/1.1 500 OK\r\nContent-Length: 9\r\n\r\nx"),
    "garbage": then_close(b"garbage"),
    "malformed head": reply(headers={"X Y": "1"}),
    "malformed chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "reset": then_reset(b""),
    "silence": lambda connection, _: connection.wait_until_closed(),
    "too large": reply(b"x" * 20_000),
    "no gzip": reply(b"x" * 100, 200, {"Content-Encoding": "gzip"}),
    "unknown coding": reply(b"x" * 100, 200, {"Content-Encoding": "br"}),
}


def test_a_malformed_response_leaves_no_cycle() -> None:
    with _leaves_no_cycle():
        for name, broken in BROKEN.items():
            with ScriptedServer(replies(broken)) as server:
                make_client = partial(
                    client_for, server, max_response_bytes=10_000, timeout=0.1, max_retries=1
                )
                assert _fails(make_client, _get_app) != "no error", name


def test_a_failed_connection_leaves_no_cycle() -> None:
    untrusting = ssl.create_default_context()
    with (
        ScriptedServer(replies(json_reply([])), tls=server_tls()) as server,
        ScriptedServer(lambda connection: connection.send(b"HTTP/1.1 400 X\r\n\r\n")) as plain,
        ProxyServer(connect_reply=reply(b"", 403)) as proxy,
    ):
        clients = [
            partial(client_for, "http://127.0.0.1:1", max_retries=1),
            partial(client_for, "http://localhost:1"),
            partial(client_for, "http://nowhere.invalid:1"),
            partial(client_for, server, ssl_context=untrusting),
            partial(client_for, plain.url.replace("http", "https")),
            partial(client_for, "https://127.0.0.1:1", proxy=proxy.url),
            partial(client_for, "https://127.0.0.1:1", proxy="http://127.0.0.1:1"),
        ]
        with _leaves_no_cycle():
            for make_client in clients:
                assert _fails(make_client, _get_app) == "APIConnectionError"


def _get_org_when_closed(client: AnclaClient) -> object:
    client.close()
    return client.get_org("x")


ARGUMENTS: list[Call] = [
    lambda client: client.get_app("", "", ""),
    lambda client: client.scale_app(*APP, {"web": -1}),
    lambda client: client.request("POST", "/x", json=float("nan")),
    lambda client: client.wait_for_image(*APP, "1", interval=-1),
    _get_org_when_closed,
]


def test_an_invalid_argument_leaves_no_cycle() -> None:
    with _leaves_no_cycle():
        for call in ARGUMENTS:
            assert _fails(partial(client_for, "http://127.0.0.1:1"), call) != "no error"
