"""The commands of docs/vendoring.md, run one block after the other."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ancla
from tests.once import on_one_python
from tests.project.test_packaging import build

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("flit_core", "pip"))
    or shutil.which("bash") is None,
    reason="needs flit_core, pip and bash",
)


def shell_blocks(page: str) -> list[str]:
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@on_one_python
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    build("wheel", tmp_path / "index")
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (tmp_path / "work").mkdir()
    blocks = shell_blocks("vendoring.md")
    assert len(blocks) == 5
    said = ""
    for block in blocks:
        process = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path / "work",
            env={
                "PATH": f"{python.parent}:{os.environ['PATH']}",
                # In place of an installed package. The wheel is in place of the index.
                "PYTHONPATH": str(PROJECT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_FIND_LINKS": str(tmp_path / "index"),
                "PIP_NO_INDEX": "1",
                "PIP_ROOT_USER_ACTION": "ignore",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        assert (process.returncode, process.stderr) == (0, ""), block
        said += process.stdout
    # The folders mytool, worker, ci and app, the zip and two zipapps.
    assert said.count(f"pkg:pypi/ancla-sdk@{ancla.__version__}\n") == 7
