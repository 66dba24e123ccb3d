"""Waiting for the pipeline and following its logs; a pipeline moves on with each poll."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    BuildFailedError,
    Deployment,
    DeploymentFailedError,
    Image,
    NotFoundError,
    ServerError,
    WaitTimeoutError,
    progress,
)
from ancla.testing import FakeAncla
from tests.clients import Time, client_for, client_of
from tests.documented_calls import APP, deploy
from tests.servers import PATIENCE, Connection, Request, ScriptedServer, json_reply, replies


def waiting_client(fake: FakeAncla, time: Time | None = None) -> AnclaClient:
    """A client whose waits take no time."""
    return (time or Time()).of(client_of(fake))


@pytest.mark.parametrize(
    ("stage", "error_class", "kind"),
    [
        ("build", BuildFailedError, Image),
        ("deployment", DeploymentFailedError, Deployment),
    ],
)
def test_a_failure_raises_at_once_with_the_model_and_the_reason(
    fake: FakeAncla, stage: str, error_class: type[Any], kind: type[Any]
) -> None:
    getattr(fake, f"fail_next_{stage}")("it broke")
    with waiting_client(fake) as client:
        with pytest.raises(error_class, match=f"{stage}.* failed: it broke$") as caught:
            client.deploy_and_wait(*APP)
        assert isinstance(caught.value.model, kind) and caught.value.model.error
        assert caught.value.detail == "it broke"
        assert caught.value.model.id in str(caught.value)
        assert (client.list_deployments(*APP) == []) is (stage != "deployment")


def test_a_failure_shows_the_start_of_a_long_reason_and_has_all_of_it() -> None:
    reason = "no \x1b[31mspace left\n" * 100_000
    failed = json_reply({"id": "d", "error": True, "error_detail": reason})
    with ScriptedServer(replies(failed)) as server:
        with client_for(server) as client, pytest.raises(DeploymentFailedError) as caught:
            client.wait_for_deployment(*APP, "d")
    assert str(caught.value).startswith("deployment d failed: no space left no space")
    assert len(str(caught.value)) == len("deployment d failed: ") + 500
    assert caught.value.detail == reason
    assert caught.value.model is not None
    assert caught.value.model.error_detail == reason


def test_a_state_that_does_not_change_is_handed_on_once() -> None:
    looks = [{"id": "d"}, {"id": "d"}, {"id": "d", "job_id": "j"}, {"id": "d", "complete": True}]
    seen: list[Deployment] = []
    with ScriptedServer(replies(*map(json_reply, looks))) as server:
        with Time().of(client_for(server)) as client:
            client.wait_for_deployment(*APP, "d", on_update=seen.append)
    assert [(it.job_id, it.complete) for it in seen] == [(None, False), ("j", False), (None, True)]


def test_a_wait_may_be_as_short_and_as_long_as_can_be(slow: FakeAncla) -> None:
    time = Time()
    with waiting_client(slow, time) as client:
        image_id = client.build_image(*APP).image_id
        client.list_images(*APP)
        slow.clear_requests()
        with pytest.raises(WaitTimeoutError):
            client.wait_for_image(*APP, image_id, timeout=0, interval=0)
        assert len(slow.requests) == 1
        assert time.slept == []
        with pytest.raises(WaitTimeoutError):
            client.wait_for_image(*APP, image_id, timeout=1e9, interval=1e9)
    assert time.slept == [1e9]


def test_running_out_of_time_is_a_timeout_with_the_last_state(slow: FakeAncla) -> None:
    time = Time()
    with waiting_client(slow, time) as client:
        image_id = deploy(client).image_id
        with pytest.raises(TimeoutError, match="within 10 s") as caught:
            client.wait_for_image(*APP, image_id, timeout=10, interval=3)
    assert isinstance(caught.value, WaitTimeoutError)
    assert isinstance(caught.value, AnclaError)
    assert isinstance(caught.value.model, Image)
    assert time.slept == [3, 3, 3, 1]


def test_deploy_and_wait_shares_one_timeout_between_all_stages(slow: FakeAncla) -> None:
    time = Time()
    with waiting_client(slow, time) as client, pytest.raises(WaitTimeoutError) as caught:
        client.deploy_and_wait(*APP, timeout=7, interval=3)
    assert sum(time.slept) == 7
    assert isinstance(caught.value.model, Image)


def test_no_timeout_waits_as_long_as_it_takes(slow: FakeAncla) -> None:
    class Patience(Time):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) % 500 == 0:
                slow.advance()

    time = Patience()
    with waiting_client(slow, time) as client:
        image_id = deploy(client).image_id
        image = client.wait_for_image(*APP, image_id, timeout=None)
    assert image.built
    assert sum(time.slept) > 600


def test_a_server_that_restarts_and_fails_in_the_middle_is_survived(fake: FakeAncla) -> None:
    assert_restarts_are_survived(fake)


def assert_restarts_are_survived(fake: FakeAncla) -> None:
    time = Time()

    def disturb(_: object) -> None:
        fake.restart()
        fake.fail_next(503)
        fake.drop_next()
        fake.fail_next(429)

    with waiting_client(fake, time) as client:
        deployment = client.deploy_and_wait(*APP, on_update=disturb)
    assert deployment.complete
    posts = [request for request in fake.requests if request.method == "POST"]
    assert len([request for request in posts if request.status in (201, 202)]) == 1


def test_a_server_that_stays_away_ends_in_a_timeout_with_the_reason_behind_it(
    fake: FakeAncla,
) -> None:
    with waiting_client(fake) as client:
        image_id = deploy(client).image_id
        fake.fail_next(503, times=100)
        with pytest.raises(WaitTimeoutError) as caught:
            client.wait_for_image(*APP, image_id, timeout=30)
        assert "503" in str(caught.value.__cause__)


NAMED: dict[str, tuple[dict[str, Any], Callable[[AnclaClient], object]]] = {
    "wait_for_image": (
        {"id": "x", "version": 1, "built": True},
        lambda client: client.wait_for_image(*APP, client.build_image(*APP).image_id),
    ),
    "follow_image_log": (
        {"status": "success", "log_text": "end"},
        lambda client: list(client.follow_image_log(*APP, client.build_image(*APP).image_id)),
    ),
    "wait_for_deployment": (
        {"id": "x", "complete": True},
        lambda client: client.wait_for_deployment(*APP, client.rollback_app(*APP).deployment_id),
    ),
    "follow_deployment_log": (
        {"status": "success", "log_text": "end"},
        lambda client: list(
            client.follow_deployment_log(*APP, client.rollback_app(*APP).deployment_id)
        ),
    ),
}


@pytest.mark.parametrize("after", [0, 29, 31])
@pytest.mark.parametrize("name", NAMED)
def test_what_a_response_has_named_is_waited_for_up_to_30_seconds(name: str, after: float) -> None:
    time = Time()
    record, wait = NAMED[name]

    def respond(connection: Connection, request: Request) -> None:
        if request.method == "POST":
            connection.send(json_reply({"build_id": "x", "deploy_id": "x", "version": 1}, 202))
        elif request.target.endswith("/builds"):
            connection.send(json_reply({"items": [{"id": "x", "version": 1}]}))
        elif time.now < 1000 + after:
            connection.send(json_reply({"detail": "Not Found"}, 404))
        else:
            connection.send(json_reply(record))

    with ScriptedServer(replies(respond)) as server:
        with time.of(client_for(server, routes="workspaces")) as client:
            if after < 30:
                assert wait(client)
            else:
                with pytest.raises(NotFoundError):
                    wait(client)
                assert sum(time.slept) == 30


def test_what_is_not_there_is_not_waited_for(fake: FakeAncla) -> None:
    time = Time()
    with waiting_client(fake, time) as client, pytest.raises(NotFoundError):
        client.wait_for_deployment(*APP, "missing")
    assert time.slept == []


def test_the_trigger_is_never_repeated(fake: FakeAncla) -> None:
    with waiting_client(fake) as client:
        fake.drop_next(handled=True, method="POST")
        with pytest.raises(AnclaError):
            client.deploy_and_wait(*APP)
        assert len(client.list_images(*APP)) == 1


@pytest.mark.parametrize("stage", ["image", "deployment"])
def test_a_followed_log_comes_whole_and_nothing_twice(fake: FakeAncla, stage: str) -> None:
    time = Time()
    with waiting_client(fake, time) as client:
        identifier = start(fake, client, stage)
        pieces = []
        for piece in follow(client, stage, identifier):
            pieces.append(piece)
            if len(pieces) == 1:
                fake.restart()
                fake.fail_next(502)
                fake.drop_next()
        log = getattr(client, f"get_{stage}_log")(*APP, identifier)
        assert "".join(pieces) == log.log_text
        assert len(pieces) > 1


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (["a\n", None, "a\nb\n"], ["a\n", "b\n"]),
        (["a\n", "", "a\n"], ["a\n"]),
        (["a\nb\n", "a\n", "a\nc\n"], ["a\nb\n", "c\n"]),
        (["a\n", "b\n", "b\nc\n"], ["a\n", "b\n", "c\n"]),
    ],
)
def test_what_a_log_has_shown_is_shown_again_only_where_it_changed(
    texts: list[str | None], pieces: list[str]
) -> None:
    looks = [json_reply({"status": "running", "log_text": text}) for text in texts]
    end = json_reply({"status": "SUCCESS", "log_text": texts[-1]})
    with ScriptedServer(replies(*looks, end)) as server:
        with Time().of(client_for(server)) as client:
            assert list(client.follow_deployment_log(*APP, "d")) == pieces


@pytest.mark.parametrize(
    ("stage", "error_class"), [("image", BuildFailedError), ("deployment", DeploymentFailedError)]
)
def test_the_failure_comes_after_the_last_text(
    fake: FakeAncla, stage: str, error_class: type[Exception]
) -> None:
    fake.fail_next_build("out of memory") if stage == "image" else None
    fake.fail_next_deployment("out of memory")
    pieces = []
    with waiting_client(fake) as client:
        identifier = start(fake, client, stage)
        with pytest.raises(error_class, match="out of memory"):  # noqa: PT012  # pieces come first
            for piece in follow(client, stage, identifier):
                pieces.append(piece)
        log = getattr(client, f"get_{stage}_log")(*APP, identifier)
        assert "".join(pieces) == log.log_text


@pytest.mark.parametrize(
    ("log", "model", "reason"),
    [
        ({"status": "failed"}, {"id": "i"}, "the server gave no reason"),
        ({"status": "failed"}, {"id": "i", "error_detail": "no space"}, "no space"),
        ({"status": "ERROR", "error_detail": "no space"}, {"id": "i"}, "no space"),
        ({"status": "running", "error": True, "error_detail": "no space"}, None, "no space"),
        ({"status": "failed"}, None, "the server gave no reason"),
    ],
)
@pytest.mark.parametrize(
    ("stage", "error_class"), [("image", BuildFailedError), ("deployment", DeploymentFailedError)]
)
def test_a_log_that_tells_of_a_failure_is_enough_for_its_error(
    stage: str, error_class: type[Any], log: object, model: object, reason: str
) -> None:
    detail = json_reply(model) if model else json_reply({"detail": "Not Found"}, 404)
    builds = [json_reply([{"id": "i", "version": 1}])] if stage == "image" else []
    with ScriptedServer(replies(*builds, json_reply(log), detail)) as server:
        with Time().of(client_for(server)) as client:
            with pytest.raises(error_class, match=f" i failed: {reason}") as caught:
                list(follow(client, stage, "i"))
    assert (caught.value.model is None) is (model is None)


@pytest.mark.parametrize(("asked", "slept"), [("7", 7.0), ("0", 3.0), ("9000", 60.0)])
def test_a_server_that_asks_to_be_left_alone_is_for_a_minute_at_most(
    fake: FakeAncla, asked: str, slept: float
) -> None:
    time = Time()
    with waiting_client(fake, time) as client:
        image_id = client.build_image(*APP).image_id
        fake.fail_next(429, headers={"Retry-After": asked})
        client.wait_for_image(*APP, image_id)
    assert time.slept[0] == slept


def test_a_log_that_does_not_end_ends_in_a_timeout(slow: FakeAncla) -> None:
    with waiting_client(slow) as client:
        image_id = client.build_image(*APP).image_id
        with pytest.raises(WaitTimeoutError):
            list(client.follow_image_log(*APP, image_id, timeout=9))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
@pytest.mark.parametrize("error", [TimeoutError, ConnectionResetError, OSError])
@pytest.mark.parametrize("when", ["pause", "request"])
def test_what_a_signal_handler_raises_ends_the_wait(when: str, error: type[Exception]) -> None:
    raised = error("of the user")
    ours = threading.Event()

    def handler(*_: object) -> None:
        raise raised

    class Interrupted(Time):
        def sleep(self, seconds: float) -> None:
            assert when == "pause", "the wait went on"
            signal.raise_signal(signal.SIGUSR1)

    def respond(connection: Connection, request: Request) -> None:
        if when == "request":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            ours.wait(20)
        connection.send(json_reply({"id": "d"}))

    previous = signal.signal(signal.SIGUSR1, handler)
    try:
        with ScriptedServer(replies(respond)) as server:
            with Interrupted().of(client_for(server, max_retries=2)) as client:
                with pytest.raises(error) as caught:
                    client.wait_for_deployment(*APP, "d", timeout=None)
            ours.set()
            assert len(server.requests) == 1
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert caught.value is raised


CLOSED: dict[str, tuple[bytes, type[AnclaError], str]] = {
    "after an unfinished state": (
        json_reply({"id": "d"}),
        AnclaError,
        "the client was closed before deployment d finished; it may still be running",
    ),
    "after a temporary error": (
        json_reply({"detail": "back soon"}, 503),
        ServerError,
        "back soon",
    ),
}


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("shown", [None, progress])
def test_closing_the_client_in_another_thread_ends_a_wait_at_once(closed: str, shown: Any) -> None:
    """With the outcome of its last request, if that was an error."""
    response, error_class, message = CLOSED[closed]
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            client.wait_for_deployment(*APP, "d", timeout=None, interval=3600, on_update=shown)
        except AnclaError as error:
            caught.append(error)

    with ScriptedServer(replies(response)) as server:
        client = AnclaClient("key", server.url, trust_env=False)
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        server.wait_for(lambda: len(server.requests) == 1)
        client.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert len(server.requests) == 1
    (error,) = caught
    assert type(error) is error_class
    assert message in str(error)


def test_a_wait_that_is_over_when_the_client_is_closed_returns_its_result() -> None:
    with ScriptedServer(replies(json_reply({"id": "d", "complete": True}))) as server:
        with client_for(server) as client:
            assert client.wait_for_deployment(
                *APP, "d", on_update=lambda _: client.close()
            ).complete


def start(fake: FakeAncla, client: AnclaClient, stage: str) -> str:
    """Starts a build alone, or a deployment without a build, and returns its id."""
    if stage == "image":
        return client.build_image(*APP).image_id
    fake.add_deployment(*APP)
    fake.add_deployment(*APP)
    return client.rollback_app(*APP).deployment_id


def follow(client: AnclaClient, stage: str, identifier: str) -> Iterator[str]:
    method = getattr(client, f"follow_{stage}_log")
    pieces: Iterator[str] = method(*APP, identifier)
    return pieces
