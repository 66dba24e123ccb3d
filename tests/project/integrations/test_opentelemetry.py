"""With OpenTelemetry's instrumentation of urllib, a call is a span, and its trace is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import APIConnectionError, NotFoundError
from tests.clients import KEY, client_for
from tests.servers import ScriptedServer, json_reply, replies

REASON = "OpenTelemetry could not be installed here"
urllib = pytest.importorskip("opentelemetry.instrumentation.urllib", reason=REASON)
trace = pytest.importorskip("opentelemetry.sdk.trace", reason=REASON)
export = pytest.importorskip("opentelemetry.sdk.trace.export", reason=REASON)
in_memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason=REASON
)


@pytest.fixture
def spans() -> Iterator[Any]:
    exporter = in_memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    urllib.URLLibInstrumentor().instrument(tracer_provider=provider)
    yield exporter
    urllib.URLLibInstrumentor().uninstrument()


def test_a_call_is_a_span_and_the_server_sees_its_trace(spans: Any) -> None:
    script = replies(json_reply({"name": "O", "slug": "o"}), json_reply({"detail": "no"}, 404))
    with ScriptedServer(script) as server, client_for(server) as client:
        assert client.get_org("o").name == "O"
        with pytest.raises(NotFoundError):
            client.set_config("o", "p", "a", "TOKEN", "hunter2", secret=True, buildtime=False)
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == ["GET", "POST"]
    for span, request, status in zip(finished, server.requests, (200, 404)):
        assert status in span.attributes.values()
        assert f"{server.url}{request.target}" in span.attributes.values()
        _, trace_id, span_id, _ = (request.header("traceparent") or "").split("-")
        assert (int(trace_id, 16), int(span_id, 16)) == (
            span.context.trace_id,
            span.context.span_id,
        )
        assert request.header("X-API-Key") == KEY
        assert KEY not in span.to_json() and "hunter2" not in span.to_json()


def test_a_call_that_gets_no_response_is_a_span_with_an_error(spans: Any) -> None:
    with client_for("http://127.0.0.1:1") as client, pytest.raises(APIConnectionError):
        client.list_orgs()
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
