"""Helpers for the tests of copies."""

from __future__ import annotations

import importlib.readers  # noqa: F401  # Now: nobody may not read its file.
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def without_commit(files: dict[str, bytes]) -> dict[str, bytes]:
    """Takes the commit out of a copy's note: a zip or a copy of a development version has none."""
    note = re.sub(rb"^# commit .*\n", b"", files["VENDORED.txt"], flags=re.MULTILINE)
    return {**files, "VENDORED.txt": note}


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as process:
        pass
    return process.pid


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Becomes another user, since permissions do not stop root. Yields a folder for this user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        user = os.geteuid()
        if user == 0:
            os.seteuid(_NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(user)
