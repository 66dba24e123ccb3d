"""A program that uses the package, frozen by PyInstaller: `tox -e freeze`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ancla import vendor
from tests.clean_process import ITS_OUTPUT, USE_THE_SDK

PROJECT = Path(__file__).parents[3]

pytest.importorskip("PyInstaller", reason="PyInstaller could not be installed here")


def freeze(program: str, path: Path, folder: Path) -> Path:
    """Freezes `program`, which imports from `path`. Returns the executable."""
    script = folder / "frozen.py"
    script.write_text(program, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--log-level=ERROR", "--paths", path, script],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    for lacking in ("objdump is required", "shared library"):
        if process.returncode and lacking in process.stderr:
            pytest.skip(f"PyInstaller cannot freeze here: {process.stderr.strip()}")
    assert process.returncode == 0, process.stderr
    return folder / "dist" / "frozen" / "frozen"


@pytest.mark.parametrize("package", ["ancla", "_vendor.anything"])
def test_a_frozen_program_works_without_a_python(package: str, tmp_path: Path) -> None:
    path = PROJECT
    if package != "ancla":
        path = tmp_path / "path"
        assert vendor.main([str(path.joinpath(*package.split(".")))]) == 0
    executable = freeze(USE_THE_SDK.format(package=package), path, tmp_path)
    process = subprocess.run([executable], env={}, capture_output=True, encoding="utf-8")
    assert (process.returncode, process.stdout, process.stderr) == (0, ITS_OUTPUT, "")
