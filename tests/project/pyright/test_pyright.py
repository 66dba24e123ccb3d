"""pyright, from npm, reads the stubs and the typing examples: `tox -e pyright`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ancla import vendor

PROJECT = Path(__file__).parents[3]
# Pinned, since a new pyright may find new faults at any time.
PYRIGHT = "pyright@1.1.414"


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Returns the command that runs pyright."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not on this machine")
    folder = tmp_path_factory.mktemp("npm")
    options = ["--no-save", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0"]
    install = subprocess.run([npm, "install", "--prefix", folder, *options, PYRIGHT])
    if install.returncode:
        pytest.skip(f"npm cannot install {PYRIGHT} here")
    script = str(folder / "node_modules" / "pyright" / "index.js")
    return [node, script, "--pythonpath", sys.executable]


def faults(pyright: list[str], project: Path) -> list[str]:
    process = subprocess.run(
        [*pyright, "--outputjson", "--project", project], capture_output=True, encoding="utf-8"
    )
    report = json.loads(process.stdout)
    assert report["summary"]["filesAnalyzed"] > 0
    return [
        f"{found['file']}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
        if found["severity"] != "information"
    ]


def test_the_stubs_and_the_examples_that_use_them_have_no_fault(pyright: list[str]) -> None:
    assert faults(pyright, PROJECT) == []


def test_the_examples_have_no_fault_against_the_package_itself(
    pyright: list[str], tmp_path: Path
) -> None:
    """Without the stubs, as for users of the installed package."""
    shutil.copytree(PROJECT / "tests" / "project" / "typing", tmp_path / "examples")
    settings = {
        "include": ["examples"],
        "extraPaths": [str(PROJECT)],
        "stubPath": "none",
        "pythonVersion": "3.10",
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": True,
        "reportUnknownArgumentType": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    assert faults(pyright, tmp_path) == []


def test_a_copy_in_a_project_has_no_fault_in_the_default_mode(
    pyright: list[str], tmp_path: Path
) -> None:
    package = tmp_path / "othertool" / "_vendor"
    assert vendor.main([str(package / "ancla")]) == 0
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    (tmp_path / "pyrightconfig.json").write_text('{"pythonVersion": "3.10"}', encoding="utf-8")
    assert faults(pyright, tmp_path) == []
