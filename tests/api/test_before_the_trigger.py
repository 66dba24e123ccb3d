"""A server that is away before anything was started: no deploy waits for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    Attempt,
    AuthenticationError,
    NotFoundError,
    ServerError,
    progress,
)
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import KEY, Time, client_of
from tests.documented_calls import APP
from tests.servers import ScriptedServer, replies, silence

WAITS: dict[str, Callable[..., object]] = {
    "deploy": lambda client, **options: client.deploy_and_wait(*APP, **options),
    "rollback": lambda client, **options: client.rollback_and_wait(*APP, **options),
    "promotion": lambda client, **options: client.promote_and_wait(
        *APP, "production", "staging", **options
    ),
}
COMMANDS = [
    "deploy acme/shop/web",
    "apps deploy acme/shop/web --wait",
    "apps deploy acme/shop/web --follow",
    "apps rollback acme/shop/web --wait",
    "apps promote acme/shop/web qa staging --wait",
]
ON_ROUTES = [(routes, what) for routes in ("workspaces", "auto") for what in WAITS]
ON_ROUTES += [("published", "deploy"), ("slugs", "deploy")]


@pytest.fixture
def away() -> str:
    """The URL of a server that is down."""
    with FakeAncla() as gone:
        return gone.url


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla() as fake:
        fake.add_deployment(*APP)
        fake.add_deployment(*APP)
        yield fake


def client_at(url: str, time: Time, **options: Any) -> AnclaClient:
    return time.of(AnclaClient(KEY, url, trust_env=False, **options))


@pytest.mark.parametrize("host", ["down", "http://unknown.invalid"])
@pytest.mark.parametrize(("routes", "what"), ON_ROUTES)
def test_a_server_that_cannot_be_reached_is_an_error_after_the_ordinary_retries(
    routes: Any, what: str, host: str, away: str
) -> None:
    time = Time()
    with client_at(away if host == "down" else host, time, routes=routes) as client:
        with pytest.raises(APIConnectionError, match=f"the {what} of 'web' was not started") as it:
            WAITS[what](client, timeout=600, interval=60)
    assert not isinstance(it.value, TimeoutError)
    assert len(time.slept) == 2  # max_retries
    assert sum(time.slept) < 2


@pytest.mark.parametrize("what", WAITS)
def test_a_server_that_does_not_respond_is_an_error_after_the_ordinary_retries(what: str) -> None:
    attempts: list[Attempt] = []
    options: dict[str, Any] = {"timeout": 0.05, "max_retries": 2, "on_attempt": attempts.append}
    with ScriptedServer(replies(silence)) as server:
        with client_at(server.url, Time(), **options) as client:
            with pytest.raises(APIConnectionError, match="was not started") as caught:
                WAITS[what](client)
    assert len(attempts) == 3
    assert not isinstance(caught.value, TimeoutError)  # A deploy may still run after that.
    assert caught.value.url is not None and caught.value.method == "GET"


def test_no_request_before_the_trigger_takes_longer_than_the_wait() -> None:
    attempts: list[Attempt] = []
    options: dict[str, Any] = {"trust_env": False, "on_attempt": attempts.append}
    with ScriptedServer(replies(silence)) as server:
        for timeout in (None, 30.0):
            with AnclaClient(KEY, server.url, timeout, **options) as client:
                with pytest.raises(APIConnectionError, match=r"timeout of 0\.[12]\d* s"):
                    client.deploy_and_wait(*APP, timeout=0.2)
    assert len(attempts) == 2  # None was retried.


def test_retries_before_the_trigger_end_with_the_wait(away: str) -> None:
    time = Time()
    with client_at(away, time, max_retries=1000) as client:
        with pytest.raises(APIConnectionError):
            client.deploy_and_wait(*APP, timeout=50)
    assert 40 < sum(time.slept) < 50


def test_progress_shows_each_failed_attempt(
    away: str, fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    with client_at(away, Time(), max_retries=2) as client, pytest.raises(APIConnectionError):
        client.deploy_and_wait(*APP, on_update=progress)
    first, *attempts = capsys.readouterr().err.splitlines()
    assert first.endswith("waiting for the deploy of 'web' 0:00")
    assert [re.findall(r"; attempt (\d) failed: .*refused", line) for line in attempts] == [
        ["1"],
        ["2"],
        ["3"],
    ]

    fake.fail_next(503)
    with Time().of(client_of(fake, max_retries=1)) as client:
        client.deploy_and_wait(*APP, on_update=progress)
    lines = capsys.readouterr().err.splitlines()
    assert "attempt 1 failed: the server sent status 503" in lines[1]
    assert lines[2].endswith("waiting for the deploy of 'web' 0:00")


def test_an_observer_of_attempts_still_observes_them(away: str) -> None:
    seen: list[int] = []
    observe = lambda attempt: seen.append(attempt.number)  # noqa: E731
    with client_at(away, Time(), on_attempt=observe) as client:
        with pytest.raises(APIConnectionError):
            client.deploy_and_wait(*APP)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("status", "kind", "retries"),
    [(401, AuthenticationError, 0), (404, NotFoundError, 0), (500, ServerError, 0)]
    + [(503, ServerError, 2), (429, AnclaError, 2)],
)
@pytest.mark.parametrize("what", WAITS)
def test_a_refusal_is_an_error_as_of_any_other_call(
    what: str, status: int, kind: type[AnclaError], retries: int, fake: FakeAncla
) -> None:
    fake.fail_next(status, times=9)
    time = Time()
    with time.of(client_of(fake, max_retries=2, routes="workspaces")) as client:
        with pytest.raises(kind) as caught:
            WAITS[what](client)
    assert caught.value.status_code == status
    assert len(time.slept) == retries
    assert {request.method for request in fake.requests} == {"GET"}


@pytest.mark.parametrize("what", WAITS)
def test_patience_begins_with_the_trigger(what: str, fake: FakeAncla) -> None:
    class Away(AnclaClient):
        """The server is away for a while, once it has the request."""

        def deploy_app(self, *app: Any, **options: Any) -> Any:
            return self._then_away(super().deploy_app(*app, **options))

        def rollback_app(self, *app: Any) -> Any:
            return self._then_away(super().rollback_app(*app))

        def promote_app(self, *app: Any) -> Any:
            return self._then_away(super().promote_app(*app))

        def _then_away(self, started: object) -> object:
            fake.fail_next(503, times=50)
            return started

    fake.add_app(*APP, environment="staging")
    with Time().of(Away(fake.api_key, fake.url, max_retries=0)) as client:
        WAITS[what](client)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_exits_with_1_if_nothing_was_started(words: str, away: str) -> None:
    outcome = run(*words.split(), ANCLA_SERVER=away, ANCLA_API_KEY=KEY)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("attempt ") == 3
    assert outcome.err.splitlines()[-1].endswith("was not started)")

    with ScriptedServer(replies(silence)) as server:
        limit = ("--timeout", "0.1")
        outcome = run(*words.split(), *limit, ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)
    assert (outcome.status, outcome.out) == (1, "")
