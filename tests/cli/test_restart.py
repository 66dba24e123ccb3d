"""`--config-only` of deploys, and `--restart` of commands that change variables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import client_of

APP = "acme/shop/web"
PLACE = ("acme", "shop", "web")
SERVICE = "/workspaces/acme/projects/shop/envs/production/services/web"
CHANGES = {
    "config set acme/shop/web MODE=test": "",
    "config unset acme/shop/web OLD --yes": "",
    "config import acme/shop/web --file -": "MODE=test\n",
}


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla(pace="reads") as fake:
        fake.add_deployment(*PLACE)
        with client_of(fake) as client:
            client.set_config(*PLACE, "OLD", "1")
        fake.clear_requests()
        yield fake


@pytest.mark.parametrize("words", ["deploy", "apps deploy"])
def test_a_deploy_without_a_build(words: str, fake: FakeAncla, client: AnclaClient) -> None:
    command = (*words.split(), APP, "--config-only")
    outcome = run(*command, "--wait", "--interval", "0.01", "--json", fake=fake)
    assert outcome.status == 0, outcome.err
    newest, *_ = client.list_deployments(*PLACE)
    assert (outcome.document["id"], outcome.document["complete"]) == (newest.id, True)

    started = run("apps", "deploy", APP, "--config-only", "--json", fake=fake)
    assert started.document["deployment_id"] == client.list_deployments(*PLACE)[0].id
    assert len(client.list_images(*PLACE)) == 1


@pytest.mark.parametrize("words", CHANGES)
def test_the_app_is_restarted_after_the_change(
    words: str, fake: FakeAncla, client: AnclaClient
) -> None:
    outcome = run(*words.split(), "--restart", fake=fake, stdin=CHANGES[words])
    assert outcome.status == 0, outcome.err
    assert outcome.err.endswith(f"Started to deploy the variables of {APP}.\n")
    *_, change, last = [request for request in fake.requests if request.method != "GET"]
    assert "/config" in change.path
    assert (last.path, last.body) == (f"/api/v1{SERVICE}/deploy", {"config_only": True})
    assert len(client.list_images(*PLACE)) == 1


@pytest.mark.parametrize("words", CHANGES)
def test_with_wait_the_deployment_is_waited_for(
    words: str, fake: FakeAncla, client: AnclaClient
) -> None:
    options = ("--restart", "--wait", "--interval", "0.01")
    outcome = run(*words.split(), *options, fake=fake, stdin=CHANGES[words])
    assert outcome.status == 0, outcome.err
    assert "deployment: complete" in outcome.err
    assert client.list_deployments(*PLACE)[0].complete

    fake.fail_next_deployment("unhealthy")
    words = words.replace("unset acme/shop/web OLD", "set acme/shop/web OLD=2")
    outcome = run(*words.removesuffix(" --yes").split(), *options, fake=fake, stdin="A=b\n")
    assert outcome.status == 3
    assert "unhealthy (the variables were changed before)" in outcome.err


def test_without_restart_nothing_is_deployed(fake: FakeAncla) -> None:
    for words, stdin in CHANGES.items():
        assert run(*words.split(), fake=fake, stdin=stdin).status == 0
    assert not any(request.path.endswith("/deploy") for request in fake.requests)


def test_a_change_that_fails_restarts_nothing(fake: FakeAncla) -> None:
    fake.fail_next(403, method="POST")
    assert run("config", "set", APP, "A=b", "--restart", fake=fake).status == 1
    assert run("config", "unset", APP, "NONE", "--yes", "--restart", fake=fake).status == 1
    assert not any(request.path.endswith("/deploy") for request in fake.requests)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (f"config set {APP} A=b --wait", "--wait needs --restart"),
        ("config set acme A=b --scope workspace --restart", "combined with --scope"),
        (f"config import {APP} --file - --dry-run --restart", "combined with --dry-run"),
    ],
)
def test_what_makes_no_sense_is_refused(words: str, message: str, fake: FakeAncla) -> None:
    outcome = run(*words.split(), fake=fake, stdin="A=b\n")
    assert outcome.status == 2
    assert message in outcome.err
    assert fake.requests == []
