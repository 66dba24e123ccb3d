"""`on_log`: the logs of a build and of its deployment, while they are waited for."""

from __future__ import annotations

import io
import re
import sys
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
    progress,
)
from ancla.testing import FakeAncla
from tests.clients import Time, client_for, client_of
from tests.documented_calls import APP
from tests.servers import ScriptedServer, json_reply, replies

Wait = Callable[..., Image | Deployment]


def wait_for_image(client: AnclaClient, **options: Any) -> Image:
    return client.wait_for_image(*APP, client.build_image(*APP).image_id, **options)


def wait_for_deployment(client: AnclaClient, **options: Any) -> Deployment:
    started = client.rollback_app(*APP)
    return client.wait_for_deployment(*APP, started.deployment_id, **options)


def promote(client: AnclaClient, **options: Any) -> Deployment:
    return client.promote_and_wait(*APP, "staging", "production", **options)


WAITS: dict[str, Wait] = {
    "deploy_and_wait": lambda client, **options: client.deploy_and_wait(*APP, **options),
    "rollback_and_wait": lambda client, **options: client.rollback_and_wait(*APP, **options),
    "promote_and_wait": promote,
    "wait_for_image": wait_for_image,
    "wait_for_deployment": wait_for_deployment,
}


class Advancing(Time):
    """Moves the pipelines on with each sleep."""

    def __init__(self, fake: FakeAncla) -> None:
        super().__init__()
        self.fake = fake

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.fake.advance()


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla(pace="manual") as fake:
        fake.add_deployment(*APP)
        fake.add_deployment(*APP)
        fake.add_deployment(*APP, environment="staging")
        yield fake


def waiting_client(fake: FakeAncla, **options: Any) -> AnclaClient:
    return Advancing(fake).of(client_of(fake, **options))


@pytest.mark.parametrize("name", WAITS)
def test_each_piece_of_each_log_is_passed_on_once(name: str, fake: FakeAncla) -> None:
    pieces: list[str] = []
    with waiting_client(fake) as client:
        model = WAITS[name](client, on_log=pieces.append)
        logs = ""
        if name in ("deploy_and_wait", "wait_for_image"):
            image_id = model.id if isinstance(model, Image) else fake.image_of(model.id)
            logs += client.get_image_log(*APP, image_id).log_text or ""
        if isinstance(model, Deployment):
            logs += client.get_deployment_log(*APP, model.id).log_text or ""
    assert "".join(pieces) == logs != ""
    assert all(pieces) and len(pieces) > 1


def test_the_end_of_a_log_comes_before_the_state_that_ends_it(fake: FakeAncla) -> None:
    events: list[str] = []
    with waiting_client(fake) as client:
        client.deploy_and_wait(
            *APP,
            on_update=lambda model: events.append(f"{type(model).__name__} {model.status}"),
            on_log=lambda text: events.append(text.split()[0]),
        )
    assert events.index("Image built") > events.index("Built")
    assert events.index("Image built") < events.index("Deploying")
    assert events[-1] == "Deployment complete"


@pytest.mark.parametrize(
    ("stage", "kind"), [("build", BuildFailedError), ("deployment", DeploymentFailedError)]
)
def test_the_log_of_what_fails_is_passed_on_to_its_end(
    stage: str, kind: type[AnclaError], fake: FakeAncla
) -> None:
    getattr(fake, f"fail_next_{stage}")("it broke")
    pieces: list[str] = []
    with waiting_client(fake) as client, pytest.raises(kind):
        client.deploy_and_wait(*APP, on_log=pieces.append)
    assert "it broke" in pieces[-1]


def test_a_log_takes_one_request_more_at_each_poll(fake: FakeAncla) -> None:
    counts = []
    on_logs: list[Any] = [None, str]
    for on_log in on_logs:
        with waiting_client(fake) as client:
            image_id = client.build_image(*APP).image_id
            fake.clear_requests()
            client.wait_for_image(*APP, image_id, on_log=on_log)
            paths = [request.path for request in fake.requests]
        logs = sum(path.endswith("/log") for path in paths)
        polls = sum(re.search(r"/builds/\d+$", path) is not None for path in paths)
        counts.append((logs, polls))
    assert counts == [(0, 3), (3, 3)]


