"""ddtrace's own patch of `http.client` makes a span of each attempt, and the server sees its trace.

In a Python of its own, since ddtrace patches more than a test can take back.
"""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.clients import KEY, run_script
from tests.servers import ScriptedServer, json_reply, replies, reply

if importlib.util.find_spec("ddtrace") is None:
    pytest.skip("ddtrace has no wheel for this Python", allow_module_level=True)

PROGRAM = """
import json, sys
from ddtrace import patch
from ddtrace.trace import TraceFilter, tracer
from tests.clients import client_for

finished = []
class Keep(TraceFilter):
    def process_trace(self, trace):
        finished.extend(trace)

tracer.configure(trace_processors=[Keep()])
patch(httplib=True)
with client_for(sys.argv[1], max_retries=1) as client:
    with tracer.trace("deploy") as root:
        client.list_orgs()
tracer.flush()
print(json.dumps([[s.name, s.trace_id & (2**64 - 1), s.span_id, s.get_tags()] for s in finished]))
"""


def test_each_attempt_is_a_span_and_the_server_sees_its_trace() -> None:
    with ScriptedServer(replies(reply(b"", 503), json_reply([]))) as server:
        process = run_script(PROGRAM, server.url, DD_INSTRUMENTATION_TELEMETRY_ENABLED="false")
    assert process.returncode == 0, process.stderr
    root, *ours = json.loads(process.stdout.splitlines()[-1])
    assert root[0] == "deploy"
    assert [span[0] for span in ours] == ["http.client.request"] * 2
    assert [span[3]["http.status_code"] for span in ours] == ["503", "200"]
    assert len(server.requests) == 2
    for span, request in zip(ours, server.requests):
        assert request.header("x-datadog-trace-id") == str(span[1])
        assert request.header("x-datadog-parent-id") == str(span[2])
    assert KEY not in process.stdout
