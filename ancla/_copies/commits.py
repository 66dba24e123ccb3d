"""Names the commit of this package in a git checkout, and tells versions of development.

A release is known by its version. Many commits share one version of development, such as
2.1.0.dev0, so a copy of it is known by its commit.
"""

from __future__ import annotations

import subprocess
from pathlib import Path


def is_development(version: str) -> bool:
    return ".dev" in version


def commit_of(version: str) -> str | None:
    """Returns the commit of this package, with "-dirty" if a file was changed since.

    Returns None if its version is a release, and if git is missing or does not track the package,
    as in a virtual environment.
    """
    if not is_development(version):
        return None
    try:
        _git("ls-files", "--error-unmatch", "vendor.py")
        return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*words: str) -> str:
    command = ["git", "-C", str(Path(__file__).parents[1]), *words]
    process = subprocess.run(command, capture_output=True, check=True, timeout=30)
    return process.stdout.decode().strip()
