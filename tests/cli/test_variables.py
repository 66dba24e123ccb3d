"""What changes variables: `config import` with its options, `config unset`, `config set`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla import AnclaClient
from ancla.models import ConfigVar
from ancla.testing import FakeAncla
from tests.cli.command_line import SECRET, Outcome, World, furnish, run
from tests.clients import fake_with_app

APP = "acme/shop/web"
PLACE = ("acme", "shop", "web")


@pytest.fixture
def world() -> Iterator[World]:
    with FakeAncla(pace=0, mask_secrets=False) as fake:
        yield furnish(fake)


def variables_of(world: World) -> dict[str, ConfigVar]:
    with AnclaClient(world.fake.api_key, world.fake.url, trust_env=False) as client:
        return {variable.name: variable for variable in client.list_config(*PLACE)}


def values_of(world: World) -> dict[str, str]:
    return {name: variable.value for name, variable in variables_of(world).items()}


def changes(world: World) -> list[str]:
    return [request.method for request in world.fake.requests if request.method != "GET"]


def import_text(world: World, text: str, *options: str) -> Outcome:
    return run("config", "import", APP, "-f", "-", *options, stdin=text, fake=world.fake)


TEXT = "LOG_LEVEL=debug\nNEW=1\nTOKEN=other\n"


def test_an_import_that_overwrites_changes_what_differs(world: World) -> None:
    outcome = import_text(world, TEXT + "NEW_TOO=2\n", "--overwrite")

    assert outcome.status == 0, outcome.err
    assert outcome.err == f"{APP}: 2 created, 2 changed, 0 kept\n"
    assert [line.split() for line in outcome.out.splitlines()[1:]] == [
        ["NEW", "created"],
        ["NEW_TOO", "created"],
        ["LOG_LEVEL", "changed"],
        ["TOKEN", "changed"],
    ]
    assert values_of(world) == {"LOG_LEVEL": "debug", "TOKEN": "other", "NEW": "1", "NEW_TOO": "2"}
    assert variables_of(world)["TOKEN"].secret


def test_what_is_the_same_already_is_not_sent_again(world: World) -> None:
    outcome = import_text(world, f"LOG_LEVEL=info\nTOKEN={SECRET}\n", "--overwrite")

    assert (outcome.status, outcome.err) == (0, f"{APP}: 0 created, 0 changed, 2 kept\n")
    assert changes(world) == []


def test_a_mark_that_is_missing_is_a_change(world: World) -> None:
    outcome = import_text(world, f"LOG_LEVEL=info\nTOKEN={SECRET}\n", "--overwrite", "--secret")

    assert (outcome.status, outcome.err) == (0, f"{APP}: 0 created, 1 changed, 1 kept\n")
    assert variables_of(world)["LOG_LEVEL"].secret


@pytest.mark.parametrize(
    ("options", "planned"),
    [
        ((), {"created": ["NEW"], "changed": [], "skipped": ["LOG_LEVEL", "TOKEN"]}),
        (
            ("--overwrite",),
            {"created": ["NEW"], "changed": ["LOG_LEVEL", "TOKEN"], "skipped": []},
        ),
    ],
    ids=str,
)
def test_a_dry_run_says_what_would_be_done_and_changes_nothing(
    options: tuple[str, ...], planned: dict[str, list[str]], world: World
) -> None:
    before = values_of(world)
    world.fake.clear_requests()
    outcome = import_text(world, TEXT, "--dry-run", *options)
    as_json = import_text(world, TEXT, "--dry-run", "--json", *options)

    created, changed, kept = map(len, planned.values())
    said = f"{APP}: dry run: {created} to create, {changed} to change, {kept} to keep\n"
    assert (outcome.status, outcome.err) == (0, said)
    assert as_json.document == {**planned, "errors": []}
    assert changes(world) == []
    assert values_of(world) == before


@pytest.mark.parametrize("option", ["--overwrite", "--dry-run"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nhunter2\n", "line 2: there is no '=' in it"),
        ("A='hunter2\nLOG_LEVEL=x\n", "line 1: the quote is not closed"),
        ("# nothing\n", "has no variables"),
        ("", "has no variables"),
    ],
)
def test_a_file_with_a_line_that_is_no_variable_is_refused_before_anything_is_sent(
    option: str, text: str, said: str, world: World
) -> None:
    outcome = import_text(world, text, option)

    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err
    assert "hunter2" not in outcome.err
    assert not world.fake.requests


def test_a_masked_value_is_set_since_it_cannot_be_compared() -> None:
    with fake_with_app(pace=0, routes="workspaces", mask_secrets=True) as fake:
        run("config", "set", APP, f"TOKEN={SECRET}", "--secret", fake=fake)
        outcome = import_text(World(fake, {}), f"TOKEN={SECRET}\n", "--overwrite")

    assert (outcome.status, outcome.err) == (0, f"{APP}: 0 created, 1 changed, 0 kept\n")


@pytest.mark.parametrize("place", [(APP,), ("acme/shop", "--scope", "project")], ids=str)
def test_an_existing_variable_that_the_server_does_not_overwrite_is_an_error(
    place: tuple[str, ...], world: World
) -> None:
    run("config", "set", *place, "A=1", fake=world.fake)
    world.fake.fail_next(409, body={"detail": "it exists"}, method="POST")
    words = ("config", "import", *place, "-f", "-", "--overwrite")
    outcome = run(*words, stdin="A=2\nB=3\n", fake=world.fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert (
        outcome.err == f"error: {place[0]}: 1 created, 0 changed, 0 kept, 1 failed: A: it exists\n"
    )


def test_several_variables_are_deleted_at_once(world: World) -> None:
    outcome = run("config", "unset", APP, "TOKEN", "LOG_LEVEL", "TOKEN", "--yes", fake=world.fake)

    assert outcome.status == 0, outcome.err
    assert "Deleted the variables TOKEN, LOG_LEVEL of " in outcome.err
    assert values_of(world) == {}


def test_nothing_is_deleted_if_one_of_the_variables_is_missing(world: World) -> None:
    outcome = run("config", "unset", APP, "TOKEN", "ABSENT", "--yes", fake=world.fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert f"{APP} has no variable ABSENT; nothing was deleted" in outcome.err
    assert set(values_of(world)) == {"LOG_LEVEL", "TOKEN"}


def test_a_variable_is_secret_or_not_as_the_options_say(world: World) -> None:
    words = ("config", "set", APP, "LOG_LEVEL=x")
    marks = []
    for option in ("--secret", "-q", "--no-secret", "-q"):
        assert run(*words, option, fake=world.fake).status == 0
        marks.append(variables_of(world)["LOG_LEVEL"].secret)

    assert marks == [True, True, False, False]
