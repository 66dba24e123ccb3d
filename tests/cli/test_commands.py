"""Every command, as text and as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ancla._api.arguments import _APP_FIELDS
from ancla._cli.all_arguments import APP_OPTIONS
from ancla._cli.all_commands import COMMANDS
from ancla.testing import FakeAncla
from tests.cli.command_line import World, furnish, run
from tests.once import on_one_python

APP = "acme/shop/web"


@dataclass
class Case:
    """What a command shows (in the text of either stream) and what its JSON holds."""

    words: str
    shows: str
    holds: Any
    stdin: str = ""

    def words_in(self, world: World) -> list[str]:
        return shlex.split(self.words.format(**world.ids))


OK = {"ok": True}
POST_ORG = "request post /workspaces --data"

CASES = [
    Case("orgs list", "acme  acme", [{"slug": "acme"}]),
    Case("orgs get acme", "slug", {"name": "acme", "slug": "acme"}),
    Case('orgs create "My Org"', "Created the organization my-org.", {"slug": "my-org"}),
    Case('orgs rename acme "New"', "acme to New", {"name": "New", "slug": "acme"}),
    Case("orgs delete acme --yes", "Deleted the organization acme with", OK),
    Case("orgs members acme", "developer@", {"members": [{"username": "developer"}]}),
    Case("orgs add-member acme ada", "Added ada to acme.", {"slug": "acme"}),
    Case("projects list acme", "shop  shop", [{"slug": "shop"}]),
    Case("projects get acme/shop", "organization_slug", {"slug": "shop"}),
    Case("projects create acme Blog", "Created the project acme/blog.", {"slug": "blog"}),
    Case("projects rename acme/shop New", "acme/shop to New", {"name": "New"}),
    Case("projects delete acme/shop --yes", "Deleted the project acme/shop", OK),
    Case("apps list acme/shop", "web   web   wind", [{"slug": "web", "platform": "wind"}]),
    Case(f"apps get {APP}", "platform", {"slug": "web"}),
    Case(
        "apps create acme/shop Api --platform wind",
        "Created the app acme/shop/api.",
        {"slug": "api"},
    ),
    Case(f"apps update {APP} --branch main", "main", {"auto_deploy_branch": "main"}),
    Case(f"apps update {APP} --branch ''", "slug", {"auto_deploy_branch": None}),
    Case(f"apps delete {APP} -y", f"Deleted the app {APP} with", OK),
    Case(f"apps deploy {APP}", f"app {APP}; see python -m ancla apps status {APP}\n", OK),
    Case(f"apps deploy {APP} --wait --interval 0.01", "deployment: complete", {"complete": True}),
    Case(f"deploy {APP} --interval 0.01", "deployment: complete", {"complete": True}),
    Case(f"apps scale {APP} web=2 worker=1", f"Scaled the app {APP}.", OK),
    Case(f"apps status {APP}", "STAGE   VERSION  STATUS", {"build": {"status": "success"}}),
    Case(f"config list {APP}", "LOG_LEVEL  info", [{"name": "LOG_LEVEL", "value": "info"}]),
    Case(f"config get {APP} LOG_LEVEL", "info\n", {"name": "LOG_LEVEL", "value": "info"}),
    Case(
        f"config set {APP} A=1 B=2",
        "Set A of acme/shop/web.\nSet B of acme/shop/web.\n",
        [{"name": "A", "value": "1"}],
    ),
    Case(f"config delete {APP} TOKEN --yes", f"Deleted the variable TOKEN of {APP}.", OK),
    Case(f"config import {APP} -f -", "A     created", {"created": ["A"]}, "A=1\n"),
    Case(
        f"config import {APP} -f -",
        "acme/shop/web: 1 created, 0 changed, 1 kept\n",
        {"skipped": ["TOKEN"]},
        "A=1\nTOKEN=2\n",
    ),
    Case(
        f"config unset {APP} TOKEN LOG_LEVEL -y",
        f"Deleted the variables TOKEN, LOG_LEVEL of {APP}.",
        OK,
    ),
    Case(f"config export {APP}", "LOG_LEVEL=info\n", {"LOG_LEVEL": "info"}),
    Case(f"images list {APP}", "1  {image}  20", [{"id": "{image}", "version": 1}]),
    Case(f"images build {APP}", f"ancla apps status {APP}\n", {"version": 2}),
    Case(f"images build {APP} --wait", "build 2: built", {"built": True}),
    Case(f"images log {APP} {{image}}", "\n", {"version": 1}),
    Case(f"images log {APP} {{image}} --follow", "build: done", {"version": 1}),
    Case(f"deployments list {APP}", "{deployment}  20", [{"id": "{deployment}"}]),
    Case(f"deployments get {APP} {{deployment}}", "{deployment}", {"id": "{deployment}"}),
    Case(f"deployments log {APP} {{deployment}}", "\n", {"error": False}),
    Case(f"deployments log {APP} {{deployment}} -f", "deployment: done", {}),
    Case("request GET /workspaces/acme", '"slug": "acme"', {"slug": "acme"}),
    Case(POST_ORG + """ '{{"name": "New"}}'""", '"slug": "new"', {"slug": "new"}),
    Case(f"logs {APP}", "\n", {"status": "success"}),
    Case(
        "whoami",
        "developer@example.com",
        {"username": "developer", "accepted": True},
    ),
]
# What FakeAncla, as the platform's document, has no route for.
REFUSED = [
    "orgs delete acme --yes",
    f"apps delete {APP} -y",
    f"apps scale {APP} web=2",
    f"apps update {APP} --counts web=2",
    f"apps update {APP} --private yes",
    f"config delete {APP} TOKEN --yes",
]
# In test_completion.py, test_environments.py, test_links.py, test_run.py and test_promotions.py.
TRIED_ELSEWHERE = {
    "completion",
    "doctor",
    "environments update",
    "environments deploy",
    "apps history",
    "link",
    "unlink",
    "run",
    "environments list",
    "environments get",
    "environments create",
    "apps rollback",
    "apps promote",
}


@pytest.fixture
def world() -> Iterator[World]:
    with FakeAncla(pace=0) as fake:
        yield furnish(fake)


def words_of(case: Case) -> str:
    return case.words


def test_every_command_has_a_case() -> None:
    tried = {command.words for command in COMMANDS for case in CASES if is_of(case, command.words)}
    assert tried == {command.words for command in COMMANDS} - TRIED_ELSEWHERE


def test_every_field_of_an_app_that_can_be_set_has_its_option() -> None:
    assert {option.dest for option in APP_OPTIONS} == set(_APP_FIELDS)


def is_of(case: Case, words: str) -> bool:
    return f"{case.words} ".startswith(f"{words} ")


@pytest.mark.parametrize("case", CASES, ids=words_of)
def test_a_command_shows_text_for_people(case: Case, world: World) -> None:
    outcome = run(*case.words_in(world), fake=world.fake, stdin=case.stdin)

    assert outcome.status == 0, outcome.err
    assert case.shows.format(**world.ids) in outcome.out + outcome.err
    assert not outcome.out or outcome.out.endswith("\n")


@on_one_python
@pytest.mark.parametrize("case", CASES, ids=words_of)
def test_a_command_prints_one_json_document(case: Case, world: World) -> None:
    outcome = run(*case.words_in(world), "--json", "-q", fake=world.fake, stdin=case.stdin)

    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    assert_holds(outcome.document, filled(case.holds, world))


@on_one_python
@pytest.mark.parametrize("words", REFUSED)
def test_what_the_server_cannot_do_is_told_on_stderr_alone(words: str) -> None:
    with FakeAncla(pace=0, lenient=False) as fake:
        furnish(fake)
        outcome = run(*words.split(), "--json", fake=fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("error: this server cannot ")
    assert outcome.err.count("\n") == 1


def filled(expected: Any, world: World) -> Any:
    if isinstance(expected, str):
        return expected.format(**world.ids)
    if isinstance(expected, list):
        return [filled(item, world) for item in expected]
    if isinstance(expected, dict):
        return {name: filled(value, world) for name, value in expected.items()}
    return expected


def assert_holds(document: Any, expected: Any) -> None:
    """Each expected field is there; of lists the expected items come first."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_holds(document[name], value)
    elif isinstance(expected, list):
        assert len(document) >= len(expected)
        for item, value in zip(document, expected):
            assert_holds(item, value)
    else:
        assert document == expected
