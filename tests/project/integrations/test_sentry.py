"""Sentry looks at `http.client` alone, which is not used here: `on_attempt` makes its spans."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ancla import AnclaError, Attempt
from tests.clients import KEY, client_for
from tests.servers import ScriptedServer, answer, answers, json_answer

sentry_sdk = pytest.importorskip("sentry_sdk", reason="sentry-sdk could not be installed here")


def make_span(attempt: Attempt) -> None:
    now = datetime.now(timezone.utc)
    span = sentry_sdk.start_span(
        op="http.client",
        name=f"{attempt.method} {attempt.path}",
        start_timestamp=now - timedelta(seconds=attempt.seconds),
    )
    if attempt.status_code is not None:
        span.set_http_status(attempt.status_code)
    span.finish(end_timestamp=now)


def test_each_attempt_can_be_a_span_and_the_server_sees_its_trace() -> None:
    events: list[Any] = []
    sentry_sdk.init(
        dsn="http://public@127.0.0.1:1/1",
        traces_sample_rate=1.0,
        before_send_transaction=lambda event, hint: events.append(event),
    )
    with ScriptedServer(answers(answer(b"", 503), json_answer([]))) as server:
        with client_for(server, max_retries=1, on_attempt=make_span) as client:
            with sentry_sdk.start_transaction(name="deploy") as transaction:
                headers = {"sentry-trace": sentry_sdk.get_traceparent() or ""}
                client.with_options(headers=headers).list_orgs()
    sentry_sdk.get_client().close(timeout=0)
    (event,) = events
    assert [(span["op"], span["description"]) for span in event["spans"]] == [
        ("http.client", "GET /api/v1/organizations/")
    ] * 2
    assert [span["data"]["http.response.status_code"] for span in event["spans"]] == [503, 200]
    for request in server.requests:
        assert (request.header("sentry-trace") or "").startswith(transaction.trace_id)
    assert KEY not in repr(event)


def test_no_frame_of_the_package_that_it_sends_has_the_value_of_a_variable() -> None:
    events: list[Any] = []
    sentry_sdk.init(
        dsn="http://public@127.0.0.1:1/1", before_send=lambda event, hint: events.append(event)
    )
    with ScriptedServer(answers(answer(b'{"detail": "hunter2"', 400))) as server:
        with client_for(server) as client:
            try:
                client.set_config("o", "p", "a", "TOKEN", "hunter2")
            except AnclaError as error:
                sentry_sdk.capture_exception(error)
    sentry_sdk.get_client().close(timeout=0)
    frames = [
        frame
        for link in events[0]["exception"]["values"]
        for frame in link["stacktrace"]["frames"]
        if frame["module"].startswith("ancla.")
    ]
    assert any("self" in frame["vars"] for frame in frames)
    assert "hunter2" not in repr(frames)
