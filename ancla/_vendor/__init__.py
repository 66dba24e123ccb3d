"""A copy of the package: which files it holds, the note beside them, and how it is read."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path, PurePosixPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NOTE = "VENDORED.txt"
START_OF_ZIPAPP = "../__main__.py"  # beside the package, in a zip that is a program

_FOLDER_IN_ZIP = "ancla/"
_FIRST_LINE = re.compile(r"# ancla-sdk (\S+), vendored")
_HASH_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
# Zip files hold a time per file; a fixed one makes equal copies equal byte for byte.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class VendorError(Exception):
    """What the command says to the user before it ends with status 1."""


class Copy:
    """A copy as it is on disk, beside what its note says it was."""

    def __init__(
        self, version: str, written: Mapping[str, str], found: Mapping[str, bytes | None]
    ) -> None:
        self.version = version
        self.written = written
        self.found = found  # None where there is something else than a file

    def shape(self) -> str:
        """The option that it was written with."""
        if START_OF_ZIPAPP in self.written:
            return "zipapp"
        if "testing.py" in self.written:
            return "full"
        return "cli" if "__main__.py" in self.written else "minimal"

    def sources(self) -> dict[str, bytes]:
        """Its files, by their paths in the package, without Python's bytecode."""
        return {
            name: data
            for name, data in self.found.items()
            if data is not None and not is_bytecode(name)
        }

    def additional(self) -> list[str]:
        """What the note does not name, other than Python's bytecode."""
        names = self.found.keys() - self.written.keys()
        return sorted(name for name in names if not is_bytecode(name))


def is_bytecode(name: str) -> bool:
    return PurePosixPath(name).parent.name == "__pycache__"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_note(version: str, contents: Mapping[str, bytes]) -> bytes:
    """What `sha256sum -c` reads, below a word on what this is."""
    lines = [
        f"# ancla-sdk {version}, vendored",
        "#",
        "# Written by `python -m ancla.vendor`; do not edit. With ancla-sdk installed:",
        "#   python -m ancla.vendor --check DEST   verifies this copy",
        "#   python -m ancla.vendor DEST           replaces it by the installed version",
        f"# `sha256sum -c {NOTE}` in this folder finds files that were changed, too.",
        *(f"{sha256(data)}  {name}" for name, data in contents.items()),
    ]
    return "\n".join([*lines, ""]).encode()


def zipped(contents: Mapping[str, bytes], *, compress: bool, start: bytes = b"") -> bytes:
    """A zip that holds the package, behind what the file is to begin with."""
    buffer = io.BytesIO(start)
    buffer.seek(len(start))
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in contents.items():
            path = name.removeprefix("../") if name == START_OF_ZIPAPP else _FOLDER_IN_ZIP + name
            entry = zipfile.ZipInfo(path, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def read_copy(dest: Path) -> Copy:
    """The copy at `dest`; VendorError when there is none, or its note says nothing."""
    if not dest.exists():
        raise VendorError(f"{dest} does not exist")
    found: dict[str, bytes | None] = {}
    if dest.is_dir():
        if (dest / NOTE).is_file():
            found = _read_folder(dest)
    elif is_zip(dest):
        found = _read_zip(dest)
    lines = (found.pop(NOTE, None) or b"").decode("utf-8", "replace").splitlines()
    first = _FIRST_LINE.fullmatch(lines[0]) if lines else None
    if first is None:
        raise VendorError(
            f"{dest} is no copy that this command wrote (it has no {NOTE}); nothing was changed"
        )
    hashes = [match for match in map(_HASH_LINE.fullmatch, lines) if match]
    if not hashes:
        raise VendorError(f"the {NOTE} of {dest} names no files; nothing was changed")
    return Copy(first[1], {match[2]: match[1] for match in hashes}, found)


def is_zip(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path)  # not a pipe, which would be waited for


def _read_folder(dest: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(dest).as_posix(): path.read_bytes() if path.is_file() else None
        for path in dest.rglob("*")
        if path.is_symlink() or not path.is_dir()  # a link to a folder can be imported from
    }


def _read_zip(dest: Path) -> dict[str, bytes | None]:
    try:
        with zipfile.ZipFile(dest) as archive:
            return {
                _name_in_package(name): archive.read(name)
                for name in archive.namelist()
                if not name.endswith("/")
            }
    except Exception as error:  # a damaged zip raises half a dozen kinds of them
        raise VendorError(f"{dest} cannot be read: {error}") from None


def _name_in_package(name: str) -> str:
    inside = name.removeprefix(_FOLDER_IN_ZIP)
    return inside if inside != name else f"../{name}"


def listed(names: Collection[str]) -> str:
    """The names for a message, and no more than a few of them."""
    first = sorted(names)[:5]
    return ", ".join(first) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
