"""Writes a copy, completely or not at all.

How it works. The copy is written beside its destination, below `.NAME.PID.new`, and then renamed.
An old folder is first renamed to `.NAME.PID.old`, and deleted last. If anything fails, the old copy
is put back. What killed runs have left is removed before and after.

Somebody could guess these names and put links there, for example in a repository. So no link beside
the copy is followed. The copy has a random name below `.new`: if a link replaces `.new` in the
meantime, that name does not exist where the link points to.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


def write(dest: Path, contents: bytes | Mapping[str, bytes]) -> None:
    """Writes a zip, or the files of a folder. Replaces an older copy."""
    dest.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(dest)
    # In the same folder, so that renaming is atomic.
    hidden, old = (dest.with_name(f".{dest.name}.{os.getpid()}.{word}") for word in ("new", "old"))
    new = hidden / os.urandom(16).hex()
    try:
        hidden.mkdir(mode=0o700)
        if isinstance(contents, bytes):
            _create(new, contents)
        else:
            # Each by itself, so that none is made where a link points to.
            folders = {folder for name in contents for folder in Path(name).parents}
            for folder in sorted(folders):  # `new` first
                (new / folder).mkdir()
            for name, data in contents.items():
                _create(new / name, data)
        _swap(new, dest, old)
    finally:
        _remove(hidden)
        if dest.exists():  # otherwise, the old copy is the only one
            _remove(old)
    _remove_leftovers(dest)


def _create(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:  # "x" fails if the path exists, even as a link
        file.write(data)


def _swap(new: Path, dest: Path, old: Path) -> None:
    """Renames `dest` to `old`, and `new` to `dest`. Undoes the first if the second fails."""
    try:
        if dest.is_dir():  # a zip is replaced in one step
            _put_away(dest, old)
        os.replace(new, dest)
    except BaseException:
        if old.exists() and not dest.exists():
            os.replace(old, dest)
        raise


def _put_away(dest: Path, old: Path) -> None:
    try:
        os.replace(dest, old)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # In containers, overlayfs cannot rename folders that are part of the image.
        shutil.copytree(dest, old, symlinks=True)
        _remove(dest)


def _remove_leftovers(dest: Path) -> None:
    """Removes the files of runs that were killed.

    Those with the id of this process are from an earlier one: process ids repeat in containers.
    """
    left = re.compile(rf"\.{re.escape(dest.name)}\.(\d+)\.(new|old)")
    for path in dest.parent.iterdir():
        found = left.fullmatch(path.name)
        if found is None or _is_other_process(int(found[1])):
            continue
        if found[2] == "new" or dest.exists():  # otherwise, the old copy is the only one
            _remove(path)


def _is_other_process(process_id: int) -> bool:
    if process_id == os.getpid():
        return False
    if sys.platform == "win32":  # here os.kill would end the process
        return True
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    """Removes a file, a link, or a folder with everything in it. Follows no links."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    # Make a read-only copy writable: its owner may do so.
    if hasattr(os, "fwalk"):  # Windows has no such permissions
        for _, _, _, folder in os.fwalk(path):
            os.fchmod(folder, 0o700)
    shutil.rmtree(path)
