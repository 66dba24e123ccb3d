"""A project that vendors the package, built by each back end with its default settings."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ancla import vendor
from tests.clean_process import ITS_OUTPUT, USE_THE_SDK, run_program

PROJECT = Path(__file__).parents[3]
LICENCE = (PROJECT / "LICENSE").read_text(encoding="utf-8").strip()

# The module with the hooks of PEP 517, and where the package has to be.
BACK_ENDS = [
    ("flit_core.buildapi", ""),
    ("hatchling.build", ""),
    ("pdm.backend", ""),
    ("poetry.core.masonry.api", ""),
    ("setuptools.build_meta", ""),
    ("uv_build", "src"),
]
METADATA = """
[build-system]
requires = []
build-backend = "{back_end}"

[project]
name = "othertool"
version = "1.0"
description = "A tool that vendors."
"""


def build_wheel(back_end: str, source_folder: str, folder: Path) -> Path:
    package = folder / source_folder / "othertool"
    assert vendor.main([str(package / "_vendor" / "ancla")]) == 0
    for name in ("__init__.py", "_vendor/__init__.py"):
        (package / name).touch()
    (folder / "pyproject.toml").write_text(METADATA.format(back_end=back_end), encoding="utf-8")
    program = "import importlib, sys; importlib.import_module(sys.argv[1]).build_wheel('dist')"
    (folder / "dist").mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # of uv_build's program
    subprocess.run(
        [sys.executable, "-c", program, back_end],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def as_plain_text(source: bytes) -> str:
    lines = source.decode().splitlines()
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)


@pytest.mark.parametrize(("back_end", "source_folder"), BACK_ENDS)
def test_the_licence_goes_along_and_the_copy_works(
    back_end: str, source_folder: str, tmp_path: Path
) -> None:
    if importlib.util.find_spec(back_end.partition(".")[0]) is None:
        pytest.skip(f"{back_end} could not be installed here")
    with zipfile.ZipFile(build_wheel(back_end, source_folder, tmp_path)) as wheel:
        copy = [name for name in wheel.namelist() if name.startswith("othertool/_vendor/ancla/")]
        assert any(LICENCE in as_plain_text(wheel.read(name)) for name in copy)
        wheel.extractall(tmp_path / "installed")
    program = USE_THE_SDK.format(package="othertool._vendor.ancla")
    assert run_program(program, path=[tmp_path / "installed"], cwd=tmp_path) == ITS_OUTPUT
