"""`--scope`: variables that the apps of a workspace, project or environment share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import Outcome, run
from tests.clients import fake_with_app

PATHS = {
    "workspace": "acme",
    "project": "acme/shop",
    "environment": "acme/shop/staging",
}
PROJECT = "/api/v1/workspaces/acme/projects/shop"
ROUTES = {
    "workspace": "/api/v1/workspaces/acme/config",
    "project": f"{PROJECT}/config",
    "environment": f"{PROJECT}/envs/staging/config",
}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeAncla]:
    monkeypatch.chdir(tmp_path)
    with fake_with_app(routes="workspaces", pace=0, mask_secrets=False) as fake:
        yield fake


def in_scope(scope: str, words: str, fake: FakeAncla, stdin: str = "") -> Outcome:
    group, command, *rest = words.split()
    return run(group, command, PATHS[scope], "--scope", scope, *rest, fake=fake, stdin=stdin)


def changed_paths(fake: FakeAncla) -> set[str]:
    return {request.path for request in fake.requests if request.method != "GET"}


@pytest.mark.parametrize("scope", PATHS)
def test_variables_are_set_read_and_exported_where_the_scope_says(
    scope: str, fake: FakeAncla
) -> None:
    assert in_scope(scope, "config set A=1 B=2 --secret", fake).status == 0
    assert in_scope(scope, "config set C=3", fake).err == f"Set C of {PATHS[scope]}.\n"

    assert changed_paths(fake) == {ROUTES[scope]}
    assert in_scope(scope, "config get C", fake).out == "3\n"
    assert in_scope(scope, "config get A", fake).status == 1
    assert in_scope(scope, "config get A --show-secrets", fake).out == "1\n"
    listed = in_scope(scope, "config list --json", fake).document
    assert [(it["name"], it["value"]) for it in listed] == [
        ("A", "********"),
        ("B", "********"),
        ("C", "3"),
    ]
    assert in_scope(scope, "config export", fake).out == "C=3\n"
    for other in PATHS.keys() - {scope}:
        assert in_scope(other, "config list --json", fake).document == []
    assert run("config", "list", "acme/shop/web", "--json", fake=fake).document == []


@pytest.mark.parametrize(
    ("path", "scope", "route"),
    [
        (PATHS["environment"], "env", ROUTES["environment"]),
        ("acme/shop/staging/web", "service", f"{PROJECT}/envs/staging/services/web/config"),
    ],
)
def test_the_platforms_own_words_name_a_scope_too(
    path: str, scope: str, route: str, fake: FakeAncla
) -> None:
    fake.add_app("acme", "shop", "web", environment="staging")
    outcome = run("config", "set", path, "--scope", scope, "A=1", fake=fake)

    assert (outcome.status, outcome.err) == (0, f"Set A of {path}.\n")
    assert changed_paths(fake) == {route}
    assert run("config", "unset", path, "--scope", scope, "A", "--yes", fake=fake).status == 0


@pytest.mark.parametrize("scope", PATHS)
def test_an_import_keeps_or_overwrites_as_that_of_an_app(scope: str, fake: FakeAncla) -> None:
    def import_text(text: str, *options: str) -> str:
        words = " ".join(["config import -f -", *options])
        outcome = in_scope(scope, words, fake, stdin=text)
        assert outcome.status == 0, outcome.err
        assert outcome.err.startswith(f"{PATHS[scope]}: ")
        return outcome.err.removeprefix(f"{PATHS[scope]}: ")

    assert import_text("A=1\nB=2\n") == "2 created, 0 changed, 0 kept\n"
    assert import_text("A=x\nC=3\n") == "1 created, 0 changed, 1 kept\n"
    assert import_text("A=y\nB=2\nD=4\n", "--overwrite", "--dry-run") == (
        "dry run: 1 to create, 1 to change, 1 to keep\n"
    )
    assert in_scope(scope, "config export", fake).out == "A=1\nB=2\nC=3\n"
    assert import_text("A=y\nB=2\nD=4\n", "--overwrite") == "1 created, 1 changed, 1 kept\n"
    assert in_scope(scope, "config export", fake).out == "A=y\nB=2\nC=3\nD=4\n"
    assert import_text("A=y\n", "--overwrite", "--secret") == "0 created, 1 changed, 0 kept\n"
    listed = in_scope(scope, "config list --json", fake).document
    assert [it["name"] for it in listed if it["secret"]] == ["A"]


def test_what_the_server_refuses_is_told_with_what_was_done(fake: FakeAncla) -> None:
    fake.fail_next(422, body={"detail": "hunter2hunter2 is no port"}, method="POST")
    text = "PORT=hunter2hunter2\nB=1\nC=2\n"
    outcome = in_scope("project", "config import -f -", fake, stdin=text)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(
        "error: acme/shop: 2 created, 0 changed, 0 kept, 1 failed: PORT: "
    )
    assert "is no port" in outcome.err
    assert "hunter2" not in outcome.err
    assert in_scope("project", "config export", fake).out == "B=1\nC=2\n"


@pytest.mark.parametrize("scope", PATHS)
def test_variables_are_deleted(scope: str, fake: FakeAncla) -> None:
    in_scope(scope, "config set A=1 B=2 C=3", fake)
    assert in_scope(scope, "config delete A --yes", fake).status == 0
    outcome = in_scope(scope, "config unset B C --yes", fake)

    assert outcome.err == f"Deleted the variables B, C of {PATHS[scope]}.\n"
    assert in_scope(scope, "config export", fake).out == ""


@pytest.mark.parametrize(
    ("scope", "variable", "route"),
    [
        ("workspace", "", ROUTES["workspace"]),
        ("project", "", ROUTES["project"]),
        ("environment", "", ROUTES["environment"]),
        ("environment", "production", ROUTES["environment"].replace("staging", "production")),
    ],
)
def test_the_link_of_a_folder_gives_the_path(
    scope: str, variable: str, route: str, fake: FakeAncla
) -> None:
    os.mkdir(".ancla")
    Path(".ancla/config.yaml").write_text(
        "workspace: acme\nproject: shop\nenv: staging\nservice: web\n"
    )
    words = ("config", "set", "A=1", "--scope", scope)
    outcome = run(*words, fake=fake, ANCLA_ENV=variable)

    assert outcome.status == 0, outcome.err
    assert changed_paths(fake) == {route}
    # What is deleted is always named.
    assert run("config", "unset", "A", "--scope", scope, "-y", fake=fake).status == 2
