"""The commands of docs/vendoring.md, run one block after the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ancla
from tests.once import on_one_python

PROJECT = Path(__file__).parents[2]


def shell_blocks(page: str) -> list[str]:
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@on_one_python
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (tmp_path / "work").mkdir()
    blocks = shell_blocks("vendoring.md")
    assert blocks
    said = ""
    for block in blocks:
        process = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path / "work",
            env={
                "PATH": f"{python.parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(PROJECT),  # In place of an installed package.
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert (process.returncode, process.stderr) == (0, ""), block
        said += process.stdout
    # The folders mytool, worker and ci, the zip and the zipapp.
    assert said.count(f"pkg:pypi/ancla-sdk@{ancla.__version__}\n") == 5