@pytest.mark.parametrize("disturb", ["fail_next", "drop_next"])
def test_a_log_that_cannot_be_read_for_a_while_is_noted_and_passed_on_later(
    disturb: str,
    fake: FakeAncla,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pieces: list[str] = []
    arguments = [503] if disturb == "fail_next" else []
    getattr(fake, disturb)(*arguments, times=2, path="/log")
    with waiting_client(fake, max_retries=1) as client:
        image = wait_for_image(client, on_log=pieces.append, on_update=progress)
        log = client.get_image_log(*APP, image.id).log_text
    assert "".join(pieces) == log
    noted = [line for line in capsys.readouterr().err.splitlines() if "cannot" in line]
    assert [line.partition(" GET")[0] for line in noted] == ["cannot read the log:"]
    assert noted == [it.getMessage() for it in caplog.records if it.levelname == "WARNING"]


@pytest.mark.parametrize("response", [json_reply({}, 404), json_reply({}, 403), json_reply([])])
def test_a_log_that_can_never_be_read_does_not_end_the_wait(
    response: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [{"id": "i", "version": 1}, {"id": "i", "version": 1}]
    asked: list[str] = []

    def respond(connection: Any, request: Any) -> None:
        asked.append(request.target)
        if request.target.endswith("/log"):
            connection.send(response)
        elif request.target.endswith("/builds"):
            connection.send(json_reply({"items": images}))
        else:
            connection.send(json_reply(images.pop() if images else {"id": "i", "built": True}))

    with ScriptedServer(replies(respond)) as server:
        with Time().of(client_for(server, routes="workspaces")) as client:
            image = client.wait_for_image(*APP, "i", on_log=print, on_update=progress)
    assert image.built
    captured = capsys.readouterr()
    assert captured.err.count("cannot read the log: ") == 1
    assert captured.out == ""
    # A record that was just started may not have a log yet; anything else is not asked for again.
    polls = 3 if b"404" in response[:20] else 1
    assert sum(target.endswith("/log") for target in asked) == polls


@pytest.mark.parametrize("identity", [{}, {"id": None}, {"id": ""}, {"id": "a/b"}], ids=repr)
def test_a_record_that_lacks_an_id_does_not_end_a_deploy(
    identity: dict[str, str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    def respond(connection: Any, request: Any) -> None:
        if request.method == "POST":
            connection.send(json_reply({"deploy_id": "d"}, 202))
        elif request.target.endswith("/deploys/d"):
            connection.send(json_reply({**identity, "complete": True}))
        elif request.target.endswith("/deploys/d/log"):
            connection.send(json_reply({"log_text": "of d"}))
        else:
            connection.send(json_reply([]))

    pieces: list[str] = []
    with ScriptedServer(replies(respond)) as server:
        with Time().of(client_for(server, routes="workspaces")) as client:
            deployment = client.deploy_and_wait(*APP, on_log=pieces.append, on_update=progress)
    is_known = identity.get("id") is None  # Then it is the one that was asked for.
    assert deployment.id == ("d" if is_known else identity["id"])
    assert pieces == (["of d"] if is_known else [])
    assert capsys.readouterr().err.count("cannot read the log: ") == (not is_known)


def test_a_log_that_starts_anew_is_passed_on_from_the_first_difference() -> None:
    texts = ["one\n", "one\ntwo\n", "", "one\n", "one\n2\n", "one\n2\nend\n"]
    states = [{"id": "d"}] * 5 + [{"id": "d", "complete": True}]
    logs = [{"status": "running", "log_text": text} for text in texts]
    bodies = [body for pair in zip(states, logs, strict=True) for body in pair]
    pieces: list[str] = []
    with ScriptedServer(replies(*map(json_reply, bodies))) as server:
        with Time().of(client_for(server, routes="workspaces")) as client:
            client.wait_for_deployment(*APP, "d", on_log=pieces.append)
    assert pieces == ["one\n", "two\n", "2\n", "end\n"]


@pytest.mark.parametrize("error", [AnclaError("mine"), KeyError("mine")], ids=repr)
def test_what_on_log_raises_ends_the_wait(error: Exception, fake: FakeAncla) -> None:
    def fail(text: str) -> None:
        raise error

    with waiting_client(fake) as client, pytest.raises(type(error), match="mine") as caught:
        wait_for_image(client, on_log=fail)
    assert caught.value is error


def test_the_live_line_is_removed_before_on_log_is_called(
    fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    starts: list[str] = []
    with waiting_client(fake) as client:
        client.deploy_and_wait(
            *APP, on_update=progress, on_log=lambda text: starts.append(screen.getvalue()[-1:])
        )
    assert set(starts) == {"\r", "\n"}
