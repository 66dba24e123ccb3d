"""The command line waits: what it prints meanwhile, and how it treats odd responses."""

from __future__ import annotations

import time
from typing import Any, Literal

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.cli.command_line import Outcome, finish, run, start
from tests.clients import KEY
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

APP = "acme/shop/web"
APP_RECORD = {"id": "a1", "name": "web", "slug": "web"}
TRIGGERS = {
    f"apps deploy {APP} --wait": ("image_id", "the deploy of 'web'"),
    f"images build {APP} --wait": ("image_id", "the build"),
}


def run_against(trigger_response: object, words: str) -> Outcome:
    """A command against a server whose app has one image and one release, and this trigger."""

    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        reads: dict[str, Any] = {
            "/organizations": [{"name": "Acme", "slug": "acme"}],
            "/projects": [],
            "/applications/acme/shop/web": APP_RECORD,
            "/releases/a1": [],
            "/applications/a1/deployments": [],
            "/images/a1": [{"id": "i1", "version": 1, "built": True, "application_id": "a1"}],
            "/releases/r1/detail": {"id": "r1", "application_id": "a1"},
        }
        if request.method == "POST" and "/acme/" not in path:
            connection.send(json_reply(trigger_response))
        elif path in reads:
            connection.send(json_reply(reads[path]))
        else:
            connection.send(json_reply({"detail": "Not Found"}, 404))

    with ScriptedServer(replies(respond)) as server:
        return run(*words.split(), ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)


@pytest.mark.parametrize("identifier", [None, "", "..", "\ud800"], ids=ascii)
@pytest.mark.parametrize("words", TRIGGERS)
def test_an_id_that_cannot_be_asked_for_is_told_after_what_was_started(
    words: str, identifier: str | None
) -> None:
    field, what = TRIGGERS[words]
    outcome = run_against({} if identifier is None else {field: identifier}, words)
    assert (outcome.status, outcome.out) == (1, "")
    said = f"{what} was started, but the server returned no usable id for it"
    assert said in outcome.err


@pytest.mark.parametrize("words", TRIGGERS)
def test_what_the_server_did_not_begin_is_not_waited_for(words: str) -> None:
    field, what = TRIGGERS[words]
    outcome = run_against({field: KEY, "ok": False}, words)
    assert (outcome.status, outcome.out) == (1, "")
    assert f"{what} did not start: the server returned ok=False" in outcome.err
    assert KEY not in outcome.err


@on_one_python
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


FOLLOWED = ["apps deploy", "images build"]
SLOWLY = ("--interval", "0.01", "-f")


@pytest.mark.parametrize("routes", ["published", "workspaces"])
@pytest.mark.parametrize("words", FOLLOWED)
def test_following_waits_and_prints_the_logs_once(words: str, routes: Any) -> None:
    with FakeAncla(routes=routes, pace="reads") as fake:
        fake.add_app("acme", "shop", "web")
        outcome = run(*words.split(), APP, *SLOWLY, fake=fake)
        list_them = run("images", "list", APP, "--json", fake=fake)
        image = list_them.document[0]["id"]
        log = run("images", "log", APP, image, fake=fake).out

    assert outcome.status == 0, outcome.err
    assert log.strip() and outcome.out.count(log) == 1
    assert outcome.out.count(log.splitlines()[0]) == 1
    assert "build 1: built" in outcome.err
    if words == "apps deploy":
        assert "deployment: complete" in outcome.err
        assert outcome.out.index(log) < outcome.out.index("complete")


def test_the_log_of_what_fails_is_printed_to_its_end() -> None:
    with FakeAncla(routes="published", pace="reads") as fake:
        fake.add_app("acme", "shop", "web")
        fake.fail_next_build("no Procfile")
        outcome = run("apps", "deploy", APP, *SLOWLY, fake=fake)
        image = run("images", "list", APP, "--json", fake=fake).document[0]["id"]
        log = run("images", "log", APP, image, fake=fake).out

    assert outcome.status == 3
    assert outcome.out == log != ""
    assert "no Procfile" in outcome.err.splitlines()[-1]


def test_json_is_one_document_when_a_deploy_is_followed() -> None:
    with FakeAncla(routes="published", pace="reads") as fake:
        fake.add_app("acme", "shop", "web")
        outcome = run("apps", "deploy", APP, *SLOWLY, "--json", fake=fake)

    assert outcome.document["complete"] is True


def test_a_log_that_cannot_be_read_for_a_while_is_printed_later() -> None:
    looks: list[int] = []

    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        if path.endswith("/log"):
            looks.append(request.number)
            if len(looks) == 1:
                connection.send(json_reply({"detail": "busy"}, 503))
            else:
                connection.send(
                    json_reply({"status": "success", "version": 1, "log_text": "log\n"})
                )
        elif request.method == "POST" and path == "/images/a1/build":
            connection.send(json_reply({"image_id": "i1", "version": 1}))
        elif path == "/images/i1/detail":
            built = (len(looks) > 0 and {"built": True}) or {}
            connection.send(json_reply({"id": "i1", "version": 1, "application_id": "a1", **built}))
        elif path == "/applications/acme/shop/web":
            connection.send(json_reply(APP_RECORD))
        elif path in ("/organizations", "/projects"):
            connection.send(json_reply([]))
        else:
            connection.send(json_reply({"detail": "Not Found"}, 404))

    with ScriptedServer(replies(respond)) as server:
        words = ("images", "build", APP, *SLOWLY)
        outcome = run(*words, ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)

    assert outcome.status == 0, outcome.err
    assert outcome.out.startswith("log\n")


def test_a_build_that_was_just_named_is_waited_for() -> None:
    lists: list[list[object]] = [[], [], [{"id": "b", "version": 1, "built": True}]]

    def respond(connection: Connection, request: Request) -> None:
        if request.method == "POST":
            connection.send(json_reply({"build_id": "b", "version": 1}, 202))
        elif request.target.endswith("/builds"):
            connection.send(json_reply({"items": lists.pop(0) if len(lists) > 1 else lists[0]}))
        else:
            connection.send(json_reply({"id": "b", "version": 1, "built": True}))

    with ScriptedServer(replies(respond)) as server:
        words = ("images", "build", APP, "--wait", "--interval", "0.01", "--json")
        outcome = run(*words, ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)
    assert outcome.status == 0, outcome.err
    assert outcome.document["id"] == "b"


def test_a_server_without_logs_is_asked_for_them_once() -> None:
    with FakeAncla(routes="slugs", pace="reads") as fake:
        fake.add_app("acme", "shop", "web")
        outcome = run("apps", "deploy", APP, *SLOWLY, fake=fake)
        asked = [request for request in fake.requests if request.path.endswith("/log")]

    assert outcome.status == 0, outcome.err
    assert len(asked) <= 1


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
