"""ty and bandit find nothing in a copy, and ty and pyrefly just the mistakes in the examples."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ancla import vendor

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Creates a project that has only a vendored copy in its package."""
    folder = tmp_path_factory.mktemp("project")
    package = folder / "othertool" / "_vendor"
    assert vendor.main([str(package / "ancla")]) == 0
    for path in (package.parent, package):
        (path / "__init__.py").touch()
    return folder


def run(checker: str, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} could not be installed here")
    return subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )


CHECKERS = [
    ("ty", ["check", "--output-format", "concise", "--no-progress"]),
    ("bandit", ["--quiet", "--recursive", "--severity-level", "medium", "."]),
]


@pytest.mark.parametrize(("checker", "arguments"), CHECKERS)
def test_a_checker_finds_no_fault_in_a_copy(
    checker: str, arguments: list[str], project: Path
) -> None:
    process = run(checker, arguments, project)
    assert process.returncode == 0, process.stdout + process.stderr


TY = ["--output-format", "concise", "--no-progress", "--extra-search-path", str(PROJECT)]
PYREFLY = ["--output-format", "min-text", "--search-path", str(PROJECT)]


@pytest.mark.parametrize(("checker", "options"), [("ty", TY), ("pyrefly", PYREFLY)])
def test_a_checker_finds_just_the_mistakes_of_callers(
    checker: str, options: list[str], tmp_path: Path
) -> None:
    """Those that mypy is told to ignore, which is no word for these two."""
    shutil.copytree(PROJECT / "tests" / "project" / "typing", tmp_path / "examples")
    (tmp_path / "pyrefly.toml").write_text('enabled-ignores = ["pyrefly"]\n', encoding="utf-8")
    options = [*options, "--python-version", "3.10", "examples"]
    process = run(checker, ["check", *options], tmp_path)
    mistakes = {
        f"{path.relative_to(tmp_path)}:{number}"
        for path in tmp_path.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# type: ignore" in line
    }
    assert len(mistakes) > 70
    found = re.findall(r"(examples\S+?:\d+):", process.stdout)
    assert set(found) == mistakes, process.stdout + process.stderr
