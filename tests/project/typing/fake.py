"""How users test their own code: read by type checkers, never run."""

from __future__ import annotations

from email.message import Message
from typing import Any

from typing_extensions import assert_type

from ancla import AnclaClient
from ancla.testing import FakeAncla, RecordedRequest


def a_test_with_a_server() -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        assert_type(fake, FakeAncla)
        assert_type(fake.add_app("o", "p", "a"), str)
        assert_type(fake.add_config("o", "p", "a", "KEY", "v", secret=True), str)
        assert_type(fake.add_deployment("o", "p", "a", environment="staging", error="broke"), str)
        assert_type(fake.add_member("o", "ann", admin=True), str)
        assert_type(fake.environ, dict[str, str])
        client.build_image("o", "p", "a")
        assert_type(fake.advance(), int)
        assert_type(fake.image_of("d"), str)
        fake.nulls = "always"
        assert_type(fake.requests, list[RecordedRequest])
        assert_type(fake.connections, int)
        assert_type(fake.pending_faults, int)
        fake.clear_requests()


def what_was_received(request: RecordedRequest) -> None:
    assert_type(request.method, str)
    assert_type(request.path, str)
    assert_type(request.query, str)
    assert_type(request.headers, Message)
    assert_type(request.body, Any)
    assert_type(request.status, int | None)
    assert_type(request.connection, int)


def settings() -> None:
    FakeAncla(routes="published", api_key="k", pace="manual", page_size=2, nulls="always").close()
    FakeAncla(pace=0.5, clock=lambda: 0.0, extra_fields={"new": [1]}, mask_secrets=False, port=0)


def faults(fake: FakeAncla) -> None:
    fake.fail_next(429, 2, headers={"Retry-After": "1"}, body={"detail": "slow down"})
    fake.drop_next(handled=True)
    fake.delay_next(0.1, times=3)
    fake.fail_next(503, method="POST", path="/deploy")
    fake.drop_next(method="POST")
    fake.delay_next(0.1, path="/deploy")
    fake.fail_next_build()
    fake.fail_next_release("no such config")
    fake.fail_next_deployment(detail="out of memory")
    fake.clear_faults()
    fake.restart()
