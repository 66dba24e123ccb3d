"""Running the command line: in this process, where that is enough, and in one of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import ancla
from ancla import AnclaClient
from ancla.command_line import main
from ancla.testing import FakeAncla
from tests.documented_calls import deploy

PACKAGE_PARENT = Path(ancla.__file__).parents[1]
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def run(
    *words: str,
    fake: FakeAncla | None = None,
    stdin: str = "",
    program: str | None = None,
    **environ: str,
) -> Outcome:
    """Run a command in this process, with nothing of its environment, and no terminal."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        patch.setattr(os, "environ", environment(fake, **environ))
        status = main(words, program)
    return Outcome(status, out.getvalue(), err.getvalue())


def start(*words: str, fake: FakeAncla | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own; its streams are pipes unless others are given."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environ = environment(fake, **options.pop("environ", {}))
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "ancla", *words],
        cwd=tempfile.gettempdir(),  # where no other copy of the package is found first
        env=environ,
        encoding="utf-8",
        **{**pipes, **options},
    )


def finish(process: subprocess.Popen[str]) -> Outcome:
    """Wait for the process to end; streams that are no pipes count as empty."""
    with process:
        out, err = process.communicate(timeout=30)
    return Outcome(process.returncode, out or "", err or "")


def environment(fake: FakeAncla | None, **variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    server = {"ANCLA_SERVER": fake.url, "ANCLA_API_KEY": fake.api_key} if fake else {}
    python = {"PYTHONPATH": str(PACKAGE_PARENT), "PYTHONUTF8": "1"}
    return {**kept, **python, **server, **variables}


@dataclass
class World:
    """The app acme/shop/web, deployed once, with the two variables LOG_LEVEL and TOKEN."""

    fake: FakeAncla
    ids: dict[str, str]


SECRET = "s3cr3t-of-the-app"


def furnish(fake: FakeAncla) -> World:
    fake.add_app("acme", "shop", "web")
    app = ("acme", "shop", "web")
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        client.set_config(*app, "LOG_LEVEL", "info")
        client.set_config(*app, "TOKEN", SECRET, secret=True)
        deploy(client, app)
        ids = {
            "image": client.list_images(*app)[0].id,
            "deployment": client.list_deployments(*app)[0].id,
        }
    fake.clear_requests()
    return World(fake, ids)
