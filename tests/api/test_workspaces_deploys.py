"""Deploying and waiting on workspaces routes, where nothing links a deployment to its build."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AmbiguousDeployError,
    AnclaClient,
    AnclaError,
    Attempt,
    Deployment,
    DeployResult,
    Image,
    InvalidResponseError,
    NotFoundError,
    Release,
    progress,
)
from ancla.testing import FakeAncla
from tests.clients import Time, client_for, client_of, fake_with_app
from tests.documented_calls import APP
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

Model = Image | Release | Deployment
SERVICE = "/api/v1/workspaces/acme/projects/shop/envs/production/services/web"
IN_DOUBT = (
    "cannot tell which (image|deployment) belongs to this call, "
    "since others deploy 'web' at the same time"
)


@pytest.fixture(params=["auto", "workspaces"])
def routes(request: pytest.FixtureRequest) -> Any:
    return request.param


def deploy(client: AnclaClient, on_update: Callable[[Model], object] | None = None) -> Deployment:
    return client.deploy_and_wait(*APP, timeout=20, interval=0, on_update=on_update)


@contextlib.contextmanager
def responding(responses: dict[str, Callable[[], object]]) -> Iterator[AnclaClient]:
    """A client of a server with these responses by method and path. None is a 404."""

    def respond(connection: Connection, request: Request) -> None:
        response = responses[f"{request.method} {request.target}"]()
        missing = json_reply({"detail": "Not Found"}, 404)
        connection.send(missing if response is None else json_reply(response))

    with ScriptedServer(replies(respond)) as server:
        with client_for(server, routes="workspaces") as client:
            yield client


@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
@pytest.mark.parametrize("pace", ["reads", 0])
def test_each_deploy_comes_back_with_all_that_led_to_it(routes: Any, nulls: Any, pace: Any) -> None:
    with fake_with_app(routes="workspaces", nulls=nulls, pace=pace) as fake:
        with client_of(fake, routes=routes) as client:
            for version in (1, 2):
                seen: list[Model] = []
                deployment = deploy(client, seen.append)
                assert deployment.complete
                *images, last = [it for it in seen if isinstance(it, Image)]
                assert (last.version, last.built) == (version, True)
                assert not any(image.built for image in images)
                assert fake.image_of(deployment.id) == last.id
                assert {it.id for it in seen if isinstance(it, Deployment)} == {deployment.id}


class Slow(AnclaClient):
    """A client for a server that stands still between the polls of our build and our deployment."""

    def __init__(self, fake: FakeAncla) -> None:
        super().__init__(fake.api_key, fake.url, on_attempt=self._advance)
        self.fake = fake

    def _advance(self, attempt: Attempt) -> None:
        if attempt.method == "GET" and re.search("/(builds|deploys)/[^/]+$", attempt.path):
            self.fake.advance()


@pytest.fixture
def slow() -> Iterator[Slow]:
    with fake_with_app(routes="workspaces", pace="manual") as fake:
        with Slow(fake) as client:
            yield client


class Once:
    """Does something when a model of a kind is first seen. Keeps what came of it."""

    def __init__(self, kind: type[Model], act: Callable[..., Any]) -> None:
        self.kind, self.act = kind, act
        self.results: list[Any] = []

    def __call__(self, model: Model) -> None:
        if isinstance(model, self.kind) and not self.results:
            self.results.append(self.act(*APP))


def deploy_earlier(slow: Slow) -> str:
    """The image of somebody's deploy whose build is almost done."""
    earlier = slow.deploy_app(*APP).image_id
    slow.fake.advance()
    return earlier


def test_a_build_that_succeeds_during_ours_puts_each_deployment_in_doubt(slow: Slow) -> None:
    earlier = deploy_earlier(slow)
    with pytest.raises(
        AmbiguousDeployError, match="which deployment belongs to this call"
    ) as caught:
        deploy(slow)
    ours, theirs = (image.id for image in slow.list_images(*APP))
    assert theirs == earlier
    assert caught.value.image_id == ours
    assert caught.value.other_image_ids == (earlier,)
    assert len(caught.value.deployment_ids) == 1


def test_a_rollback_during_our_build_does_not_stand_for_the_deployment_of_a_rival(
    slow: Slow,
) -> None:
    for _ in range(2):
        slow.fake.add_deployment(*APP)
    earlier = deploy_earlier(slow)
    with pytest.raises(AmbiguousDeployError) as caught:
        deploy(slow, Once(Image, slow.rollback_app))
    assert caught.value.other_image_ids == (earlier,)


