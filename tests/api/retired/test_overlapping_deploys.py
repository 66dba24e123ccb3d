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
from tests.servers import Connection, Request, ScriptedServer, json_reply

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


class Pipeline:
    """A server of slug routes where others made `history` releases and deployments before.

    Ours moves on with each look at it. newest_first, per_page, named: how the lists are.
    foreign: how many releases and deployments of others come, and fail, a poll before ours.
    without: what is not told, of "image" and "release" (the links).
    """

    def __init__(
        self,
        history: int = 0,
        *,
        newest_first: bool = True,
        per_page: int | None = None,
        named: bool = False,
        foreign: int = 0,
        without: str = "",
    ) -> None:
        self.newest_first = newest_first
        self.per_page = per_page
        self.named = named
        self.foreign = foreign
        self.without = without
        self.looks = 0
        self.late: list[tuple[list[dict[str, Any]], dict[str, Any]]] = []
        self.releases = [self._record("release", n) for n in range(history)]
        self.deployments = [self._record("deployment", n) for n in range(history)]

    def _record(self, kind: str, number: int, **fields: Any) -> dict[str, Any]:
        source, image_id = fields.pop("source", f"old-{number}"), f"old-{number}"
        link = {"image": {"id": image_id}} if kind == "release" else {"release": {"id": source}}
        if self.without == next(iter(link)):
            link = {}
        created = f"2026-01-01T00:00:00.{number:06}Z"
        state = {"built": True, "complete": True, "error": False}
        return {"id": f"{kind}-{number}", "created": created, **state, **link, **fields}

    def _grow(self, kind: str, ours: str, source: dict[str, Any]) -> None:
        """The records of others, then ours, as the newest."""
        records = self.releases if kind == "release" else self.deployments
        for _ in range(self.foreign):
            failed = {"built": False, "complete": False, "error": True}
            records.append(self._record(kind, len(records), **failed))
        link = {} if self.without == next(iter(source)) else source
        mine = self._record(kind, len(records), built=False, complete=False)
        mine.pop(next(iter(source)), None)
        self.late.append((records, {**mine, **link, "id": ours}))

    def __call__(self, connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            method, path = request.method, request.target.removeprefix("/api/v1")
            connection.send(self._response_to(request, f"{method} {path.partition('?')[0]}"))

    def _response_to(self, request: Request, asked: str) -> bytes:
        if asked == "POST /applications/acme/shop/web/deploy":
            return json_reply({"image_id": "our-image"})
        if asked == "GET /applications/acme/shop/web":
            return json_reply({"id": "a1", "name": "web", "slug": "web"})
        if asked == "GET /images/acme/shop/web/our-image":
            built = self._moves_on(3)
            if built:
                self._grow("release", "our-release", {"image": {"id": "our-image"}})
            return json_reply({"id": "our-image", "built": built})
        if asked == "GET /releases/acme/shop/web":
            return self._list(request, self.releases, "image")
        if asked == "GET /deployments/acme/shop/web":
            return self._list(request, self.deployments, "release")
        for kind, records in (("release", self.releases), ("deployment", self.deployments)):
            if asked.startswith(f"GET /{kind}s/"):
                found = [record for record in records if f"/{record['id']}" in asked]
                if found:
                    return json_reply(self._single(found[-1]))
        return json_reply({"detail": "Not Found"}, 404)

    def _single(self, record: dict[str, Any]) -> dict[str, Any]:
        if record["id"] == "our-release" and self._moves_on(3):
            record["built"] = True
            self._grow("deployment", "our-deployment", {"release": {"id": "our-release"}})
        if record["id"] == "our-deployment" and self._moves_on(3):
            record["complete"] = True
        return record

    def _moves_on(self, looks: int) -> bool:
        self.looks += 1
        return self.looks % looks == 0

    def _list(self, request: Request, records: list[dict[str, Any]], link: str) -> bytes:
        shown = records[::-1] if self.newest_first else list(records)
        records += [record for grown, record in self.late if grown is records]
        self.late = [(grown, record) for grown, record in self.late if grown is not records]
        if not self.named:
            shown = [{name: record[name] for name in record if name != link} for record in shown]
        if self.per_page is None:
            return json_reply(shown)
        query = dict(
            pair.split("=") for pair in request.target.partition("?")[2].split("&") if pair
        )
        page, size = int(query.get("page", 1)), int(query.get("per_page", self.per_page))
        pagination = {"page": page, "per_page": size, "total": len(shown)}
        pagination["total_pages"] = -(-len(shown) // size)
        return json_reply({"items": shown[(page - 1) * size :][:size], "pagination": pagination})


def deploy(pipeline: Pipeline) -> tuple[Deployment, list[str], list[str]]:
    """The deployment, the ids that `on_update` was given, and the requests."""
    seen: list[str] = []
    with ScriptedServer(pipeline) as server, client_for(server, routes="slugs") as client:
        deployment = client.deploy_and_wait(
            *APP, timeout=20, interval=0, on_update=lambda model: seen.append(model.id)
        )
        return deployment, seen, [request.target for request in server.requests]


OURS = ["our-image", "our-image", "our-release", "our-release", "our-deployment", "our-deployment"]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("per_page", [None, 5])
@pytest.mark.parametrize("named", [False, True])
def test_what_others_deploy_meanwhile_is_read_once(
    named: bool, per_page: int | None, newest_first: bool
) -> None:
    pipeline = Pipeline(12, per_page=per_page, newest_first=newest_first, named=named, foreign=12)
    deployment, seen, requests = deploy(pipeline)
    assert (deployment.id, seen) == ("our-deployment", OURS)
    single = [target for target in requests if "/release-" in target or "/deployment-" in target]
    assert len(single) == len(set(single)) == (0 if named else 24)
    assert not any("-11" in target for target in single)


@pytest.mark.parametrize(
    ("without", "kind"),
    [("image", "release"), ("release", "deployment")],
)
def test_a_server_that_offers_no_way_to_tell_is_an_error_that_says_so(
    without: str, kind: str
) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        deploy(Pipeline(3, foreign=1, without=without))
    said = f"{kind} {kind}-3 does not name its source, so the client cannot tell its own {kind}"
    assert said in str(caught.value)
    assert "(the deploy of 'web' was started and may still be running on the server)" in str(
        caught.value
    )


@pytest.mark.parametrize("identifier", [None, "", "..", "\ud800"], ids=ascii)
@pytest.mark.parametrize("stage", ["image", "release", "deployment"])
def test_an_id_that_cannot_be_asked_for_is_an_error_that_tells_what_was_started(
    stage: str, identifier: str | None
) -> None:
    class Nameless(Pipeline):
        def _response_to(self, request: Request, asked: str) -> bytes:
            if asked.startswith("POST") and stage == "image":
                return json_reply({"image_id": identifier} if identifier is not None else {})
            return super()._response_to(request, asked)

        def _record(self, kind: str, number: int, **fields: Any) -> dict[str, Any]:
            record = super()._record(kind, number, **fields)
            return {**record, "id": identifier or ""} if kind == stage else record

    with pytest.raises(InvalidResponseError, match="returned no usable id") as caught:
        deploy(Nameless(foreign=1))
    assert "the deploy of 'web' was started" in str(caught.value)
