"""`python -m ancla.vendor`: writes this package into another project, and verifies such a copy.

A copy is a folder of any name, or a zip. Besides the files of the package it has a note,
VENDORED.txt, with the version and the SHA-256 of every file in the format of `sha256sum`.

Writing, in `_write`: an existing copy is replaced only if nothing is lost by it, or with --force.
Anything else that exists is never replaced. Checking, in `_check`: the copy is compared with this
package if it has the same version. Otherwise only its own note can be compared, which is weaker.
"""

from __future__ import annotations

import argparse
import keyword
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__
from ._cli.exits import fail_to_import, run_command

try:
    from ._copies import (
        NOTE,
        Copy,
        VendorError,
        is_zip,
        listed,
        make_note,
        read_copy,
        say,
        sha256,
        zipped,
    )
    from ._copies.checking import changed, faults, is_newer
    from ._copies.commits import commit_of, is_development
    from ._copies.writing import write
except ImportError as failed:  # Debian's python3-minimal.
    if __name__ != "__main__":
        raise
    sys.exit(fail_to_import(failed))

__all__ = ["main"]

_COMMAND_LINE = ("__main__.py", "command_line.py", "_cli/", "doctor.py", "_doctor/")
_OTHERS = ("_api/slots.py", "_copies/", "_fake/", "async_client.py", "testing.py", "vendor.py")
# The shapes of a copy: the help of its option, and what it omits.
_SHAPES = {
    "full": ("write the whole package (default for a new copy)", ()),
    "cli": (
        "write the client and the command line, without asyncio, FakeAncla and this command",
        _OTHERS,
    ),
    "minimal": ("write only the client", (*_COMMAND_LINE, *_OTHERS)),
    "zipapp": ("write the command line as one file: python DEST apps list ORG/PROJECT", _OTHERS),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command. Returns the exit status: 0 for success, 1 for a failure or a failed check.

    `arguments` are those of the process by default. Wrong usage raises SystemExit with status 2.
    """
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.check and (options.shape or options.zip or options.force):
        parser.error("--check can be combined only with --strict")
    if options.strict and not options.check:
        parser.error("--strict requires --check")

    def run() -> int:
        try:
            if options.check:
                return _check(options.dest, strict=options.strict)
            as_zip = options.zip or options.shape == "zipapp" or is_zip(options.dest)
            name = options.dest.name
            if not (as_zip or (name.isidentifier() and not keyword.iskeyword(name))):
                parser.error(f"DEST should end in a name that Python can import, not {name!r}")
            _write(options.dest, options.shape, as_zip=as_zip, force=options.force)
        except BrokenPipeError:
            raise
        except (
            VendorError,
            OSError,
            RecursionError,
        ) as error:  # RecursionError: deeply nested folders
            say(f"{parser.prog}: error: {error}", sys.stderr)
            return 1
        return 0

    return run_command(run)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.vendor",
        description="Write a copy of this package into another project, or verify such a copy.",
        epilog=(
            "examples:\n"
            "  %(prog)s mytool/_vendor/ancla            the whole package, as a folder\n"
            "  %(prog)s mytool/_vendor/ancla --minimal  the client alone\n"
            "  %(prog)s libraries/ancla.zip --zip       one file to put on sys.path\n"
            "  %(prog)s ancla.pyz --zipapp              one file that is the command line\n"
            "  %(prog)s --check --strict mytool/_vendor/ancla    verify the copy\n"
            "\n"
            "To update a copy, write it again. It keeps its options, unless you give others.\n"
            "A copy that was changed, or is newer, is replaced only with --force.\n"
            "Anything else that exists is never replaced.\n"
            "exit status: 0 success; 1 failed, or the copy is not as it was written; 2 wrong usage"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "dest",
        metavar="DEST",
        type=_destination,
        help="the folder to write the package to, or the zip file",
    )
    shapes = parser.add_mutually_exclusive_group()
    for shape, (text, _) in _SHAPES.items():
        shapes.add_argument(
            f"--{shape}", action="store_const", dest="shape", const=shape, help=text
        )
    for option, text in (
        ("--zip", "write a zip to put on sys.path, which contains the package as 'ancla'"),
        ("--check", "verify the copy: list the files that differ, are missing or are additional"),
        ("--strict", "let --check fail if it can compare the copy only with its own note"),
        ("--force", "replace a copy even if it was changed or is newer"),
    ):
        parser.add_argument(option, action="store_true", help=text)
    return parser


def _destination(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("should not be empty")
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError) as error:  # No working directory, or a loop of links.
        raise argparse.ArgumentTypeError(f"cannot be found: {error}") from None


def _write(dest: Path, shape: str | None, *, as_zip: bool, force: bool) -> None:
    copy = _replaceable(dest, as_zip=as_zip, force=force) if os.path.lexists(dest) else None
    shape = shape or (copy.shape() if copy else "full")
    contents = _contents(shape, commit_of(__version__))
    write(dest, zipped(contents, is_zipapp=shape == "zipapp") if as_zip else contents)
    say(f"ancla-sdk {__version__}: {len(contents) - 1} files and {NOTE} written to {dest}")


def _replaceable(dest: Path, *, as_zip: bool, force: bool) -> Copy:
    """Returns the copy at `dest`. Raises VendorError for anything else, even with `force`.

    Raises it also for a copy that is newer than this package or was changed, but not with `force`.
    """
    if not (is_zip(dest) if as_zip else dest.is_dir()):
        kind = "zip" if as_zip else "folder"
        raise VendorError(f"{dest} exists and is not a {kind}; nothing was changed")
    copy = read_copy(dest)
    if additional := copy.additional(copy.written):
        raise VendorError(
            f"{dest} holds files that would be lost, nothing was changed: {listed(additional)}"
        )
    if force:
        return copy
    losses = []
    if is_newer(copy.version, __version__):
        losses.append(f"has version {copy.version}, newer than {__version__}")
    # An unchanged copy of another commit loses nothing, so only its note says what was changed.
    reference = None if is_development(copy.version) else _reference(copy)
    if lost := changed(copy, reference or copy.written):
        losses.append(f"was changed since it was written: {listed(lost)}")
    if losses:
        raise VendorError(
            f"{dest} {', and '.join(losses)}; nothing was changed (--force replaces it)"
        )
    return copy


def _contents(shape: str, commit: str | None) -> dict[str, bytes]:
    """Returns the files of a copy of this shape, and its note, by their paths in the package."""
    from importlib.resources import files

    _, left_out = _SHAPES[shape]
    assert __package__ is not None
    try:
        found = _files_below(files(__package__))
    except (OSError, TypeError):  # A frozen package has no files.
        found = {}
    contents = {
        name: found[name]
        for name in sorted(found)
        if name.endswith((".py", "LICENSE", "py.typed")) and not name.startswith(left_out)
    }
    if "vendor.py" not in found:
        raise VendorError(
            "this ancla-sdk is without its sources (it is frozen, or holds bytecode only), "
            "so it cannot be copied or compared with"
        )
    contents[NOTE] = make_note(__version__, contents, commit)
    return contents


def _files_below(folder: Any, prefix: str = "") -> dict[str, bytes]:
    """Returns the files below a folder by their paths, also in a zip."""
    found: dict[str, bytes] = {}
    for entry in folder.iterdir():
        if entry.is_file():
            found[prefix + entry.name] = entry.read_bytes()
        elif entry.name != "__pycache__":
            found |= _files_below(entry, f"{prefix}{entry.name}/")
    return found


def _reference(copy: Copy) -> dict[str, str] | None:
    """Returns the SHA-256 of each file of this package, or None if they prove nothing.

    They do only if this package has the same version, and is not the copy itself.
    """
    if copy.version != __version__ or Path(__file__).resolve().is_relative_to(copy.dest):
        return None
    contents = _contents(copy.shape(), copy.commit)
    return {name: sha256(data) for name, data in contents.items()}


def _check(dest: Path, *, strict: bool) -> int:
    copy = read_copy(dest)
    reference = _reference(copy)
    found = faults(copy, reference or copy.written)
    for fault in found:
        say(fault)
    if is_newer(__version__, copy.version):
        say(f"ancla-sdk {__version__} is newer: python -m {__package__}.vendor {dest} updates it")
    if found:
        say(_verdict(copy, reference), sys.stderr)
        return 1
    say(f"{dest}: ancla-sdk {copy.version}, {len(copy.written) - 1} files as they were written")
    if reference is not None:
        say(f"  compared with ancla-sdk {__version__} in {Path(__file__).parent}")
        return 0
    is_itself = copy.version == __version__
    this_package = "is the copy itself" if is_itself else f"has version {__version__}"
    say(
        f"  compared with only its own {NOTE}, which somebody who changes a file can change, too: "
        f"this package {this_package}. To be sure, check it with ancla-sdk {copy.version} "
        "from elsewhere"
    )
    if strict:
        say(f"{dest} was not compared with a package, which --strict requires", sys.stderr)
    return int(strict)


def _verdict(copy: Copy, reference: dict[str, str] | None) -> str:
    """Returns what the faults of a copy mean."""
    if reference is None or not is_development(copy.version):
        return f"{copy.dest} is not ancla-sdk {copy.version} as it was written"
    return (
        f"{copy.dest} is another commit of ancla-sdk {copy.version}, or was changed: it was "
        f"written from {_named(copy.commit)}, and this package is at "
        f"{_named(commit_of(__version__))}"
    )


def _named(commit: str | None) -> str:
    return f"commit {commit}" if commit else "an unknown commit"


if __name__ == "__main__":
    sys.exit(main())
