"""mypy reads the examples of README.md and docs/: `tox -e typing`."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import PAGES, Block, python_blocks

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


def source(block: Block) -> str:
    return doctest.script_from_examples(block.code) if block.code[:3] == ">>>" else block.code


def test_the_examples_have_no_error_of_type(tmp_path: Path) -> None:
    first_look, make_the_app, *_ = python_blocks("README.md")
    for page in PAGES:
        before = [] if page == "README.md" else [first_look, make_the_app]
        programs = [""]
        for block in [*before, *python_blocks(page)]:
            if "def test_" in block.code:
                programs.append(source(block))
            else:
                programs[0] += source(block)
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
