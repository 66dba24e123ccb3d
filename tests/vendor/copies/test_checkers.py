"""ty and bandit, which check a whole project, find nothing in the copy in it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from ancla import vendor


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Creates a project that has only a vendored copy in its package."""
    folder = tmp_path_factory.mktemp("project")
    package = folder / "othertool" / "_vendor"
    assert vendor.main([str(package / "ancla")]) == 0
    for path in (package.parent, package):
        (path / "__init__.py").touch()
    return folder


CHECKERS = [
    ("ty", ["check", "--output-format", "concise", "--no-progress"]),
    ("bandit", ["--quiet", "--recursive", "--severity-level", "medium", "."]),
]


@pytest.mark.parametrize(("checker", "arguments"), CHECKERS)
def test_a_checker_finds_no_fault_in_a_copy(
    checker: str, arguments: list[str], project: Path
) -> None:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} could not be installed here")
    process = subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
    )
    assert process.returncode == 0, process.stdout + process.stderr
