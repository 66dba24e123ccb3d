"""Every command, as text and as JSON, on both generations of routes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from ancla._api.arguments import _APP_FIELDS
from ancla._cli.all_arguments import APP_OPTIONS
from ancla._cli.all_commands import COMMANDS
from ancla.testing import FakeAncla
from tests.cli.command_line import World, furnish, run
from tests.once import on_one_python

APP = "acme/shop/web"
Generation = Literal["slugs", "published"]
GENERATIONS: tuple[Generation, ...] = ("slugs", "published")


@dataclass
class Case:
    """What a command shows (in the text of either stream) and what its JSON holds."""

    words: str
    shows: str
    holds: Any
    generations: tuple[Generation, ...] = GENERATIONS
    stdin: str = ""

    def words_in(self, world: World) -> list[str]:
        return shlex.split(self.words.format(**world.ids))


SLUGS: tuple[Generation, ...] = ("slugs",)
PUBLISHED: tuple[Generation, ...] = ("published",)
OK = {"ok": True}
POST_ORG = "request post /organizations --data"

CASES = [
    Case("orgs list", "acme  acme", [{"slug": "acme"}]),
    Case("orgs get acme", "member_count", {"name": "acme", "slug": "acme"}),
    Case('orgs create "My Org"', "Created the organization my-org.", {"slug": "my-org"}),
    Case('orgs rename acme "New"', "acme to New", {"name": "New", "slug": "acme"}, SLUGS),
    Case("orgs delete acme --yes", "Deleted the organization acme with", OK, SLUGS),
    Case("orgs members acme", "developer@", {"members": [{"username": "developer"}]}),
    Case("orgs add-member acme ada", "Added ada to acme.", {"slug": "acme"}, PUBLISHED),
    Case(
        "orgs remove-member acme {user} --yes", "Deleted the member {user} of acme.", OK, PUBLISHED
    ),
    Case("orgs toggle-admin acme {user}", "ok", OK, PUBLISHED),
    Case("projects list acme", "shop  shop", [{"slug": "shop"}]),
    Case("projects get acme/shop", "organization_slug", {"slug": "shop"}),
    Case("projects create acme Blog", "Created the project acme/blog.", {"slug": "blog"}),
    Case("projects rename acme/shop New", "acme/shop to New", {"name": "New"}, SLUGS),
    Case("projects delete acme/shop --yes", "Deleted the project acme/shop", OK, SLUGS),
    Case("apps list acme/shop", "web   web   wind", [{"slug": "web", "platform": "wind"}]),
    Case(f"apps get {APP}", "health_check_path", {"slug": "web"}),
    Case(
        "apps create acme/shop Api --platform wind",
        "Created the app acme/shop/api.",
        {"slug": "api"},
    ),
    Case(f"apps update {APP} --branch main", "main", {"auto_deploy_branch": "main"}),
    Case(f"apps update {APP} --branch ''", "slug", {"auto_deploy_branch": None}),
    Case(f"apps update {APP} --private yes", "is_private", {"github_repository_is_private": True}),
    Case(f"apps update {APP} --deployment-timeout 5", "5", {"deployment_timeout": 5}),
    Case(f"apps update {APP} --privileged no", "privileged", {"privileged": False}, SLUGS),
    Case(f"apps update {APP} --counts web=2", "web=2", {"process_counts": {"web": 2}}, SLUGS),
    Case(
        f"apps update {APP} --pod-classes web=l,job=s",
        "web=l",
        {"process_pod_classes": {"web": "l", "job": "s"}},
        SLUGS,
    ),
    Case(f"apps delete {APP} -y", f"Deleted the app {APP} with", OK, SLUGS),
    Case(f"apps deploy {APP}", f"app {APP}; see python -m ancla apps status {APP}\n", OK),
    Case(f"apps deploy {APP} --wait --interval 0.01", "deployment: complete", {"complete": True}),
    Case(f"apps scale {APP} web=2 worker=1", f"Scaled the app {APP}.", OK),
    Case(f"apps status {APP}", "STAGE    VERSION  STATUS", {"build": {"version": 1}}),
    Case(f"config list {APP}", "LOG_LEVEL  info", [{"name": "LOG_LEVEL", "value": "info"}]),
    Case(f"config get {APP} LOG_LEVEL", "info\n", {"name": "LOG_LEVEL", "value": "info"}),
    Case(f"config set {APP} A=1 B=2", "Set A.\nSet B.\n", [{"name": "A", "value": "1"}]),
    Case(f"config delete {APP} TOKEN --yes", f"Deleted the variable TOKEN of {APP}.", OK),
    Case(f"config import {APP} -f -", "A     created", {"created": ["A"]}, PUBLISHED, "A=1\n"),
    Case(
        f"config import {APP} -f -",
        "1 created, 0 changed, 1 kept\n",
        {"skipped": ["TOKEN"]},
        PUBLISHED,
        "A=1\nTOKEN=2\n",
    ),
    Case(
        f"config import {APP} -f - --dry-run",
        "A     created",
        {"created": ["A"]},
        PUBLISHED,
        "A=1\n",
    ),
    Case(
        f"config unset {APP} TOKEN LOG_LEVEL -y",
        f"Deleted the variables TOKEN, LOG_LEVEL of {APP}.",
        OK,
    ),
    Case(f"config export {APP}", "LOG_LEVEL=info\n", {"LOG_LEVEL": "info"}),
    Case(f"images list {APP}", "1  {image}  20", [{"id": "{image}", "version": 1}]),
    Case(f"images build {APP}", f"ancla apps status {APP}\n", {"version": 2}, PUBLISHED),
    Case(f"images build {APP} --wait", "build 2: built", {"built": True}, PUBLISHED),
    Case(f"images log {APP} {{image}}", "\n", {"version": 1}, PUBLISHED),
    Case(f"images log {APP} {{image}} --follow", "build: done", {"version": 1}, PUBLISHED),
    Case(f"images log {APP} latest", "\n", {"version": 1}, PUBLISHED),
    Case(f"releases list {APP}", "1  {release}  20", [{"id": "{release}"}]),
    Case(f"releases create {APP} {{image}}", f"ancla apps status {APP}\n", {"version": 2}),
    Case(f"releases create {APP} {{image}} --wait", "release 2: built", {"built": True}),
    Case(f"releases deploy {APP} {{release}}", f"ancla apps status {APP}\n", OK, PUBLISHED),
    Case(
        f"releases deploy {APP} {{release}} --wait",
        "deployment: complete",
        {"complete": True},
        PUBLISHED,
    ),
    Case(f"releases log {APP} {{release}}", "\n", {"version": 1}, PUBLISHED),
    Case(f"deployments list {APP}", "1  {deployment}  20", [{"id": "{deployment}"}]),
    Case(f"deployments get {APP} {{deployment}}", "{deployment}", {"id": "{deployment}"}),
    Case(f"deployments log {APP} {{deployment}}", "\n", {"error": False}, PUBLISHED),
    Case(f"deployments log {APP} {{deployment}} -f", "deployment: done", {}, PUBLISHED),
    Case("images log {image}", "\n", {"version": 1}, PUBLISHED),
    Case("releases log {release}", "\n", {"version": 1}, PUBLISHED),
    Case("deployments get {deployment}", "{deployment}", {"id": "{deployment}"}),
    Case("deployments log {deployment}", "\n", {"error": False}, PUBLISHED),
    Case("request GET /organizations/acme", '"slug": "acme"', {"slug": "acme"}),
    Case(POST_ORG + """ '{{"name": "New"}}'""", '"slug": "new"', {"slug": "new"}, SLUGS),
    Case(
        POST_ORG + """ '{{"name": "New", "slug": "old"}}'""",
        '"slug": "old"',
        {"slug": "old"},
        PUBLISHED,
    ),
    Case(f"logs {APP}", "\n", {"status": "active"}, PUBLISHED),
    Case(
        "whoami",
        "developer@example.com",
        {"username": "developer", "accepted": True},
        PUBLISHED,
    ),
]

# In test_completion.py, test_environments.py, test_links.py, test_run.py and test_promotions.py.
TRIED_ELSEWHERE = {
    "completion",
    "members list",
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

SUPPORTED = [(case, generation) for case in CASES for generation in case.generations]
REFUSED = [
    (case, generation)
    for case in CASES
    for generation in GENERATIONS
    if generation not in case.generations
]


@pytest.fixture
def world(generation: Generation) -> Iterator[World]:
    with FakeAncla(routes=generation, pace=0) as fake:
        yield furnish(fake)


def name_of(parameter: object) -> str:
    return parameter.words if isinstance(parameter, Case) else str(parameter)


def test_every_command_has_a_case() -> None:
    tried = {command.words for command in COMMANDS for case in CASES if is_of(case, command.words)}
    assert tried == {command.words for command in COMMANDS} - TRIED_ELSEWHERE


def test_every_field_of_an_app_that_can_be_set_has_its_option() -> None:
    assert {option.dest for option in APP_OPTIONS} == set(_APP_FIELDS)


def is_of(case: Case, words: str) -> bool:
    return f"{case.words} ".startswith(f"{words} ")


@pytest.mark.parametrize(("case", "generation"), SUPPORTED, ids=name_of)
def test_a_command_shows_text_for_people(case: Case, world: World) -> None:
    outcome = run(*case.words_in(world), fake=world.fake, stdin=case.stdin)

    assert outcome.status == 0, outcome.err
    assert case.shows.format(**world.ids) in outcome.out + outcome.err
    assert not outcome.out or outcome.out.endswith("\n")


@on_one_python
@pytest.mark.parametrize(("case", "generation"), SUPPORTED, ids=name_of)
def test_a_command_prints_one_json_document(case: Case, world: World) -> None:
    outcome = run(*case.words_in(world), "--json", "-q", fake=world.fake, stdin=case.stdin)

    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    assert_holds(outcome.document, filled(case.holds, world))


@on_one_python
@pytest.mark.parametrize(("case", "generation"), REFUSED, ids=name_of)
def test_what_the_server_cannot_do_is_told_on_stderr_alone(case: Case, world: World) -> None:
    outcome = run(*case.words_in(world), "--json", fake=world.fake, stdin=case.stdin)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-1].startswith("error: ")
    assert outcome.err.count("error: ") == 1


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
