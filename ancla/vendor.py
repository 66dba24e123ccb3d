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
from pathlib import Path

from . import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._copies import Copy

try:
    from ._copies import (
        NOTE,
        VendorError,
        is_zip,
        listed,
        make_note,
        read_copy,
        say,
        zipped,
    )
    from ._copies.checking import Check, is_newer, runs_from
    from ._copies.commits import commit_of, is_development
    from ._copies.writing import write
except ImportError as failed:  # Debian's python3-minimal.
    if __name__ != "__main__":
        raise
    from ._cli.exits import fail_to_import

    sys.exit(fail_to_import(failed))

__all__ = ["main"]

# What `--minimal` omits. `--cli` has the first five.
_COMMAND_LINE = ("__main__.py", "command_line.py", "_cli/", "doctor.py", "_doctor/")
_OPTIONAL = (
    *_COMMAND_LINE,
    *("_copies/", "_fake/", "_api/slots.py", "async_client.py", "testing.py", "vendor.py"),
)
_SHAPES = ("full", "cli", "minimal", "zipapp")


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
    from ._cli.exits import run_command

    def run() -> int:
        try:
            if options.check:
                return _check(options.dest, strict=options.strict)
            as_zip = options.zip or options.shape == "zipapp" or is_zip(options.dest)
            if not (as_zip or _is_importable(options.dest.name)):
                name = options.dest.name
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
    for shape, text in (
        ("full", "write the whole package (default for a new copy)"),
        (
            "cli",
            "write the client and the command line, without asyncio, FakeAncla and this command",
        ),
        ("minimal", "write only the client"),
        ("zipapp", "write the command line as one file: python DEST apps list ORG/PROJECT"),
    ):
        shapes.add_argument(
            f"--{shape}", action="store_const", dest="shape", const=shape, help=text
        )
    parser.add_argument(
        "--zip",
        action="store_true",
        help="write a zip to put on sys.path, which contains the package as 'ancla'",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="verify the copy: list the files that differ, are missing or are additional",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="let --check fail if it can compare the copy only with its own note",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace a copy even if it was changed or is newer",
    )
    return parser


def _destination(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("should not be empty")
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError) as error:  # No working directory, or a loop of links.
        raise argparse.ArgumentTypeError(f"cannot be found: {error}") from None


def _is_importable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _write(dest: Path, shape: str | None, *, as_zip: bool, force: bool) -> None:
    copy = _replaceable(dest, as_zip=as_zip) if os.path.lexists(dest) else None
    if copy is not None and not force:
        _raise_for_losses(dest, copy)
    shape = shape or (copy.shape() if copy else "full")
    contents = _contents(shape, _commit())
    write(dest, zipped(contents, is_zipapp=shape == "zipapp") if as_zip else contents)
    say(f"ancla-sdk {__version__}: {len(contents) - 1} files and {NOTE} written to {dest}")


def _replaceable(dest: Path, *, as_zip: bool) -> Copy:
    """Returns the copy at `dest`. Raises VendorError for anything else, even with --force."""
    if not (is_zip(dest) if as_zip else dest.is_dir()):
        kind = "zip" if as_zip else "folder"
        raise VendorError(f"{dest} exists and is not a {kind}; nothing was changed")
    copy = read_copy(dest)
    additional = copy.additional(copy.written)
    if additional:
        raise VendorError(
            f"{dest} holds files that would be lost, nothing was changed: {listed(additional)}"
        )
    return copy


def _raise_for_losses(dest: Path, copy: Copy) -> None:
    """Raises VendorError if the copy is newer than this package, or was changed."""
    losses = []
    if is_newer(copy.version, __version__):
        losses.append(f"has version {copy.version}, newer than {__version__}")
    # An unchanged copy of another commit loses nothing, so only its note says what was changed.
    reference = None if is_development(copy.version) else _reference(dest, copy)
    changed = Check(dest, copy, reference).changed()
    if changed:
        losses.append(f"was changed since it was written: {listed(changed)}")
    if losses:
        raise VendorError(
            f"{dest} {', and '.join(losses)}; nothing was changed (--force replaces it)"
        )


def _commit() -> str | None:
    """Returns the commit to name in the note of a copy. A release is known by its version."""
    return commit_of(Path(__file__).parent) if is_development(__version__) else None


def _contents(shape: str, commit: str | None) -> dict[str, bytes]:
    """Returns the files of a copy of this shape, and its note, by their paths in the package."""
    from importlib.resources import files

    left_out = {"full": (), "minimal": _OPTIONAL}.get(shape, _OPTIONAL[len(_COMMAND_LINE) :])
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


def _reference(dest: Path, copy: Copy) -> dict[str, bytes] | None:
    """Returns the files to compare a copy with, or None if only its note can be compared.

    They are those of this package, if it has the same version and is not the copy itself.
    """
    if copy.version != __version__ or runs_from(dest):
        return None
    return _contents(copy.shape(), copy.commit)


def _check(dest: Path, *, strict: bool) -> int:
    copy = read_copy(dest)
    reference = _reference(dest, copy)
    faults = Check(dest, copy, reference).faults()
    for fault in faults:
        say(fault)
    if is_newer(__version__, copy.version):
        say(f"ancla-sdk {__version__} is newer: python -m {__package__}.vendor {dest} updates it")
    if faults:
        say(_verdict(dest, copy, is_reference=reference is not None), sys.stderr)
        return 1
    say(f"{dest}: ancla-sdk {copy.version}, {len(copy.written) - 1} files as they were written")
    say(f"  compared with {_compared_with(copy, is_reference=reference is not None)}")
    if strict and reference is None:
        say(f"{dest} was not compared with a package, which --strict requires", sys.stderr)
        return 1
    return 0


def _verdict(dest: Path, copy: Copy, *, is_reference: bool) -> str:
    """Returns what the faults of a copy mean."""
    if not (is_reference and is_development(copy.version)):
        return f"{dest} is not ancla-sdk {copy.version} as it was written"
    return (
        f"{dest} is another commit of ancla-sdk {copy.version}, or was changed: it was written "
        f"from {_named(copy.commit)}, and this package is at {_named(_commit())}"
    )


def _named(commit: str | None) -> str:
    return f"commit {commit}" if commit else "an unknown commit"


def _compared_with(copy: Copy, *, is_reference: bool) -> str:
    """Returns what the copy was compared with, and if that proves little, what to do."""
    if is_reference:
        return f"ancla-sdk {__version__} in {Path(__file__).parent}"
    this_package = (
        "is the copy itself" if copy.version == __version__ else f"has version {__version__}"
    )
    return (
        f"only its own {NOTE}, which somebody who changes a file can change, too: this package "
        f"{this_package}. To be sure, check it with ancla-sdk {copy.version} from elsewhere"
    )


if __name__ == "__main__":
    sys.exit(main())
