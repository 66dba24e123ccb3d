"""Environments: in the app's path, as an option, a variable or a link, and commands for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import run

APP = "acme/shop/web"
LINK = "workspace: acme\nproject: shop\nenv: staging\nservice: web\n"


@pytest.fixture
def fake(fake: FakeAncla, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeAncla:
    monkeypatch.chdir(tmp_path)
    fake.add_app("acme", "shop", "web", environment="staging")
    return fake


def environments_asked(fake: FakeAncla) -> set[str]:
    paths = [request.path.split("/") for request in fake.requests]
    fake.clear_requests()
    return {path[path.index("envs") + 1] for path in paths if "envs" in path}


def link(text: str = LINK) -> None:
    Path(".ancla").mkdir()
    Path(".ancla/config.yaml").write_text(text)


@pytest.mark.parametrize(
    ("words", "variable", "asked"),
    [
        (f"apps get {APP}", "", "production"),
        (f"apps get {APP}", "staging", "staging"),
        ("apps get acme/shop/staging/web", "", "staging"),
        ("apps get acme/shop/staging/web", "production", "staging"),
        ("apps get acme/shop/staging/web --environment staging", "", "staging"),
        (f"apps get {APP} --environment staging", "production", "staging"),
        ("apps list acme/shop --environment staging", "", "staging"),
        ("apps list acme/shop", "staging", "staging"),
    ],
)
def test_the_environment_is_that_of_the_path_or_the_option_or_the_variable(
    words: str, variable: str, asked: str, fake: FakeAncla
) -> None:
    outcome = run(*words.split(), fake=fake, ANCLA_ENV=variable)

    assert outcome.status == 0, outcome.err
    assert environments_asked(fake) == {asked}


@pytest.mark.parametrize(
    ("words", "variable", "asked"),
    [
        ("apps get", "", "staging"),
        ("apps list", "", "staging"),
        ("apps get", "production", "production"),
        ("apps get --environment production", "", "production"),
        (f"apps get {APP}", "", "production"),
    ],
)
def test_the_environment_of_a_link_counts_for_what_is_linked_and_comes_last(
    words: str, variable: str, asked: str, fake: FakeAncla
) -> None:
    link()
    outcome = run(*words.split(), fake=fake, ANCLA_ENV=variable)

    assert outcome.status == 0, outcome.err
    assert environments_asked(fake) == {asked}


@pytest.mark.parametrize(
    ("words", "linked"),
    [
        ("apps deploy acme/shop/staging/web", False),
        (f"apps deploy {APP} --environment staging", False),
        ("apps deploy", True),
    ],
)
def test_messages_name_the_environment(words: str, linked: bool, fake: FakeAncla) -> None:
    if linked:
        link()
    outcome = run(*words.split(), fake=fake)

    app = "acme/shop/staging/web"
    assert outcome.err == (
        f"Started to deploy the app {app}; see python -m ancla apps status {app}\n"
    )


def test_environments_are_listed_shown_and_made(fake: FakeAncla) -> None:
    made = run("environments", "create", "acme/shop", "QA", fake=fake)
    shown = run("environments", "get", "acme/shop", "qa", fake=fake)
    listed = run("environments", "list", "acme/shop", fake=fake)

    assert made.err == "Created the environment qa of acme/shop.\n"
    assert "qa" in shown.out
    rows = [line.split()[1] for line in listed.out.splitlines()]
    assert rows == ["SLUG", "production", "staging", "development", "qa"]


@pytest.mark.parametrize(("words", "said"), [("get", "staging"), ("deploy", "in the environment")])
def test_the_environment_is_that_of_the_link_when_none_is_given(
    words: str, said: str, fake: FakeAncla
) -> None:
    assert "required: ORG/PROJECT, ENV" in run("environments", words, fake=fake).err
    link()
    outcome = run("environments", words, fake=fake)

    assert outcome.status == 0, outcome.err
    assert said in outcome.out + outcome.err
    assert fake.requests[-1].path.partition("/envs/")[2].startswith("staging")


def test_the_status_shows_no_release_where_there_are_none(fake: FakeAncla) -> None:
    assert run("apps", "deploy", APP, fake=fake).status == 0
    shown = run("apps", "status", APP, fake=fake)
    as_json = run("apps", "status", APP, "--json", fake=fake)

    assert [line.split()[0] for line in shown.out.splitlines()] == ["STAGE", "build", "deploy"]
    assert as_json.document["release"] is None


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (f"apps rollback {APP}", "Started to roll back the app acme/shop/web; see "),
        (
            f"apps promote {APP} production staging",
            "to promote acme/shop/web from production to staging; "
            "see python -m ancla apps status acme/shop/staging/web\n",
        ),
    ],
)
def test_a_rollback_and_a_promotion_are_started(words: str, shown: str, fake: FakeAncla) -> None:
    for _ in range(2):
        assert run("apps", "deploy", APP, fake=fake).status == 0
    outcome = run(*words.split(), fake=fake)

    assert outcome.status == 0, outcome.err
    assert shown in outcome.out + outcome.err