def test_a_rollback_that_appears_before_our_deployment_is_not_taken_for_it(slow: Slow) -> None:
    for _ in range(2):
        slow.fake.add_deployment(*APP)
    rolled_back: list[str] = []

    def roll_back(model: Model) -> None:
        if isinstance(model, Image) and model.built and not rolled_back:
            rolled_back.append(slow.rollback_app(*APP).deployment_id)

    with pytest.raises(AmbiguousDeployError) as caught:
        deploy(slow, roll_back)
    assert rolled_back[0] in caught.value.deployment_ids
    assert len(caught.value.deployment_ids) == 2


def test_a_build_that_is_running_is_told_before_the_deploy(
    slow: Slow, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = slow.deploy_app(*APP).image_id
    told: list[str] = []

    class Watched(Slow):
        def deploy_app(self, org: str, project: str, app: str, **_: Any) -> DeployResult:
            told.append(capsys.readouterr().err)
            told.extend(record.getMessage() for record in caplog.records)
            return super().deploy_app(org, project, app)

    with Watched(slow.fake) as client, pytest.raises(AmbiguousDeployError):
        deploy(client, progress)
    said = f"a build of 'web' is already running: {earlier}"
    assert said in told[0]
    assert said in told[1:]


def test_what_was_not_begun_is_not_said_to_go_on() -> None:
    with fake_with_app() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.fail_next(202, method="POST", body={"ok": False})
        with pytest.raises(
            InvalidResponseError, match="the deploy of .* did not start: .* ok=False$"
        ):
            client.deploy_and_wait(*APP, interval=0)
        assert fake.requests[-1].method == "POST"
        fake.fail_next(202, method="POST", body={"ok": False})
        with pytest.raises(InvalidResponseError, match="the rollback of .* ok=False$"):
            client.rollback_and_wait(*APP, interval=0)


def test_one_that_began_later_is_not_taken_for_ours(slow: Slow) -> None:
    deployment = deploy(slow, Once(Deployment, slow.deploy_app))
    assert slow.fake.image_of(deployment.id) == slow.list_images(*APP)[1].id


def test_a_deployment_that_appears_beside_the_one_that_is_waited_for_puts_it_in_doubt(
    slow: Slow,
) -> None:
    for _ in range(2):
        slow.fake.add_deployment(*APP)
    rollback = Once(Deployment, slow.rollback_app)
    with pytest.raises(AmbiguousDeployError, match="which deployment belongs") as caught:
        deploy(slow, rollback)
    assert len(caught.value.deployment_ids) == 2
    assert rollback.results[0].deployment_id in caught.value.deployment_ids


def test_a_rollback_meanwhile_is_not_ours(slow: Slow) -> None:
    for _ in range(2):
        slow.fake.add_deployment(*APP)
    rollback = Once(Image, slow.rollback_app)
    deployment = deploy(slow, rollback)
    assert slow.fake.image_of(deployment.id) == slow.list_images(*APP)[0].id
    assert deployment.id != rollback.results[0].deployment_id


@pytest.mark.parametrize(
    "meddle",
    [
        lambda c: c.deploy_app(*APP),
        lambda c: c.build_image(*APP),
        lambda c: [c.deploy_app(*APP) for _ in range(25)],
    ],
)
def test_where_others_are_built_at_the_same_time_it_is_no_guess(
    fake: FakeAncla, meddle: Callable[[AnclaClient], object]
) -> None:
    class Second(AnclaClient):
        def deploy_app(self, org: str, project: str, app: str, **_: Any) -> Any:
            with client_of(fake) as other:
                meddle(other)
            return super().deploy_app(org, project, app)

    with Second(fake.api_key, fake.url) as client:
        with pytest.raises(AmbiguousDeployError, match=IN_DOUBT):
            deploy(client)


def test_a_rollback_between_the_first_look_and_our_request_is_not_ours() -> None:
    with FakeAncla(pace="manual", late_deployments=True) as fake:
        for _ in range(2):
            fake.add_deployment(*APP)

        class Second(Slow):
            """Somebody rolls back just before our deploy. Our build ends before our first poll."""

            def deploy_app(self, org: str, project: str, app: str, **_: Any) -> DeployResult:
                self.rollback_app(org, project, app)
                started = super().deploy_app(org, project, app)
                fake.advance(2)
                return started

        with Second(fake) as client:
            deployment = deploy(client)
            assert fake.image_of(deployment.id) == client.list_images(*APP)[0].id


CREATED = [
    ("2026-03-01T10:00:05Z", "2026-03-01T10:00:04Z", True),
    ("2026-03-01T10:00:05.500000+00:00", "2026-03-01T10:00:05.499999+00:00", True),
    ("2026-03-01T10:00:05+00:00", "2026-03-01T12:00:04+02:00", True),
    ("2026-03-01T10:00:05", "2026-03-01T10:00:04", True),
    ("2026-03-01T10:00:05Z", "2026-03-01T10:00:05Z", False),
    ("2026-03-01T10:00:05Z", "2026-03-01T10:00:06Z", False),
    ("2026-03-01T10:00:05.5Z", "2026-03-01T10:00:05Z", False),  # The fraction may be cut off.
    ("2026-03-01T12:00:05+02:00", "2026-03-01T10:00:06Z", False),
    ("2026-03-01T10:00:05Z", "2026-03-01T10:00:04", False),  # Which time zone is that?
    ("2026-03-01T10:00:05Z", "yesterday", False),
    ("2026-03-01T10:00:05Z", None, False),
    (None, "2026-03-01T10:00:04Z", False),
]


@pytest.mark.parametrize(("ours", "theirs", "is_foreign"), CREATED)
def test_a_deployment_is_foreign_if_the_server_created_it_before_our_build(
    ours: str | None, theirs: str | None, is_foreign: bool
) -> None:
    """The rollback is listed once our build has finished, and our deployment after that."""
    build = {"id": "b", "version": 1, "built": True, "created": ours}
    rollback = {"id": "rollback", "complete": True, "created": theirs}
    deployment = {"id": "ours", "complete": True}
    lists: list[list[object]] = [[], [rollback], [rollback], [rollback, deployment]]
    responses: dict[str, Callable[[], object]] = {
        f"POST {SERVICE}/deploy": lambda: {"build_id": "b"},
        f"GET {SERVICE}/builds": lambda: {"items": [build]},
        f"GET {SERVICE}/builds/1": lambda: build,
        f"GET {SERVICE}/deploys": lambda: lists.pop(0) if len(lists) > 1 else lists[0],
        f"GET {SERVICE}/deploys/rollback": lambda: rollback,
        f"GET {SERVICE}/deploys/ours": lambda: deployment,
    }
    with responding(responses) as client:
        if is_foreign:
            assert deploy(client).id == "ours"
        else:
            with pytest.raises(AmbiguousDeployError) as caught:
                deploy(client)
            assert caught.value.deployment_ids == ("rollback", "ours")


@pytest.mark.parametrize("name", ["deploy_id", "deployment_id"])
def test_a_deployment_that_the_response_names_is_ours(fake: FakeAncla, name: str) -> None:
    """Whatever others do meanwhile. The build is waited for first."""
    with client_of(fake) as client:
        image_id = client.deploy_app(*APP).image_id
        while not client.list_deployments(*APP):
            pass
        ours = client.list_deployments(*APP)[0].id
        client.deploy_app(*APP)
        fake.fail_next(202, method="POST", body={"build_id": image_id, name: ours})
        fake.clear_requests()
        seen: list[Model] = []
        assert deploy(client, seen.append).id == ours
        fake.fail_next(202, method="POST", body={"build_id": image_id, name: ours})
        assert client.deploy_app(*APP).deployment_id == ours
    assert [type(model) for model in seen] == [Image, Deployment]


@pytest.mark.parametrize("interval", [3, 100])
@pytest.mark.parametrize("build_after", [0, 29, 31])
@pytest.mark.parametrize("deployment_after", [0, 29, 31])
def test_a_record_that_the_server_has_just_named_is_waited_for(
    build_after: int, deployment_after: int, interval: float
) -> None:
    """For 30 seconds at most. Those of a deployment begin with the end of its build."""
    time = Time()
    begun: list[float] = []

    def build() -> dict[str, object] | None:
        built = time.now >= begun[0] + build_after + 500
        return {"id": "b", "built": built} if time.now >= begun[0] + build_after else None

    def deployment() -> dict[str, object] | None:
        begun.append(time.now)  # The build has just been seen to have ended.
        return {"id": "d", "complete": True} if time.now >= begun[1] + deployment_after else None

    def deploy_() -> object:
        begun.append(time.now)
        return {"build_id": "b", "deploy_id": "d"}

    responses: dict[str, Callable[[], object]] = {
        f"POST {SERVICE}/deploy": deploy_,
        f"GET {SERVICE}/builds": lambda: {"items": [{"id": "b", "version": 1}][: len(begun)]},
        f"GET {SERVICE}/builds/1": build,
        f"GET {SERVICE}/deploys": lambda: [],
        f"GET {SERVICE}/deploys/d": deployment,
    }
    with responding(responses) as client:
        time.of(client)
        if max(build_after, deployment_after) < 30:
            assert client.deploy_and_wait(*APP, timeout=None, interval=interval).complete
        else:
            with pytest.raises(NotFoundError, match="was started and may still be running"):
                client.deploy_and_wait(*APP, timeout=None, interval=interval)
            assert time.now == 30 + (begun[0] if build_after > 30 else begun[1])


@pytest.mark.parametrize("after", [0, 29, 31])
@pytest.mark.parametrize("missing", ["in the list", "itself"])
def test_a_build_that_alone_was_named_is_waited_for(missing: str, after: int) -> None:
    """Until it exists, for 30 seconds at most; the deployment is found in the list."""
    time = Time()
    begun: list[float] = []

    def exists() -> bool:
        return bool(begun) and time.now >= begun[0] + after

    def listed() -> object:
        build = {"id": "b", "version": 1}
        return {"items": [build] if exists() or (begun and missing == "itself") else []}

    def deploy_() -> object:
        begun.append(time.now)
        return {"build_id": "b", "version": 1}

    deployment = {"id": "d", "complete": True}
    responses: dict[str, Callable[[], object]] = {
        f"POST {SERVICE}/deploy": deploy_,
        f"GET {SERVICE}/builds": listed,
        f"GET {SERVICE}/builds/1": lambda: {"id": "b", "built": True} if exists() else None,
        f"GET {SERVICE}/deploys": lambda: [deployment] if exists() else [],
        f"GET {SERVICE}/deploys/d": lambda: deployment,
    }
    with responding(responses) as client:
        time.of(client)
        if after < 30:
            assert client.deploy_and_wait(*APP, timeout=None).id == "d"
        else:
            with pytest.raises(NotFoundError, match="was started and may still be running"):
                client.deploy_and_wait(*APP, timeout=None)
            assert time.now == begun[0] + 30


@pytest.mark.parametrize("identifier", ["", None, "x"])
def test_an_id_alone_names_no_deployment(fake: FakeAncla, identifier: str | None) -> None:
    with client_of(fake) as client:
        image_id = client.deploy_app(*APP).image_id
        fake.fail_next(202, method="POST", body={"build_id": image_id, "id": identifier})
        assert client.deploy_app(*APP).deployment_id == ""


def test_a_field_that_a_result_lacks_may_have_any_type(fake: FakeAncla) -> None:
    with client_of(fake) as client:
        fake.fail_next(202, method="POST", body={"deploy_id": "d", "image_id": ["x"]})
        result = client.rollback_app(*APP)
    assert (result.deployment_id, result.model_extra) == ("d", {"image_id": ["x"]})


def test_where_no_build_is_named_any_other_one_is_a_rival(slow: Slow) -> None:
    slow.fake.nulls = "always"
    with pytest.raises(AmbiguousDeployError, match="which image belongs to this call"):
        deploy(slow, Once(Image, slow.deploy_app))
    while slow.fake.advance():
        pass
    slow.build_image(*APP)  # this is known to be none of ours
    with pytest.raises(AmbiguousDeployError, match="which deployment belongs to this call"):
        deploy(slow)


def test_of_two_new_builds_none_is_taken_for_ours(fake: FakeAncla) -> None:
    fake.nulls = "always"

    class Second(AnclaClient):
        def deploy_app(self, org: str, project: str, app: str, **_: Any) -> Any:
            super().deploy_app(org, project, app)
            return super().deploy_app(org, project, app)

    with Second(fake.api_key, fake.url) as client:
        with pytest.raises(AmbiguousDeployError, match="which image belongs to this call"):
            deploy(client)


@pytest.mark.parametrize("before", [0, 1])
def test_builds_without_ids_are_the_servers_fault(fake: FakeAncla, before: int) -> None:
    fake.nulls = "always"
    build = {"id": None, "version": None}
    fake.delay_next(0.0)
    fake.fail_next(200, body={"items": [build] * before})
    fake.delay_next(0.0)
    fake.fail_next(200, body={"items": [build] * (before + 1)})
    with client_of(fake, routes="workspaces") as client:
        with pytest.raises(InvalidResponseError, match="was started"):
            client.deploy_and_wait(*APP, timeout=0, interval=0)


@pytest.mark.parametrize("version", ["2", [2], None, {}])
def test_builds_whose_versions_are_no_numbers_are_the_servers_fault(
    fake: FakeAncla, version: object
) -> None:
    builds = [{"id": "a", "version": version}, {"id": "b", "version": 1}]
    with client_of(fake, routes="workspaces") as client:
        fake.delay_next(0.0)
        fake.fail_next(200, body={"items": builds})
        if version is None:  # which is the same as none that is told
            assert deploy(client).complete
        else:
            with pytest.raises(InvalidResponseError, match="version: expected int"):
                deploy(client)


def test_a_failure_of_a_build_that_may_be_anothers_is_not_told_as_ours(slow: Slow) -> None:
    slow.fake.nulls = "always"  # no response names the build that it began

    class Late(Slow):
        """Its deploy is listed behind another one, which fails."""

        def deploy_app(self, org: str, project: str, app: str, **_: Any) -> DeployResult:
            slow.fake.fail_next_build("theirs")
            return slow.deploy_app(org, project, app)

    def begin_ours(model: Model) -> None:
        if len(slow.list_images(*APP)) < 2:
            slow.deploy_app(*APP)

    with (
        Late(slow.fake) as client,
        pytest.raises(AmbiguousDeployError, match="image belongs to this call"),
    ):
        deploy(client, begin_ours)


def test_one_whose_build_failed_is_no_rival(fake: FakeAncla) -> None:
    fake.fail_next_build("theirs")
    with client_of(fake) as other:
        other.deploy_app(*APP)
    with client_of(fake) as client:
        assert deploy(client).complete


@on_one_python
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
def test_a_poll_costs_the_same_however_long_the_history(nulls: Any) -> None:
    counts = []
    for history in (0, 3000):
        with fake_with_app(routes="workspaces", nulls=nulls) as fake:
            for _ in range(history):
                fake.add_deployment(*APP)
            with client_of(fake) as client:
                assert deploy(client).complete
            counts.append(len(fake.requests))
    fresh, old = counts
    assert old <= 1.5 * fresh


def test_builds_that_begin_with_the_oldest_are_read_to_the_newest(fake: FakeAncla) -> None:
    with client_of(fake, routes="workspaces") as client:
        first = [{"id": str(version), "version": version} for version in range(1, 21)]
        fake.delay_next(0.0)
        fake.fail_next(200, body={"items": first})
        fake.fail_next(200, body={"items": [{"id": "21", "version": 21}]})
        fake.fail_next(500)
        with pytest.raises(AnclaError):
            deploy(client)
        assert [request.query for request in fake.requests][:3] == ["", "", "page=2&per_page=20"]


class Chaos(AnclaClient):
    """A client whose server moves on, and is used by others, at random after each request."""

    def __init__(self, fake: FakeAncla, seed: int) -> None:
        super().__init__(fake.api_key, fake.url, on_attempt=self._go_on)
        self.fake = fake
        self.rival = client_of(fake)
        self.random = random.Random(seed)
        self.ours = ""

    def _go_on(self, attempt: Attempt) -> None:
        if attempt.method == "POST":
            is_rollback = "rollback" in attempt.path
            newest = (self.rival.list_deployments if is_rollback else self.rival.list_images)(*APP)
            self.ours = newest[0].id
        chosen = self.random.random()
        if chosen < 0.06:
            self.rival.deploy_app(*APP)
        elif chosen < 0.12:
            self.rival.rollback_app(*APP)
        elif chosen < 0.8:
            self.fake.advance()


@on_one_python
@pytest.mark.parametrize("nulls", ["unset", "always"])
@pytest.mark.parametrize("trigger", ["deploy", "rollback"])
def test_whatever_others_do_the_deployment_is_ours_or_an_error(trigger: str, nulls: Any) -> None:
    outcomes: list[str] = []
    for seed in range(40):
        with FakeAncla(pace="manual", nulls=nulls) as fake:
            for _ in range(2):
                fake.add_deployment(*APP)
            with Chaos(fake, seed) as client, client.rival:
                wait = getattr(client, f"{trigger}_and_wait")
                try:
                    found = wait(*APP, timeout=20, interval=0)
                except AmbiguousDeployError:
                    outcomes.append("in doubt")
                else:
                    is_ours = client.ours in (found.id, fake.image_of(found.id))
                    outcomes.append("ours" if is_ours else f"somebody else's with seed {seed}")
    assert set(outcomes) <= {"ours", "in doubt"}
    assert outcomes.count("ours") > 5
