"""`logs`, and what may stand in the place of an id: nothing, `latest` or a version."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import fake_with_app
from tests.documented_calls import deploy

APP = "acme/shop/web"
PLACE = ("acme", "shop", "web")
SLOWLY = ("--follow", "--interval", "0.01")


BEGIN: dict[str, Callable[[AnclaClient], object]] = {
    "deployment": lambda client: deploy(client, PLACE),
    "image": lambda client: client.build_image(*PLACE),
}


@pytest.mark.parametrize("kind", BEGIN)
def test_the_log_is_that_of_the_newest_deployment_or_else_build(
    kind: str, fake: FakeAncla, client: AnclaClient
) -> None:
    BEGIN[kind](client)
    getattr(fake, f"fail_next_{kind.replace('image', 'build')}")("the second one failed")
    BEGIN[kind](client)
    newest, oldest = (
        getattr(client, f"get_{kind}_log")(*PLACE, it.id).log_text
        for it in getattr(client, f"list_{kind}s")(*PLACE)
    )
    assert newest != oldest

    for words in ("logs", f"{kind}s log"):
        outcome = run(*words.split(), APP, fake=fake)
        assert (outcome.status, outcome.out, outcome.err) == (0, newest, "")


@pytest.mark.parametrize("options", [(), SLOWLY])
def test_a_build_is_named_by_its_version(
    options: tuple[str, ...], fake: FakeAncla, client: AnclaClient
) -> None:
    for _ in range(2):
        client.build_image(*PLACE)
    logs = {
        image.version: client.get_image_log(*PLACE, image.id).log_text
        for image in client.list_images(*PLACE)
    }
    assert logs[1] != logs[2]

    for version, log in logs.items():
        outcome = run("builds", "log", APP, str(version), *options, fake=fake)
        assert (outcome.status, outcome.out) == (0, log), outcome.err
    missing = run("builds", "log", APP, "3", *options, fake=fake)
    assert (missing.status, missing.out, missing.err.count("\n")) == (1, "", 1)
    assert "3" in missing.err


@pytest.mark.parametrize("words", [f"logs {APP}", f"deployments log {APP} latest"])
def test_the_newest_log_is_followed_to_its_end(words: str) -> None:
    with fake_with_app(routes="workspaces", pace="reads") as fake:
        with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
            deploy(client, PLACE)
            while not client.list_deployments(*PLACE):
                pass
            outcome = run(*words.split(), *SLOWLY, fake=fake)
            deployment = client.list_deployments(*PLACE)[0]
            log = client.get_deployment_log(*PLACE, deployment.id).log_text

    assert deployment.done
    assert (outcome.status, outcome.out) == (0, log), outcome.err
    assert "deployment: done" in outcome.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("logs", "has no deployment and no build yet"),
        ("images log", "has no image yet"),
        ("deployments log", "has no deployment yet"),
    ],
)
def test_without_any_log_that_is_said(words: str, said: str, fake: FakeAncla) -> None:
    outcome = run(*words.split(), APP, fake=fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert f"the app {APP} {said}" in outcome.err
