"""Puts a copy where it is to be: all of it or nothing.

The copy is written under another name beside its place, and renamed. That name can be guessed, so
somebody may have put a link there, in a repository, say: no link beside the copy is followed. Below
that name is a random one, so that a link which takes the folder's place meanwhile leads nowhere.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def write_file(dest: Path, data: bytes) -> None:
    """Writes a zip, in place of an older one if there is one."""
    _prepare(dest)
    new = _beside(dest, "new")
    try:
        _create(new, data)
        os.replace(new, dest)
    finally:
        _remove(new)


def write_folder(dest: Path, contents: Mapping[str, bytes]) -> None:
    """Writes a folder, in place of an older copy if there is one."""
    _prepare(dest)
    hidden, old = _beside(dest, "new"), _beside(dest, "old")
    new = hidden / os.urandom(16).hex()
    try:
        hidden.mkdir(mode=0o700)
        new.mkdir()
        for folder in {(new / name).parent for name in contents} - {new}:
            folder.mkdir()
        for name, data in contents.items():
            _create(new / name, data)
        _swap(new, dest, old)
    finally:
        _remove(hidden)
        if dest.exists():  # or the old copy is all that there is
            _remove(old)
    _remove_what_killed_runs_left(dest)


def _prepare(dest: Path) -> None:
    dest.parent.mkdir(parents=True, exist_ok=True)
    _remove_what_killed_runs_left(dest)


def _create(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:  # "x" fails where there is anything, a link too
        file.write(data)


def _swap(new: Path, dest: Path, old: Path) -> None:
    """Put `new` at `dest`, and what was there at `old`; when it fails, all is as before."""
    try:
        if dest.exists():
            _put_away(dest, old)
        os.rename(new, dest)
    except BaseException:
        if old.exists() and not dest.exists():
            os.rename(old, dest)
        raise


def _put_away(dest: Path, old: Path) -> None:
    try:
        os.rename(dest, old)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The overlay of a container does not rename folders that came with its image.
        shutil.copytree(dest, old, symlinks=True)
        _remove(dest)


def _beside(dest: Path, word: str) -> Path:
    """A name in the same folder, so that a rename from or to it is one step."""
    return dest.with_name(f".{dest.name}.{os.getpid()}.{word}")


def _remove_what_killed_runs_left(dest: Path) -> None:
    """In a container process ids come again, so those of this process are left ones, too."""
    left = re.compile(rf"\.{re.escape(dest.name)}\.(\d+)\.(new|old)")
    for path in dest.parent.iterdir():
        found = left.fullmatch(path.name)
        if found is None or _is_another_running(int(found[1])):
            continue
        if found[2] == "new" or dest.exists():  # or the old copy is all that there is
            _remove(path)


def _is_another_running(process_id: int) -> bool:
    if process_id == os.getpid():
        return False
    if sys.platform == "win32":  # where a signal of 0 ends a process
        return True
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    """Removes a file, a link, or a folder with all that is below it; follows no link."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    # A copy may have been made read-only, and then only its owner's permission is missing.
    if hasattr(os, "fwalk"):  # Windows has no such permissions
        for _, _, _, folder in os.fwalk(path):
            os.fchmod(folder, 0o700)
    shutil.rmtree(path)
