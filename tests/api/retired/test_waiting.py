"""Waits on retired route sets, which read more records than those of today's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import BuildFailedError, DeploymentFailedError, Release, WaitTimeoutError
from ancla.testing import FakeAncla
from tests.api.test_on_log import waiting_client
from tests.api.test_pages import assert_wait_ends_between_pages
from tests.api.test_waiting import assert_restarts_are_survived
from tests.clients import Time, client_for, client_of
from tests.documented_calls import APP
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

pytestmark = on_one_python


@pytest.mark.parametrize(
    ("routes", "name"),
    [
        ("published", "deploy_and_wait"),
        ("published", "wait_for_deployment"),
        ("slugs", "deploy_and_wait"),
    ],
)
def test_a_wait_ends_in_time_between_the_pages_of_a_list(routes: str, name: str) -> None:
    assert_wait_ends_between_pages(name, routes)


@pytest.fixture(params=["slugs", "published", "both"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeAncla]:
    with FakeAncla(routes=request.param) as server:
        server.add_app(*APP)
        yield server


def test_every_stage_is_handed_to_on_update(fake: FakeAncla) -> None:
    kinds: dict[str, None] = {}
    with Time().of(client_of(fake)) as client:
        first = client.deploy_and_wait(
            *APP, on_update=lambda model: kinds.setdefault(type(model).__name__)
        )
        second = client.deploy_and_wait(*APP)
        assert list(kinds) == ["Image", "Release", "Deployment"]
        assert [it.id for it in client.list_deployments(*APP)] == [second.id, first.id]


@pytest.mark.parametrize(
    ("stage", "error_class"),
    [
        ("build", BuildFailedError),
        ("release", BuildFailedError),
        ("deployment", DeploymentFailedError),
    ],
)
def test_a_failure_raises_at_once_with_the_reason(
    fake: FakeAncla, stage: str, error_class: type[Any]
) -> None:
    getattr(fake, f"fail_next_{stage}")("it broke")
    with Time().of(client_of(fake)) as client:
        with pytest.raises(error_class, match=f"{stage}.* failed: it broke$") as caught:
            client.deploy_and_wait(*APP)
        assert caught.value.model.id in str(caught.value)
        assert (client.list_deployments(*APP) == []) is (stage != "deployment")


def test_a_server_that_restarts_and_fails_in_the_middle_is_survived(fake: FakeAncla) -> None:
    assert_restarts_are_survived(fake)


def test_release_and_deployment_can_be_waited_for_one_by_one() -> None:
    with FakeAncla(routes="published") as fake, Time().of(client_of(fake)) as client:
        fake.add_app(*APP)
        build = client.build_image(*APP)
        assert client.wait_for_image(*APP, build.image_id).built
        created = client.create_release(*APP, build.image_id)
        assert client.wait_for_release(*APP, created.release_id).built
        started = client.deploy_release(*APP, created.release_id)
        deployment = client.wait_for_deployment(*APP, started.deployment_id)
        assert deployment.complete


class Platform:
    """A server that responds by path: with each response of a list in turn, then with the last."""

    def __init__(self, paths: dict[str, list[Any]]) -> None:
        self._paths = paths

    def __call__(self, connection: Connection, request: Request) -> None:
        found = self._paths[f"{request.method} {request.target.removeprefix('/api/v1')}"]
        connection.send(json_reply(found.pop(0) if len(found) > 1 else found[0]))


def test_a_release_that_leads_to_no_deployment_is_the_last_state_of_the_timeout() -> None:
    ours = {"id": "ours", "image": {"id": "our image"}}
    platform = Platform(
        {
            "POST /applications/acme/shop/web/deploy": [{"image_id": "our image"}],
            "GET /images/acme/shop/web/our%20image": [{"id": "our image", "built": True}],
            "GET /deployments/acme/shop/web": [[]],
            "GET /releases/acme/shop/web": [[], [ours]],
            "GET /releases/acme/shop/web/ours": [{**ours, "built": True}],
        }
    )
    with (
        ScriptedServer(replies(platform)) as server,
        Time().of(client_for(server, routes="slugs")) as client,
    ):
        with pytest.raises(WaitTimeoutError) as caught:
            client.deploy_and_wait(*APP)
    assert isinstance(caught.value.model, Release)


def test_a_wait_ends_in_time_among_the_many_records_of_others() -> None:
    """Each of them is asked what it was made from."""
    time = Time()
    others = [{"id": f"r{number}"} for number in range(1000)]

    def respond(connection: Connection, request: Request) -> None:
        time.now += 1
        path = request.target.partition("?")[0].removeprefix("/api/v1")
        body: Any = {"id": path.rpartition("/")[2], "image": {"id": "another"}}
        if request.method == "POST":
            body = {"image_id": "ours"}
        elif path.endswith("/ours"):
            body = {"id": "ours", "built": True}
        elif path == "/deployments/acme/shop/web":
            body = []
        elif path == "/releases/acme/shop/web":
            has_started = any(each.method == "POST" for each in server.requests)
            body = others if has_started else []
        connection.send(json_reply(body))

    with ScriptedServer(replies(respond)) as server:
        with time.of(client_for(server, routes="slugs")) as client:
            with pytest.raises(WaitTimeoutError, match="30 s"):
                client.deploy_and_wait(*APP, timeout=30)
    assert 25 <= len(server.requests) <= 31


@pytest.mark.parametrize("routes", ["published", "both"])
def test_on_log_gets_both_logs(routes: Any) -> None:
    pieces: list[str] = []
    with FakeAncla(routes=routes, pace="manual") as fake:
        fake.add_app(*APP)
        with waiting_client(fake) as client:
            deployment = client.deploy_and_wait(*APP, on_log=pieces.append)
            image_id = fake.image_of(deployment.id)
            logs = [client.get_image_log(*APP, image_id)]
            logs += [client.get_deployment_log(*APP, deployment.id)]  # type: ignore[list-item]  # two kinds
    assert "".join(pieces) == "".join(log.log_text or "" for log in logs)
