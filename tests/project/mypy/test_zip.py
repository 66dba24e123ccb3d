"""mypy reads typings/ for a program that uses the package from a zip: `tox -e typing`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ancla import vendor

PROJECT = Path(__file__).parents[3]

pytest.importorskip("mypy", reason="mypy is not installed")


@pytest.mark.parametrize(("with_stubs", "status"), [(True, 0), (False, 1)])
def test_the_stubs_stand_in_for_a_zip(with_stubs: bool, status: int, tmp_path: Path) -> None:
    assert vendor.main([str(tmp_path / "ancla.zip"), "--zip"]) == 0
    shutil.copytree(PROJECT / "typings", tmp_path / "typings")
    (tmp_path / "mytool.py").write_text(
        "from ancla import AnclaClient\n"
        "with AnclaClient() as client:\n"
        "    names: list[str] = [org.name for org in client.list_orgs()]\n",
        encoding="utf-8",
    )
    environment = {"PYTHONPATH": "ancla.zip"} | ({"MYPYPATH": "typings"} if with_stubs else {})
    process = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "mytool.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert process.returncode == status, process.stdout
