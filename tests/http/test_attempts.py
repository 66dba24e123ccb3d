"""`on_attempt` gets an `Attempt` for each attempt, and cannot affect the call."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ancla import AnclaError, Attempt
from ancla.client import clock_of
from tests.clients import KEY, client_for, run_script
from tests.servers import ScriptedServer, json_reply, replies, reply, then_close


def told(attempt: Attempt, *names: str) -> list[Any]:
    return [getattr(attempt, name) for name in names]


def test_on_attempt_is_called_after_each_attempt() -> None:
    seen: list[Attempt] = []
    script = replies(
        reply(b"", 503, {"X-Request-ID": "r1", "Retry-After": "7"}),
        then_close(b""),
        json_reply(
            [], headers={"RateLimit-Remaining": "4", "X-RateLimit-Reset": "9", "X-Other": "1"}
        ),
    )
    with ScriptedServer(script) as server:
        with client_for(server, max_retries=2, on_attempt=seen.append) as client:
            client.request("get", "/x?token=s3cret")
    first, second, third = seen
    names = ("method", "path", "number", "status_code", "request_id", "reused", "retries_after")
    assert told(first, *names) == ["GET", "/api/v1/x", 1, 503, "r1", False, 7.0]
    assert told(second, *names) == ["GET", "/api/v1/x", 2, None, None, None, 1.0]
    assert told(third, *names) == ["GET", "/api/v1/x", 3, 200, None, False, None]
    assert first.error is None and third.error is None
    assert second.error is not None and "closed" in second.error
    assert dict(first.rate_limit) == {"retry-after": "7"}
    assert dict(third.rate_limit) == {"ratelimit-remaining": "4", "x-ratelimit-reset": "9"}
    assert all(0 < attempt.seconds < 5 for attempt in seen)
    assert "s3cret" not in repr(seen)


def test_the_last_attempt_of_a_failed_call_has_no_retries_after() -> None:
    seen: list[Attempt] = []
    with client_for("http://127.0.0.1:1", on_attempt=seen.append) as client:
        with pytest.raises(AnclaError) as caught:
            client.list_orgs()
    assert told(seen[0], "number", "status_code", "retries_after") == [1, None, None]
    assert seen[0].error is not None and seen[0].error in str(caught.value)


def test_an_attempt_is_read_only() -> None:
    seen: list[Any] = []
    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, on_attempt=seen.append) as client:
            client.list_orgs()
    with pytest.raises(AttributeError, match="read-only"):
        seen[0].method = "PUT"
    with pytest.raises(AttributeError, match="read-only"):
        del seen[0].method
    with pytest.raises(TypeError):
        seen[0].rate_limit["a"] = "b"
    assert repr(seen[0]).startswith("<Attempt GET /api/v1/workspaces: status 200 in ")


def test_on_attempt_is_called_before_the_wait_for_the_next_attempt() -> None:
    order: list[object] = []
    with ScriptedServer(replies(reply(b"", 503), json_reply([]))) as server:
        with client_for(
            server, max_retries=1, on_attempt=lambda a: order.append(a.number)
        ) as client:
            clock_of(client).sleep = order.append
            client.list_orgs()
    assert order == [1, 0.5, 2]


def test_an_exception_of_on_attempt_is_logged_and_does_not_affect_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(attempt: Attempt) -> None:
        raise ValueError("oops")

    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, on_attempt=fail) as client:
            assert client.list_orgs() == []
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.name == "ancla"
    assert record.exc_info is not None and isinstance(record.exc_info[1], ValueError)


def test_an_exception_of_on_attempt_is_logged_even_if_logging_was_not_loaded() -> None:
    finished = run_script(
        "import ancla, sys\n"
        "options = {'max_retries': 0, 'on_attempt': lambda attempt: 1 / 0}\n"
        "client = ancla.AnclaClient('key', 'http://127.0.0.1:1', **options)\n"
        "sys.modules['logging'].basicConfig()\n"
        "try: client.list_orgs()\n"
        "except ancla.AnclaError: pass\n"
    )
    assert finished.returncode == 0
    assert "on_attempt" in finished.stderr and "ZeroDivisionError" in finished.stderr


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exit_in_on_attempt_ends_the_program(kind: type[BaseException]) -> None:
    def stop(attempt: Attempt) -> None:
        raise kind

    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, on_attempt=stop) as client, pytest.raises(kind):
            client.list_orgs()


def test_an_attempt_contains_neither_the_key_nor_a_value_just_sent() -> None:
    seen: list[Attempt] = []
    echo = {"X-Request-ID": f"{KEY} hunter2", "RateLimit": f"{KEY}\x85"}
    with ScriptedServer(replies(json_reply({}, headers=echo))) as server:
        with client_for(server, on_attempt=seen.append) as client:
            client.request("POST", f"/x/{KEY}", json={"value": "hunter2"})
    attempt = seen[0]
    assert told(attempt, "request_id", "path") == ["******** ********", "/api/v1/x/********"]
    assert dict(attempt.rate_limit) == {"ratelimit": "********?"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"X-RateLimit-{KEY}", {"x-ratelimit-********": "1"}),
        (f"RateLimit-{KEY.upper()}", {"ratelimit-********": "1"}),
        (f"{KEY}-ratelimit", {}),
    ],
)
def test_no_attempt_has_the_key_in_the_name_of_a_header(name: str, shown: dict[str, str]) -> None:
    seen: list[Attempt] = []
    headers = {name: "1", "X-RateLimit-Of-Any-Name": "2"}
    with ScriptedServer(replies(json_reply([], headers=headers))) as server:
        with client_for(server, on_attempt=seen.append) as client:
            client.list_orgs()
    assert dict(seen[0].rate_limit) == {**shown, "x-ratelimit-of-any-name": "2"}
