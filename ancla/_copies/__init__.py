"""Copies of the package: their files, their note and their zips.

__init__.py  makes the note and the zip of a new copy, and reads existing copies
checking.py  compares a copy with the package or with its note
commits.py   names the commit of a package that is no release
writing.py   writes a copy, completely or not at all
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TextIO

NOTE = "VENDORED.txt"

_SHEBANG = b"#!/usr/bin/env python3\n"
_START = b"""\
import sys

from ancla.command_line import main

sys.exit(main(program="python " + sys.argv[0]))
"""
_FOLDER_IN_ZIP = "ancla/"
_MAX_UNPACKED = 64 * 1024 * 1024  # bytes; a copy has about a hundredth of it
_FIRST_LINE = re.compile(r"# ancla-sdk (\S+), vendored$", re.MULTILINE)
_COMMIT_LINE = re.compile(r"^# commit (\S+)$", re.MULTILINE)
_HASH_LINE = re.compile(r"^([0-9a-f]{64})  (.+)$", re.MULTILINE)
# The time of every file in a zip. It is fixed, so that equal copies are equal byte for byte.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class VendorError(Exception):
    """An error for the user: the command prints it and ends with status 1."""


@dataclass(frozen=True)
class Copy:
    """A copy as it is on disk, and as its note says that it was written.

    dest:         its folder, or the zip
    version:      the version in the note
    commit:       the commit in the note, or None: the note of a release has none
    written:      the SHA-256 of each file that the note names, and of the note
    found:        the contents of each file on disk, or None if it is a link or no regular file
    is_zipapp:    whether it is a zip that starts the command line
    is_canonical: whether a zip consists of exactly the bytes that this command writes for its
                  files; True for a folder
    """

    dest: Path
    version: str
    commit: str | None
    written: Mapping[str, str]
    found: Mapping[str, bytes | None]
    is_zipapp: bool
    is_canonical: bool

    def shape(self) -> str:
        """Returns the option that it was written with."""
        if self.is_zipapp:
            return "zipapp"
        if "testing.py" in self.written:
            return "full"
        return "cli" if "__main__.py" in self.written else "minimal"

    def additional(self, expected: Collection[str]) -> list[str]:
        """Returns the names of the files that are not expected. Leaves out bytecode of Python."""
        names = self.found.keys() - expected
        return sorted(name for name in names if not is_bytecode(name))


def is_bytecode(name: str) -> bool:
    return PurePosixPath(name).parent.name == "__pycache__"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_note(version: str, contents: Mapping[str, bytes], commit: str | None = None) -> bytes:
    """Returns the note: comments for people, and lines that `sha256sum -c` reads."""
    lines = [
        f"# ancla-sdk {version}, vendored",
        f"# pkg:pypi/ancla-sdk@{version}",
        *([f"# commit {commit}"] if commit else []),
        "#",
        "# Written by `python -m ancla.vendor`; do not edit. With ancla-sdk installed:",
        "#   python -m ancla.vendor --check DEST   verifies this copy",
        "#   python -m ancla.vendor DEST           replaces it by the installed version",
        f"# `sha256sum -c {NOTE}` in this folder finds files that were changed, too.",
        *(f"{sha256(data)}  {name}" for name, data in contents.items()),
    ]
    return "\n".join([*lines, ""]).encode()


def zipped(contents: Mapping[str, bytes], *, is_zipapp: bool) -> bytes:
    """Returns a zip of the package. The same files give the same bytes on every system.

    Nothing is compressed: the output of zlib depends on its version, so zips could not be compared
    byte for byte. Python can also import such a zip without zlib.
    """
    entries = {_FOLDER_IN_ZIP + name: data for name, data in contents.items()}
    buffer = io.BytesIO()
    if is_zipapp:
        entries["__main__.py"] = _START
        buffer.write(_SHEBANG)
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in entries.items():
            entry = zipfile.ZipInfo(path, _ZIP_TIME)
            entry.create_system = 3  # Unix; by default it depends on the system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def read_copy(dest: Path) -> Copy:
    """Returns the copy at `dest`. Raises VendorError if there is none, or its note is invalid."""
    if not dest.exists():
        raise VendorError(f"{dest} does not exist")
    found: dict[str, bytes | None] = {}
    packed = None
    if (dest / NOTE).is_file():
        found = _read_folder(dest)
    elif is_zip(dest):
        packed = dest.read_bytes()
        found = _read_zip(dest, packed)
    is_zipapp = found.get("../__main__.py") == _START
    if is_zipapp:
        del found["../__main__.py"]
    note = found.get(NOTE) or b""
    text = note.decode("utf-8", "replace").replace("\r\n", "\n")
    first = _FIRST_LINE.match(text)
    if first is None:
        raise VendorError(
            f"{dest} has no {NOTE}, so this command did not write it; nothing was changed. A copy "
            "made by hand or by another tool cannot be checked or updated: move it away, and have "
            "this command write a new one"
        )
    hashes = {name: hash for hash, name in _HASH_LINE.findall(text)}
    if not hashes:
        raise VendorError(f"the {NOTE} of {dest} names no files; nothing was changed")
    commit = _COMMIT_LINE.search(text)
    written = {**hashes, NOTE: sha256(note)}
    named = {name: data for name in written if (data := found.get(name)) is not None}
    return Copy(
        dest,
        version=first[1],
        commit=commit and commit[1],
        written=written,
        found=found,
        is_zipapp=is_zipapp,
        is_canonical=packed is None or packed == zipped(named, is_zipapp=is_zipapp),
    )


def is_zip(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path)  # reading a pipe could block


def _read_folder(dest: Path) -> dict[str, bytes | None]:
    found = {}
    folders = [dest]
    while folders:
        for path in folders.pop().iterdir():  # raises OSError if the folder cannot be listed
            is_link = path.is_symlink()
            if path.is_dir() and not is_link:
                folders.append(path)
            else:
                is_file = path.is_file() and not is_link
                found[path.relative_to(dest).as_posix()] = path.read_bytes() if is_file else None
    return found


def _read_zip(dest: Path, packed: bytes) -> dict[str, bytes | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
                raise VendorError("it is larger than any copy")
            return {_name_in_package(entry.filename): archive.read(entry) for entry in entries}
    except Exception as error:  # a damaged zip raises many kinds of errors
        raise VendorError(f"{dest} cannot be read: {error}") from None


def _name_in_package(name: str) -> str:
    if name.startswith(_FOLDER_IN_ZIP):
        return name.removeprefix(_FOLDER_IN_ZIP)
    return f"../{name}"


def listed(names: Collection[str]) -> str:
    """Returns the names for a message: at most five, and the number of the others."""
    first = sorted(names)[:5]
    return ", ".join(first) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def say(text: str, stream: TextIO | None = None) -> None:
    """Prints a line. Escapes control characters, which file names and notes may contain."""
    escaped = (
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    print("".join(escaped), file=stream)
