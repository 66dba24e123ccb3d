"""The command line waits: what it says meanwhile, and what it makes of odd answers."""

from __future__ import annotations

import time
from typing import Any, Literal

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla

from .clients import KEY
from .command_line import Outcome, finish, run, start
from .servers import Connection, Request, ScriptedServer, answers, json_answer

APP = "acme/shop/web"
APP_RECORD = {"id": "a1", "name": "web", "slug": "web"}
TRIGGERS = {
    f"apps deploy {APP} --wait": ("image_id", "the deploy of 'web'"),
    f"images build {APP} --wait": ("image_id", "the build"),
    f"releases create {APP} i1 --wait": ("release_id", "the release"),
    f"releases deploy {APP} r1 --wait": ("deployment_id", "the deployment"),
}


def run_against(trigger_answer: object, words: str) -> Outcome:
    """A command against a server whose app has one image and one release, and this trigger."""

    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        reads: dict[str, Any] = {
            "/applications/acme/shop/web": APP_RECORD,
            "/releases/a1": [],
            "/applications/a1/deployments": [],
            "/images/a1": [{"id": "i1", "version": 1, "built": True, "application_id": "a1"}],
            "/releases/r1/detail": {"id": "r1", "application_id": "a1"},
        }
        if request.method == "POST" and "/acme/" not in path:
            connection.send(json_answer(trigger_answer))
        elif path in reads:
            connection.send(json_answer(reads[path]))
        else:
            connection.send(json_answer({"detail": "Not Found"}, 404))

    with ScriptedServer(answers(respond)) as server:
        return run(*words.split(), ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)


@pytest.mark.parametrize("identifier", [None, "", "..", "\ud800"], ids=ascii)
@pytest.mark.parametrize("words", TRIGGERS)
def test_an_id_that_cannot_be_asked_for_is_told_after_what_was_started(
    words: str, identifier: str | None
) -> None:
    field, what = TRIGGERS[words]
    outcome = run_against({} if identifier is None else {field: identifier}, words)
    assert (outcome.status, outcome.out) == (1, "")
    said = f"{what} was started, but the server told no usable id for it"
    assert said in outcome.err


@pytest.mark.parametrize("words", TRIGGERS)
def test_what_the_server_did_not_begin_is_not_waited_for(words: str) -> None:
    field, what = TRIGGERS[words]
    outcome = run_against({field: KEY, "ok": False}, words)
    assert (outcome.status, outcome.out) == (1, "")
    assert f"{what} was not begun: the server answered ok=False" in outcome.err
    assert KEY not in outcome.err


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_of_deploys_that_overlap_each_ends_as_its_own_does(
    routes: Literal["slugs", "published"],
) -> None:
    with FakeAncla(routes=routes, pace="manual") as fake:
        fake.add_app("acme", "shop", "web")
        fake.fail_next_deployment("first one broke")
        words = ("apps", "deploy", APP, "--wait", "--json", "--interval", "0.02")
        processes = [start(*words, fake=fake) for _ in range(3)]
        while sum(request.status == 201 for request in fake.requests) < 3:
            assert all(process.poll() is None for process in processes)
            time.sleep(0.01)
        while fake.advance():
            time.sleep(0.01)
        outcomes = sorted(map(finish, processes), key=lambda outcome: outcome.status)
        assert [outcome.status for outcome in outcomes] == [0, 0, 3]
        assert "first one broke" in outcomes[2].err
        with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
            failed, *good = client.list_deployments("acme", "shop", "web")[::-1]
        assert failed.error
        assert {outcome.document["id"] for outcome in outcomes[:2]} == {item.id for item in good}


@pytest.mark.parametrize("extra", ["x", 1, ["x"], {"status": "new"}, None], ids=repr)
def test_a_status_with_more_than_is_known_is_shown(extra: object) -> None:
    with FakeAncla(routes="published", extra_fields={"newer": extra, "stage": extra}) as fake:
        fake.add_app("acme", "shop", "web")
        assert run("images", "build", APP, "--wait", "--interval", "0.001", fake=fake).status == 0
        outcome = run("apps", "status", APP, fake=fake)
    assert (outcome.status, outcome.err) == (0, "")
    assert [line.split()[:2] for line in outcome.out.splitlines()[1:]] == [
        ["build", "1"],
        ["release", "-"],
        ["deploy", "-"],
    ]
