"""Waits on retired route sets, which read more records than those of today's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import WaitTimeoutError
from ancla.testing import FakeAncla
from tests.api.test_on_log import waiting_client
from tests.api.test_pages import assert_wait_ends_between_pages
from tests.api.test_waiting import assert_restarts_are_survived
from tests.clients import Time, client_for, fake_with_app
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
    with fake_with_app(routes=request.param) as server:
        yield server


def test_a_server_that_restarts_and_fails_in_the_middle_is_survived(fake: FakeAncla) -> None:
    assert_restarts_are_survived(fake)


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
    with fake_with_app(routes=routes, pace="manual") as fake:
        with waiting_client(fake) as client:
            deployment = client.deploy_and_wait(*APP, on_log=pieces.append)
            image_id = fake.image_of(deployment.id)
            logs = [client.get_image_log(*APP, image_id)]
            logs += [client.get_deployment_log(*APP, deployment.id)]  # type: ignore[list-item]  # two kinds
    assert "".join(pieces) == "".join(log.log_text or "" for log in logs)
