"""Whose deployment is it? Each of several deploys of one app gets what its own image became."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    BuildFailedError,
    Deployment,
    DeploymentFailedError,
    DeployResult,
    Image,
    InvalidResponseError,
    Release,
)
from ancla.testing import FakeAncla
from tests.clients import client_for, fake_with_app
from tests.documented_calls import APP
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

pytestmark = on_one_python


@pytest.fixture(params=[False, True], ids=["lists name nothing", "lists name images"])
def images_in_lists(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=["slugs", "published", "both"])
def fake(request: pytest.FixtureRequest, images_in_lists: bool) -> Iterator[FakeAncla]:
    with fake_with_app(routes=request.param, images_in_lists=images_in_lists) as server:
        yield server


class Together(AnclaClient):
    """A client that goes on from its deploy when all the others have begun theirs."""

    all_begun: threading.Barrier
    image_id = ""

    def deploy_app(self, org: str, project: str, app: str, **_: Any) -> DeployResult:
        started = super().deploy_app(org, project, app)
        self.image_id = started.image_id
        self.all_begun.wait(20)
        return started


class Outcome:
    """What one of several deploys came to: the records that it was told of, and its own image."""

    def __init__(self, fake: FakeAncla, all_begun: threading.Barrier) -> None:
        self.seen: list[Image | Release | Deployment] = []
        self.error: AnclaError | None = None
        with Together(fake.api_key, fake.url) as client:
            client.all_begun = all_begun
            try:
                self.seen.append(
                    client.deploy_and_wait(*APP, timeout=20, interval=0, on_update=self.seen.append)
                )
            except (BuildFailedError, DeploymentFailedError) as error:
                self.error = error
                assert error.model is not None
                self.seen.append(error.model)
            self.image_id = client.image_id
            self.images_seen = {image_of(client, model) for model in self.seen}


def image_of(client: AnclaClient, model: Image | Release | Deployment) -> str:
    """The id of the image that a release or a deployment goes back to."""
    if isinstance(model, Deployment):
        model = client.get_release(*APP, model.release["id"])
    return model.id if isinstance(model, Image) else str(model.image["id"])


def deploy_at_once(count: int, fake: FakeAncla) -> list[Outcome]:
    all_begun = threading.Barrier(count)
    with ThreadPoolExecutor(count) as threads:
        running = [threads.submit(Outcome, fake, all_begun) for _ in range(count)]
        return [future.result() for future in running]


@pytest.mark.parametrize("count", [2, 8])
def test_each_deploy_returns_its_own_deployment_and_tells_of_nothing_else(
    count: int, fake: FakeAncla
) -> None:
    outcomes = deploy_at_once(count, fake)
    assert all(outcome.images_seen == {outcome.image_id} for outcome in outcomes)
    assert [outcome.error for outcome in outcomes] == [None] * count
    assert len({outcome.seen[-1].id for outcome in outcomes}) == count


@pytest.mark.parametrize("stage", ["build", "release", "deployment"])
def test_a_failure_is_told_to_the_one_whose_it_is(stage: str, fake: FakeAncla) -> None:
    getattr(fake, f"fail_next_{stage}")("first one broke")
    outcomes = deploy_at_once(count := 3, fake)
    assert all(outcome.images_seen == {outcome.image_id} for outcome in outcomes)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    kind = DeploymentFailedError if stage == "deployment" else BuildFailedError
    assert [(type(error), error.detail) for error in errors] == [(kind, "first one broke")]
    done = [outcome.seen[-1] for outcome in outcomes if outcome.error is None]
    assert len({model.id for model in done if isinstance(model, Deployment)}) == count - 1


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ({"id": "r1", "built": True}, "release r1 does not name its source, so the client cannot"),
        *(({"id": it, "image": {"id": "i"}}, "no usable id") for it in ("", "..", "\ud800")),
        ({"image": {"id": "i"}}, "no usable id"),
    ],
    ids=ascii,
)
def test_a_release_that_cannot_be_told_or_asked_for_is_an_error_that_tells_what_was_started(
    release: dict[str, Any], said: str
) -> None:
    def respond(connection: Connection, request: Request) -> None:
        path = request.target.partition("?")[0]
        if request.method == "POST":
            body: Any = {"image_id": "i"}
        elif path.endswith("/images/acme/shop/web/i"):
            body = {"id": "i", "built": True}
        elif path.endswith("/releases/acme/shop/web"):
            body = [release] if any(it.method == "POST" for it in server.requests) else []
        else:
            body = [] if path.endswith("/deployments/acme/shop/web") else release
        connection.send(json_reply(body))

    with ScriptedServer(replies(respond)) as server, client_for(server, routes="slugs") as client:
        with pytest.raises(InvalidResponseError, match=said) as caught:
            client.deploy_and_wait(*APP, timeout=20, interval=0)
    assert "the deploy of 'web' was started" in str(caught.value)
