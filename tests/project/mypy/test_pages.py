"""mypy reads the examples of README.md and docs/: `tox -e typing`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import PAGES, python_blocks

PROJECT = Path(__file__).parents[3]
# The examples leave out annotations where a reader would, in tests and functions of a line, and
# some packages that they use are in no environment of type checkers.
OPTIONS = (
    "--strict",
    "--allow-untyped-defs",
    "--allow-untyped-calls",
    "--check-untyped-defs",
    "--allow-untyped-decorators",
    "--ignore-missing-imports",
)

pytest.importorskip("mypy", reason="mypy is not installed")


def test_the_examples_have_no_error_of_type(tmp_path: Path) -> None:
    for page in PAGES:
        programs = [""]
        for block in python_blocks(page):
            if "def test_" in block.code:
                programs.append(block.code)
            else:
                programs[0] += block.code
        for number, program in enumerate(programs):
            name = f"{Path(page).stem.replace('-', '_')}_{number}.py"
            (tmp_path / name).write_text(program, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "mypy", *OPTIONS, "."],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(PROJECT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert process.returncode == 0, process.stdout + process.stderr
