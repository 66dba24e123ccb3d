"""The platform's own command line, a program in Go, drives FakeAncla as a user would."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import os
import re
import select
import struct
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.clients import client_of

try:
    importlib.metadata.version("ancla")
except importlib.metadata.PackageNotFoundError:
    pytest.skip("the platform's program has a wheel for few systems", allow_module_level=True)
termios = pytest.importorskip("termios", exc_type=ImportError)

PROGRAM = Path(sysconfig.get_path("scripts"), "ancla")
APP = ("acme", "shop", "web")
WEB = "acme/shop/production/web"
PATIENCE = 30.0
DOWN, ENTER = "\x1b[B", "\r"


class World:
    """A FakeAncla with one deployed app, and a folder in which the program runs."""

    def __init__(self, fake: FakeAncla, client: AnclaClient, folder: Path) -> None:
        self.fake = fake
        self.client = client
        self.deployment = fake.add_deployment(*APP)
        fake.add_config(*APP, "MODE", "fast")
        fake.add_config(*APP, "TOKEN", "hidden", secret=True)
        self._options: dict[str, Any] = {
            "cwd": folder,
            "env": {
                "HOME": str(folder),
                "PATH": os.defpath,
                "TERM": "xterm",
                "HTTPS_PROXY": "http://127.0.0.1:9",  # Closed: it asks a public host for updates.
                **fake.environ,
            },
        }

    def run(self, *words: str, status: int = 0) -> str:
        """Runs the program without a terminal. Returns its output, and that for errors."""
        process: subprocess.CompletedProcess[str] = subprocess.run(
            [PROGRAM, "-q", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            **self._options,
        )
        assert process.returncode == status, process.stdout
        return process.stdout

    def run_on_terminal(self, *words: str, typed: dict[str, str]) -> str:
        """Runs the program on a terminal, and types each text once its prompt is there."""
        ours, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), its)
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, ours)
            with contextlib.closing(os.fdopen(its)):
                process = subprocess.Popen([PROGRAM, "-q", *words], **streams, **self._options)
            stack.callback(process.wait)
            stack.callback(process.kill)
            said = _converse(ours, typed)
            assert process.wait(PATIENCE) == 0, said
        return said


def _converse(terminal: int, typed: dict[str, str]) -> str:
    """Types the texts until the program closes the terminal. Returns what it printed."""
    waiting, said, deadline = dict(typed), "", time.monotonic() + PATIENCE
    with contextlib.suppress(OSError):  # On Linux, this is the end of a terminal.
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 1.0)[0]:
                continue
            said += os.read(terminal, 65536).decode(errors="replace")
            for prompt in [prompt for prompt in waiting if prompt in said]:
                os.write(terminal, waiting.pop(prompt).encode())
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    assert waiting == {}, said
    return said


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FakeAncla(pace=0) as fake, client_of(fake) as client:
        yield World(fake, client, tmp_path)


SHOWN = {
    "list": "acme\n  shop",
    "whoami": "Authenticated",
    "workspaces list": r"\nacme +acme +1 +1 ",
    "workspaces get acme": r"\ndeveloper +developer@example\.com +true ",
    "projects list acme": r"\nacme/shop +shop +1 ",
    "projects get acme/shop": "Workspace: acme\nServices: 1\nCreated: 20",
    "envs list acme/shop": r"\nproduction .*\nstaging .*\ndevelopment ",
    "envs get acme/shop/staging": "staging",
    "services list acme/shop/production": r"\nweb +web +wind ",
    f"services get {WEB}": r"Platform: wind\nProcesses:\n  web: 1\n",
    f"services status {WEB}": r"Build +● success +\nDeploy +● success ",
    f"builds list {WEB}": r"\nv1 .*● built ",
    f"builds log {WEB} 1": "— success\n.*\nBuilt image v1\n",
    f"deploys list {WEB}": "● complete ",
    f"deploys get {WEB} DEPLOYMENT": "DEPLOYMENT.*complete",
    f"deploys log {WEB} DEPLOYMENT": "Release v1 is active",
    f"config list {WEB}": r"\nMODE +fast +false +false +\nTOKEN +\*+ +true ",
}


@pytest.mark.parametrize("words", SHOWN)
def test_the_program_shows_what_fakeancla_has(words: str, world: World) -> None:
    said = world.run(*words.replace("DEPLOYMENT", world.deployment).split())
    pattern = SHOWN[words].replace("DEPLOYMENT", world.deployment)
    assert re.search(pattern, said, re.DOTALL), said


State = Callable[[AnclaClient], object]
CHANGES: dict[str, tuple[State, object]] = {
    "envs create acme/shop review": (
        lambda c: c.get_environment("acme", "shop", "review").name,
        "review",
    ),
    f"services scale {WEB} web=3 job=1": (
        lambda c: c.get_app(*APP).process_counts,
        {"web": 3, "job": 1},
    ),
    f"down {WEB} --yes": (lambda c: c.get_app(*APP).process_counts, {"web": 0}),
    f"config set {WEB} KEY=1 --restart": (
        lambda c: (len(c.list_images(*APP)), len(c.list_deployments(*APP))),
        (1, 2),
    ),
    f"builds trigger {WEB} --strategy buildpack": (
        lambda c: c.list_images(*APP)[0].model_dump()["strategy"],
        "buildpack",
    ),
    f"builds trigger {WEB} --follow": (lambda c: c.list_images(*APP)[0].version, 2),
    f"services deploy {WEB}": (lambda c: len(c.list_deployments(*APP)), 2),
    f"deploy {WEB} --no-follow": (lambda c: len(c.list_deployments(*APP)), 2),
    f"deploy {WEB}": (lambda c: len(c.list_deployments(*APP)), 2),
}


@pytest.mark.parametrize("words", CHANGES)
def test_the_program_changes_what_fakeancla_has(words: str, world: World) -> None:
    state, expected = CHANGES[words]
    world.run(*words.split())
    assert state(world.client) == expected


SCOPES: dict[str, dict[str, str]] = {
    "workspace acme": {"org": "acme"},
    "project acme/shop": {"org": "acme", "project": "shop"},
    "env acme/shop/production": {"org": "acme", "project": "shop", "environment": "production"},
    f"service {WEB}": {},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_variables_of_each_scope_are_set_listed_and_deleted(scope: str, world: World) -> None:
    def config(command: str, *words: str) -> str:
        return world.run("config", command, "--scope", *scope.split(), *words)

    def variables() -> dict[str, tuple[str, str]]:
        named = SCOPES[scope]
        client = world.client
        listed = client.list_shared_config(**named) if named else client.list_config(*APP)
        return {it.name: (it.value, it.id) for it in listed}

    for value in ("1", "2"):
        config("set", f"KEY={value}")
        assert variables()["KEY"][0] == value
    assert re.search(r"\nKEY +2 ", config("list"))
    config("delete", variables()["KEY"][1], "--yes")
    assert "KEY" not in variables()


def test_a_linked_folder_names_the_service(world: World) -> None:
    world.run("link", WEB)
    assert "is active" in world.run("logs", "--follow")
    assert "success" in world.run("status")
    environment = world.run("run", "--", "env")
    assert "MODE=fast\n" in environment and "TOKEN" not in environment
    world.run("deploy")
    assert len(world.client.list_deployments(*APP)) == 2


@pytest.mark.parametrize("stage", ["build", "deployment"])
def test_a_deploy_that_is_followed_fails_if_a_stage_does(stage: str, world: World) -> None:
    getattr(world.fake, f"fail_next_{stage}")("it broke")
    assert "it broke" in world.run("deploy", WEB, status=1)


def test_the_wizard_of_link_takes_what_is_there(world: World) -> None:
    prompts = ("Select a project:", "Select an environment:", "Select a service:")
    said = world.run_on_terminal("link", typed=dict.fromkeys(prompts, ENTER))
    assert f"Linked to {WEB}" in said
    assert "is active" in world.run("logs")


CREATE_A_SERVICE = {
    "Select a service:": ENTER,
    "Service name": "Api" + ENTER,
    "Build strategy:": DOWN + ENTER,
}


def test_the_wizard_of_link_creates_all_from_the_workspace_down(world: World) -> None:
    world.client.delete_org("acme")
    typed = {
        "Select a project:": ENTER,
        "Project name": "Shop" + ENTER,
        "Select an environment:": 3 * DOWN + ENTER,
        "Environment name": "QA" + ENTER,
        **CREATE_A_SERVICE,
    }
    said = world.run_on_terminal("link", typed=typed)
    (org,) = world.client.list_orgs()
    assert org.model_dump()["personal"] is True
    assert f"Linked to {org.slug}/shop/qa/api" in said
    app = world.client.with_options(environment="qa").get_app(org.slug, "shop", "api")
    assert (app.name, app.platform) == ("Api", "wind")


def test_the_wizard_of_deploy_creates_a_service_and_deploys_it(world: World) -> None:
    typed = {
        "Select a project:": ENTER,
        "Select an environment:": DOWN + ENTER,
        **CREATE_A_SERVICE,
    }
    said = world.run_on_terminal("deploy", typed=typed)
    assert "Deploy pipeline complete." in said
    staging = world.client.with_options(environment="staging")
    assert [it.complete for it in staging.list_deployments("acme", "shop", "api")] == [True]
