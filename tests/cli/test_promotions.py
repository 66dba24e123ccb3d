"""Rollbacks and promotions with their waits; previews, history, and deploys of environments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import fake_with_app

APP = "acme/shop/web"
SLOWLY = ("--interval", "0.01")


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app(routes="workspaces", pace="reads") as fake:
        fake.add_app("acme", "shop", "web", environment="staging")
        yield fake


def deploy(fake: FakeAncla, environment: str, times: int = 1) -> None:
    for _ in range(times):
        words = ("apps", "deploy", f"acme/shop/{environment}/web", "--wait", *SLOWLY)
        outcome = run(*words, fake=fake)
        assert outcome.status == 0, outcome.err


def newest(fake: FakeAncla, environment: str) -> object:
    words = ("deployments", "list", f"acme/shop/{environment}/web", "--json")
    return run(*words, fake=fake).document[0]["id"]


@pytest.mark.parametrize("option", ["--wait", "--follow"])
def test_a_rollback_is_waited_for(option: str, fake: FakeAncla) -> None:
    deploy(fake, "production", times=2)
    outcome = run("apps", "rollback", APP, option, *SLOWLY, "--json", fake=fake)

    assert outcome.status == 0, outcome.err
    assert outcome.document["complete"] is True
    assert outcome.document["id"] == newest(fake, "production")
    assert "deployment: complete" in outcome.err


@pytest.mark.parametrize("option", ["--wait", "--follow"])
def test_a_promotion_is_waited_for_in_the_other_environment(option: str, fake: FakeAncla) -> None:
    deploy(fake, "staging")
    words = ("apps", "promote", APP, "staging", "production", option, *SLOWLY)
    outcome = run(*words, fake=fake)

    assert outcome.status == 0, outcome.err
    identifier = newest(fake, "production")
    assert f"{identifier}\n" in outcome.out
    log = run("deployments", "log", APP, "latest", fake=fake).out
    assert (log in outcome.out) == (option == "--follow")


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        ("apps rollback acme/shop/production/web", "production"),
        ("apps promote acme/shop/staging/web staging production", "production"),
    ],
)
def test_a_failure_ends_with_status_3_and_names_the_log(
    words: str, environment: str, fake: FakeAncla
) -> None:
    deploy(fake, "production", times=2)
    deploy(fake, "staging")
    fake.fail_next_deployment("health check failed")
    outcome = run(*words.split(), "--wait", *SLOWLY, fake=fake)

    assert (outcome.status, outcome.out) == (3, "")
    assert "health check failed" in outcome.err
    told = outcome.err.strip().rpartition("see python -m ancla ")[2]
    assert told == f"deployments log acme/shop/{environment}/web {newest(fake, environment)}"
    assert run(*told.split(), fake=fake).status == 0


def test_a_preview_changes_nothing(fake: FakeAncla) -> None:
    deploy(fake, "staging")
    fake.clear_requests()
    words = ("apps", "promote", APP, "staging", "production", "--preview")
    outcome = run(*words, fake=fake)

    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.document["target_env"] == "production"
    assert run(*words, "--json", fake=fake).document == outcome.document
    assert {request.method for request in fake.requests} == {"GET"}


def test_the_history_has_the_newest_runs(fake: FakeAncla) -> None:
    deploy(fake, "production", times=3)
    shown = run("apps", "history", APP, "--limit", "2", fake=fake)
    as_json = run("apps", "history", APP, "--json", fake=fake).document

    assert shown.status == 0, shown.err
    assert len(shown.out.splitlines()) == 3
    assert len(as_json) == 3


def test_an_empty_history_is_shown_as_nothing(fake: FakeAncla) -> None:
    assert run("apps", "history", APP, fake=fake).out == ""


def test_an_environment_is_renamed_and_deployed(fake: FakeAncla) -> None:
    renamed = run("environments", "update", "acme/shop", "staging", "--name", "QA", fake=fake)
    assert renamed.err == "Renamed the environment staging of acme/shop to QA.\n"
    assert "QA" in run("envs", "list", "acme/shop", fake=fake).out

    for option in ([], ["--app", "web"]):
        words = ("environments", "deploy", "acme/shop", "staging", *option)
        outcome = run(*words, fake=fake)
        assert (outcome.status, outcome.err) == (
            0,
            "Started a deploy in the environment staging of acme/shop.\n",
        )
        queries = [request.query for request in fake.requests if request.method == "POST"]
        assert queries[-1] == ("service=web" if option else "")
    assert run("environments", "update", "acme/shop", "staging", fake=fake).status == 2


def test_an_app_is_created_with_repository_and_strategy(fake: FakeAncla) -> None:
    words = "apps create acme/shop New --platform wind --repository a/b --strategy buildpack --json"
    app = run(*words.split(), fake=fake).document

    assert (app["github_repository"], app["build_strategy"]) == ("a/b", "buildpack")
    assert run("images", "build", APP, "--strategy", "dockerfile", fake=fake).status == 0
    bodies = [request.body for request in fake.requests if request.path.endswith("/trigger")]
    assert bodies == [{"strategy": "dockerfile"}]
