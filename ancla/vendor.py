"""Write this package into another project, and verify such a copy: `python -m ancla.vendor`.

A copy is a folder, of whatever name, or a zip. Beside the package's files it holds VENDORED.txt
with the version and the SHA-256 of every file, in the form that `sha256sum -c` reads.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import io
import keyword
import os
import pkgutil
import re
import shutil
import sys
import zipfile
from pathlib import Path

from . import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["NEEDED_FILES", "OPTIONAL_FILES", "main"]

NEEDED_FILES = (
    "LICENSE",
    "__init__.py",
    "_api/__init__.py",
    "_api/answer_errors.py",
    "_api/arguments.py",
    "_api/deploying.py",
    "_api/dotenv.py",
    "_api/forms.py",
    "_api/json_sender.py",
    "_api/operations.py",
    "_api/pages.py",
    "_api/requester.py",
    "_api/routing.py",
    "_api/secrets.py",
    "_api/steps.py",
    "_api/strict_json.py",
    "_api/waiting.py",
    "_http/__init__.py",
    "_http/addresses.py",
    "_http/clock.py",
    "_http/connection.py",
    "_http/content.py",
    "_http/deadline.py",
    "_http/failure.py",
    "_http/generic.py",
    "_http/handlers.py",
    "_http/log.py",
    "_http/pool.py",
    "_http/proxies.py",
    "_http/response.py",
    "_http/retry.py",
    "_http/sender.py",
    "_http/settings.py",
    "_http/stream.py",
    "_http/transport.py",
    "_model.py",
    "_model_dataclass.py",
    "_model_dump.py",
    "_model_fields.py",
    "_model_json.py",
    "_model_kinds.py",
    "_model_plan.py",
    "_model_source.py",
    "client.py",
    "exceptions.py",
    "models.py",
    "py.typed",
)
"""What every copy holds: the client, and nothing that only people or tests use."""

OPTIONAL_FILES = (
    "__main__.py",
    "_cli/__init__.py",
    "_cli/arguments.py",
    "_cli/calls.py",
    "_cli/commands.py",
    "_cli/help.py",
    "_cli/output.py",
    "_cli/parser.py",
    "_cli/tables.py",
    "_cli/terminal.py",
    "_fake/__init__.py",
    "_fake/actions.py",
    "_fake/api.py",
    "_fake/bodies.py",
    "_fake/errors.py",
    "_fake/names.py",
    "_fake/platform.py",
    "_fake/records.py",
    "_fake/routes.py",
    "_fake/server.py",
    "_fake/tour.py",
    "_fake/views.py",
    "command_line.py",
    "testing.py",
    "vendor.py",
)
"""What `--minimal` leaves out: the command line, FakeAncla, and this module."""

_NOTE = "VENDORED.txt"
_FOLDER_IN_ZIP = "ancla/"
_FIRST_LINE = re.compile(r"# ancla-sdk (\S+), vendored")
_HASH_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
# Zip files hold a time per file; a fixed one makes equal copies equal byte for byte.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class _VendorError(Exception):
    """What the command says to the user before it ends with status 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 1 refused or no true copy.

    `arguments` defaults to those of the process. Wrong usage exits with status 2, as argparse does.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may hold anything
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.check and (options.minimal or options.zip):
        parser.error("--check finds out by itself what the copy is: leave --minimal and --zip out")
    if not (options.check or options.zip or _is_importable(options.dest.name)):
        parser.error(f"DEST should end in a name that Python can import, not {options.dest.name!r}")
    try:
        if options.check:
            return _check(options.dest)
        _write(options.dest, minimal=options.minimal, as_zip=options.zip)
    except (_VendorError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.vendor",
        description="Write a copy of this package into another project, or verify such a copy.",
        epilog=(
            "examples:\n"
            "  %(prog)s mytool/_vendor/ancla            the whole package, as a folder\n"
            "  %(prog)s mytool/_vendor/ancla --minimal  the client alone\n"
            "  %(prog)s libraries/ancla.zip --zip       one file to put on sys.path\n"
            "  %(prog)s --check mytool/_vendor/ancla    is it still as it was written?\n"
            "\n"
            "A copy is updated by writing it again. Anything else that exists is left alone.\n"
            "exit status: 0 done; 1 refused, failed, or the copy is not as written; 2 wrong usage"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "dest",
        metavar="DEST",
        type=_destination,
        help="the folder that becomes the package, or the zip file",
    )
    parser.add_argument(
        "--minimal",
        action="store_true",
        help="leave out FakeAncla, the command line and this command",
    )
    parser.add_argument(
        "--zip",
        action="store_true",
        help="write a zip, importable as it is, that holds the package as 'ancla'",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; name the files that differ, are missing or are additional",
    )
    return parser


def _destination(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("should not be empty")
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError) as error:  # the working directory is gone; links in a circle
        raise argparse.ArgumentTypeError(f"cannot be found: {error}") from None


def _is_importable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


# Writing


def _write(dest: Path, *, minimal: bool, as_zip: bool) -> None:
    contents = _contents_of_copy(minimal=minimal)
    _refuse_unless_replaceable(dest, as_zip=as_zip)
    dest.parent.mkdir(parents=True, exist_ok=True)
    if as_zip:
        _replace_file(dest, _zipped(contents))
    else:
        _replace_folder(dest, contents)
    print(f"ancla-sdk {__version__}: {len(contents) - 1} files and {_NOTE} written to {dest}")


def _contents_of_copy(*, minimal: bool) -> dict[str, bytes]:
    names = NEEDED_FILES if minimal else NEEDED_FILES + OPTIONAL_FILES
    contents = {name: _own_file(name) for name in sorted(names)}
    contents[_NOTE] = _make_note(contents)
    return contents


def _own_file(name: str) -> bytes:
    """A file of this package, wherever it was imported from: a folder, a zip."""
    assert __package__ is not None
    data = pkgutil.get_data(__package__, name)
    if data is None:
        raise _VendorError("this ancla cannot be copied: it was imported without its source")
    return data


def _make_note(contents: Mapping[str, bytes]) -> bytes:
    lines = [
        f"# ancla-sdk {__version__}, vendored",
        "#",
        "# Written by `python -m ancla.vendor`; do not edit. With ancla-sdk installed:",
        "#   python -m ancla.vendor --check DEST   verifies this copy",
        "#   python -m ancla.vendor DEST           replaces it by the installed version",
        f"# `sha256sum -c {_NOTE}` in this folder verifies it, too.",
        *(f"{_sha256(data)}  {name}" for name, data in contents.items()),
    ]
    return "\n".join([*lines, ""]).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(_FOLDER_IN_ZIP + name, _ZIP_TIME)
            # Not compressed, so that it can be imported where Python has no zlib.
            entry.compress_type = zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _refuse_unless_replaceable(dest: Path, *, as_zip: bool) -> None:
    if not os.path.lexists(dest):
        return
    if dest.is_dir() if as_zip else not dest.is_dir():
        kind = "zip" if as_zip else "folder"
        raise _VendorError(f"{dest} exists and is not a {kind}; nothing was changed")
    copy = _read_copy(dest)
    additional = copy.additional()
    if additional:
        raise _VendorError(
            f"{dest} holds files that would be lost, nothing was changed: {', '.join(additional)}"
        )


def _replace_file(dest: Path, data: bytes) -> None:
    new = _beside(dest, "new")
    try:
        new.write_bytes(data)
        os.replace(new, dest)
    finally:
        new.unlink(missing_ok=True)


def _replace_folder(dest: Path, contents: Mapping[str, bytes]) -> None:
    new, old = _beside(dest, "new"), _beside(dest, "old")
    _remove_folder(new)  # left by a run that was killed: in a container process ids come again
    try:
        for name, data in contents.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _swap(new, dest, old)
    finally:
        _remove_folder(new)
        if dest.exists():  # or the old copy is all that there is
            _remove_folder(old)


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
        shutil.copytree(dest, old)
        _remove_folder(dest)


def _beside(dest: Path, word: str) -> Path:
    """A name in the same folder, so that a rename from or to it is one step."""
    return dest.with_name(f".{dest.name}.{os.getpid()}.{word}")


def _remove_folder(folder: Path) -> None:
    # A copy may have been made read-only, and then only its owner's permission is missing.
    for parent, _, _ in os.walk(folder):
        os.chmod(parent, 0o700)
    if folder.exists():
        shutil.rmtree(folder)


# Checking


class _Copy:
    """A copy as it is on disk, beside what its note says it was."""

    def __init__(self, version: str, written: Mapping[str, str], found: Mapping[str, str]) -> None:
        self.version = version
        self.written = written
        self.found = found

    def differing(self) -> list[str]:
        both = self.written.keys() & self.found.keys()
        return sorted(name for name in both if self.written[name] != self.found[name])

    def missing(self) -> list[str]:
        return sorted(self.written.keys() - self.found.keys())

    def additional(self) -> list[str]:
        return sorted(self.found.keys() - self.written.keys())


def _check(dest: Path) -> int:
    copy = _read_copy(dest)
    faults = [
        *(f"differs: {name}" for name in copy.differing()),
        *(f"missing: {name}" for name in copy.missing()),
        *(f"additional: {name}" for name in copy.additional()),
    ]
    for fault in faults:
        print(fault)
    if faults:
        print(f"{dest} is not as it was written", file=sys.stderr)
        return 1
    files = f"{len(copy.written)} files and {_NOTE}"
    print(f"{dest}: ancla-sdk {copy.version}, {files} as they were written")
    return 0


def _read_copy(dest: Path) -> _Copy:
    """Read the copy at `dest`; raise _VendorError when there is none."""
    if not dest.exists():
        raise _VendorError(f"{dest} does not exist")
    if dest.is_dir():
        note, found = _read_folder(dest)
    elif dest.is_file() and zipfile.is_zipfile(dest):  # not a pipe, which is waited for
        note, found = _read_zip(dest)
    else:
        note, found = b"", {}
    lines = note.decode("utf-8", "replace").splitlines()
    first = _FIRST_LINE.fullmatch(lines[0]) if lines else None
    if first is None:
        raise _VendorError(
            f"{dest} is no copy that this command wrote (it has no {_NOTE}); nothing was changed"
        )
    hashes = [match for match in map(_HASH_LINE.fullmatch, lines) if match]
    return _Copy(first[1], {match[2]: match[1] for match in hashes}, found)


def _read_folder(dest: Path) -> tuple[bytes, dict[str, str]]:
    note = dest / _NOTE
    if not note.is_file():
        return b"", {}
    found = {
        path.relative_to(dest).as_posix(): _sha256(path.read_bytes()) if path.is_file() else ""
        for path in dest.rglob("*")
        if (path.is_symlink() or not path.is_dir())  # a link to a folder can be imported from
        and path.parent.name != "__pycache__"
        and path != note
    }
    return note.read_bytes(), found


def _read_zip(dest: Path) -> tuple[bytes, dict[str, str]]:
    try:
        with zipfile.ZipFile(dest) as archive:
            contents = {
                _name_in_package(name): archive.read(name)
                for name in archive.namelist()
                if not name.endswith("/")
            }
    except Exception as error:  # a damaged zip raises half a dozen kinds of them
        raise _VendorError(f"{dest} cannot be read: {error}") from None
    note = contents.pop(_NOTE, b"")
    return note, {name: _sha256(data) for name, data in contents.items()}


def _name_in_package(name: str) -> str:
    inside = name.removeprefix(_FOLDER_IN_ZIP)
    return inside if inside != name else f"../{name}"


if __name__ == "__main__":
    sys.exit(main())
