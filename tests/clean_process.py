"""A Python of its own, with nothing in its environment, that uses some copy of the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

USE_THE_SDK = """
from {package} import AnclaClient, NotFoundError
from {package}.testing import FakeAncla

with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
    org = client.create_org("My Org")
    try:
        client.get_org("absent")
    except NotFoundError as error:
        print(org.slug, error.status_code)
"""
ITS_OUTPUT = "my-org 404\n"

# No user or environment settings, no site-packages, no bytecode written.
ISOLATED = ("-I", "-S", "-B")


def run_python(
    *arguments: str | Path,
    cwd: Path,
    python: str | Path = sys.executable,
    environment: dict[str, str] | None = None,
) -> str:
    """Run Python with only `environment` set and return what it printed.

    Fails when the exit status is not 0 or anything, say a warning, is written to stderr.
    """
    process = subprocess.run(
        [python, *arguments],
        env=environment or {},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (process.returncode, process.stderr) == (0, ""), process.stdout
    return process.stdout


def run_program(
    program: str,
    *,
    path: Iterable[Path],
    cwd: Path,
    flags: Iterable[str] = (),
) -> str:
    """Run `program` in isolation with `path` in front of sys.path; return what it printed."""
    set_path = f"import sys; sys.path[:0] = {[str(entry) for entry in path]!r}\n"
    return run_python(*ISOLATED, *flags, "-c", set_path + program, cwd=cwd)
