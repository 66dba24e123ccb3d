"""Sentry's default integration makes a span and a breadcrumb of each attempt; the trace is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import AnclaError
from tests.clients import KEY, client_for
from tests.servers import ScriptedServer, json_reply, replies, reply

sentry_sdk = pytest.importorskip("sentry_sdk", reason="sentry-sdk could not be installed here")


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """What Sentry would send."""
    kept: list[Any] = []

    def keep(event: Any, hint: Any) -> None:
        kept.append(event)

    sentry_sdk.init(
        dsn="http://public@127.0.0.1:1/1",
        traces_sample_rate=1.0,
        before_send=keep,
        before_send_transaction=keep,
        include_local_variables=True,
    )
    yield kept
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


def test_each_attempt_is_a_span_and_the_server_sees_its_trace(events: list[Any]) -> None:
    with ScriptedServer(replies(reply(b"", 503), json_reply([]))) as server:
        with client_for(server, max_retries=1) as client:
            with sentry_sdk.start_transaction(name="deploy"):
                client.list_orgs()
    (event,) = events
    url = f"GET {server.url}/api/v1/workspaces"
    assert [(span["op"], span["description"]) for span in event["spans"]] == [
        ("http.client", url)
    ] * 2
    assert [span["data"]["http.response.status_code"] for span in event["spans"]] == [503, 200]
    for span, request in zip(event["spans"], server.requests, strict=True):
        sent = request.header("sentry-trace") or ""
        assert sent.startswith(f"{span['trace_id']}-{span['span_id']}")
    assert KEY not in repr(event)


def test_a_failed_call_has_its_attempts_as_breadcrumbs_and_no_key(events: list[Any]) -> None:
    with ScriptedServer(replies(reply(b"{", 500))) as server, client_for(server) as client:
        try:
            client.list_orgs()
        except Exception:
            sentry_sdk.capture_exception()
    (event,) = events
    crumb = event["breadcrumbs"]["values"][-1]
    assert crumb["data"]["http.response.status_code"] == 500
    assert crumb["data"]["url"] == f"{server.url}/api/v1/workspaces"
    assert KEY not in repr(event)


def test_no_frame_of_the_package_that_it_sends_has_the_value_of_a_variable() -> None:
    events: list[Any] = []
    sentry_sdk.init(
        dsn="http://public@127.0.0.1:1/1", before_send=lambda event, hint: events.append(event)
    )
    with ScriptedServer(replies(reply(b'{"detail": "hunter2"', 400))) as server:
        with client_for(server) as client:
            try:
                client.set_config("o", "p", "a", "TOKEN", "hunter2", secret=True, buildtime=False)
            except AnclaError as error:
                sentry_sdk.capture_exception(error)
    sentry_sdk.get_client().close(timeout=0)
    frames = [
        frame
        for link in events[0]["exception"]["values"]
        for frame in link["stacktrace"]["frames"]
        if frame["module"].startswith("ancla.")
    ]
    assert len(frames) > 3
    assert "hunter2" not in repr(frames)
