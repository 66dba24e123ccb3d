"""Copies of a version of development, which many commits share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DEVELOPED, RELEASED = "2.1.0.dev0", "2.1.0"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


class Checkout:
    """A git repository with the package."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        shutil.copytree(
            PROJECT / "ancla", folder / "ancla", ignore=shutil.ignore_patterns("__pycache__")
        )
        self.edit("__init__.py", r'^__version__ = ".*"$', f'__version__ = "{version}"')
        (folder / ".gitignore").write_text("__pycache__\n", encoding="utf-8")
        self.git("init", "--quiet")
        self.commit()

    def edit(self, name: str, pattern: str, new: str) -> None:
        path = self.folder / "ancla" / name
        text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1, flags=re.M)
        assert count == 1
        path.write_text(text, encoding="utf-8")

    def git(self, *words: str) -> str:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        command = ["git", *author, *words]
        return subprocess.check_output(command, cwd=self.folder, env=environment, text=True).strip()

    def commit(self) -> str:
        """Commits everything. Returns the name of the commit."""
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        return self.git("rev-parse", "HEAD")

    def vendor(self, *words: str | Path) -> tuple[int, str]:
        """Runs the command of this checkout. Returns its exit status and what it printed."""
        command = [sys.executable, "-m", "ancla.vendor", *map(str, words)]
        process = subprocess.run(command, cwd=self.folder, text=True, capture_output=True)
        return process.returncode, process.stdout + process.stderr


def note_of(copy: Path) -> str:
    return (copy / "VENDORED.txt").read_text(encoding="utf-8")


@pytest.fixture
def developed(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout", DEVELOPED)


def test_the_note_names_the_commit_and_whether_files_were_changed_since(
    developed: Checkout, tmp_path: Path
) -> None:
    commit = developed.git("rev-parse", "HEAD")
    assert developed.vendor(tmp_path / "one")[0] == 0
    assert f"\n# commit {commit}\n" in note_of(tmp_path / "one")
    developed.edit("client.py", r"\Z", "# more\n")
    assert developed.vendor(tmp_path / "two")[0] == 0
    assert f"\n# commit {commit}-dirty\n" in note_of(tmp_path / "two")


def test_a_copy_of_another_commit_is_not_called_changed(
    developed: Checkout, tmp_path: Path
) -> None:
    copy = tmp_path / "anything"
    written_from = developed.git("rev-parse", "HEAD")
    assert developed.vendor(copy)[0] == 0
    assert developed.vendor("--check", "--strict", copy)[0] == 0
    developed.edit("client.py", r"\Z", "# more\n")
    compared_with = developed.commit()
    status, said = developed.vendor("--check", copy)
    assert status == 1
    assert said.splitlines() == [
        "differs: VENDORED.txt",
        "differs: client.py",
        f"{copy} is another commit of ancla-sdk {DEVELOPED}, or was changed: it was written from "
        f"commit {written_from}, and this package is at commit {compared_with}",
    ]


def test_a_copy_of_another_commit_is_updated_without_force_unless_it_was_changed(
    developed: Checkout, tmp_path: Path
) -> None:
    copy = tmp_path / "anything"
    assert developed.vendor(copy)[0] == 0
    developed.edit("client.py", r"\Z", "# more\n")
    newer = developed.commit()
    (copy / "models.py").write_text("changed", encoding="utf-8")
    status, said = developed.vendor(copy)
    assert status == 1 and "was changed since it was written: models.py;" in said
    assert developed.vendor(copy, "--force")[0] == 0
    developed.edit("client.py", r"\Z", "# and more\n")
    assert developed.commit() != newer
    assert developed.vendor(copy)[0] == 0
    assert developed.vendor("--check", "--strict", copy)[0] == 0


def test_a_release_is_known_by_its_version(tmp_path: Path) -> None:
    released = Checkout(tmp_path / "checkout", RELEASED)
    assert released.vendor(tmp_path / "anything")[0] == 0
    assert "# commit" not in note_of(tmp_path / "anything")


def test_the_commit_of_a_repository_that_only_contains_the_package_is_not_named(
    developed: Checkout, tmp_path: Path
) -> None:
    """As in a virtual environment inside another project's repository."""
    (developed.folder / ".gitignore").write_text("/ancla\n", encoding="utf-8")
    developed.git("rm", "-r", "--quiet", "--cached", "ancla")
    developed.commit()
    assert developed.vendor(tmp_path / "anything")[0] == 0
    assert "# commit" not in note_of(tmp_path / "anything")
