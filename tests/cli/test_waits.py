"""The command line waits: what it prints meanwhile, and how it treats odd responses."""

from __future__ import annotations

import pytest

from tests.cli.command_line import Outcome, run
from tests.clients import KEY, fake_with_app
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

APP = "acme/shop/web"
TRIGGERS = {
    f"apps deploy {APP} --wait": ("image_id", "the deploy of 'web'"),
    f"images build {APP} --wait": ("image_id", "the build"),
}


def run_against(trigger_response: object, words: str) -> Outcome:
    """Runs a command against a server whose app was never built, and with this trigger."""

    def respond(connection: Connection, request: Request) -> None:
        connection.send(json_reply(trigger_response if request.method == "POST" else []))

    with ScriptedServer(replies(respond)) as server:
        return run(*words.split(), ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)


@pytest.mark.parametrize("identifier", [None, "", "..", "\ud800"], ids=ascii)
@pytest.mark.parametrize("words", TRIGGERS)
def test_an_id_that_cannot_be_asked_for_is_told_after_what_was_started(
    words: str, identifier: str | None
) -> None:
    if "deploy" in words and not identifier:
        pytest.skip("a deploy whose image is unknown waits for a new deployment")
    field, what = TRIGGERS[words]
    outcome = run_against({} if identifier is None else {field: identifier}, words)
    assert (outcome.status, outcome.out) == (1, "")
    said = f"{what} was started, but the server returned no usable id for it"
    assert said in outcome.err


FOLLOWED = ["apps deploy", "images build"]
SLOWLY = ("--interval", "0.01", "-f")


@pytest.mark.parametrize("words", FOLLOWED)
def test_following_waits_and_prints_the_logs_once(words: str) -> None:
    with fake_with_app(pace="reads") as fake:
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


@pytest.mark.parametrize("extra", ["x", 1, ["x"], {"status": "new"}, None], ids=repr)
def test_a_status_with_more_than_is_known_is_shown(extra: object) -> None:
    with fake_with_app(extra_fields={"newer": extra, "stage": extra}) as fake:
        assert run("images", "build", APP, "--wait", "--interval", "0.001", fake=fake).status == 0
        outcome = run("apps", "status", APP, fake=fake)
    assert (outcome.status, outcome.err) == (0, "")
    stages = [line.split()[:2] for line in outcome.out.splitlines()[1:]]
    assert stages == [["build", "-"], ["deploy", "-"]]
