"""Checks a copy: whether it has the files of its version, and nothing else.

The files are compared by their SHA-256 with those of this package, if it has the version of the
copy, and otherwise with the note of the copy. Bytecode may be beside the sources. Python may run it
in place of them, so it is compared with a fresh compilation of its source, and never run.
"""

from __future__ import annotations

import re
import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import Path, PurePosixPath
from types import CodeType

from . import Copy, is_bytecode, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINE_ENDS = ", but for its line ends (a checkout with core.autocrlf?)"
_NO_FILE = "is a link or no file"
_NOT_CANONICAL = (
    "the zip itself, apart from its files (was it repacked, or appended to? To check such "
    "a copy, unpack it and check the folder)"
)
_OPTIMIZED = re.compile(r"\.opt-([12])$")
# The path of the source, which the import system overwrites, and a deprecated form of co_linetable.
_NOT_COMPARED = {"co_filename", "co_lnotab"}


class Check:
    """Compares a copy with the files that it should have.

    reference: these files, if this package has the version of the copy. None if there is only the
               note to compare with, which anybody could have edited with the files.
    """

    def __init__(self, dest: Path, copy: Copy, reference: Mapping[str, bytes] | None) -> None:
        self._dest = dest
        self._copy = copy
        self._expected = dict(copy.written)
        if reference is not None:
            self._expected = {name: sha256(data) for name, data in reference.items()}

    def faults(self) -> list[str]:
        """Returns a line for each file that is not as it should be."""
        return [
            *(f"differs: {name}{reason}" for name, reason in self._differing().items()),
            *([] if self._copy.is_canonical else [f"differs: {_NOT_CANONICAL}"]),
            *(f"missing: {name}" for name in sorted(self._expected.keys() - self._copy.found)),
            *(f"additional: {name}" for name in self._copy.additional(self._expected)),
            *self._faulty_bytecode(),
        ]

    def changed(self) -> list[str]:
        """Returns the changed files, which would be lost if the copy was written again."""
        names = [name for name, reason in self._differing().items() if reason != _LINE_ENDS]
        return names if self._copy.is_canonical else [*names, "the zip itself"]

    def _differing(self) -> dict[str, str]:
        """Returns the files that differ, each with the reason if it is known."""
        reasons = {}
        for name, expected in sorted(self._expected.items()):
            data = self._copy.found.get(name, b"")
            if name not in self._copy.found or (data is not None and sha256(data) == expected):
                continue
            if data is None:
                reasons[name] = f", and {_NO_FILE}"
            else:
                same = sha256(data.replace(b"\r\n", b"\n")) == expected
                reasons[name] = _LINE_ENDS if same else ""
        return reasons

    def _faulty_bytecode(self) -> Iterator[str]:
        """Yields a line for each file of bytecode that is not the compilation of its source."""
        for name, data in sorted(self._copy.found.items()):
            if is_bytecode(name):
                fault = _NO_FILE if data is None else self._fault_of_bytecode(PurePosixPath(name))
                if fault:
                    yield f"bytecode: {name} {fault}; delete it"

    def _fault_of_bytecode(self, name: PurePosixPath) -> str | None:
        module, _, tag = name.name.removesuffix(".pyc").partition(".")
        source = self._copy.found.get((name.parent.parent / f"{module}.py").as_posix())
        if source is None:
            return "has no source"
        optimized = _OPTIMIZED.search(tag)
        if tag[: optimized.start() if optimized else None] != sys.implementation.cache_tag:
            return "is for another Python, and cannot be verified by this one"
        path = str(self._dest / name)
        level = int(optimized[1]) if optimized else 0
        try:
            # This reads and compiles code, and runs none.
            found = SourcelessFileLoader(module, path).get_code(module)
            made = SourceFileLoader(module, path).source_to_code(source, path, _optimize=level)
        except Exception as error:  # damaged bytecode raises many kinds of errors
            return f"cannot be read ({type(error).__name__})"
        return None if _is_same_code(found, made) else "is not what its source compiles to"


def _is_same_code(found: object, made: object) -> bool:
    """Returns whether two code objects are the same in all attributes. `==` compares only some."""
    if not isinstance(found, CodeType) or not isinstance(made, CodeType):
        return found == made
    return (
        found == made
        and _attributes(found) == _attributes(made)
        and all(map(_is_same_code, found.co_consts, made.co_consts))
    )


def _attributes(code: CodeType) -> dict[str, object]:
    """Returns the attributes to compare.

    `_co_code_adaptive` is among them: the instructions that run, where `co_code` has a plain form.
    """
    names = [name for name in dir(code) if name.lstrip("_").startswith("co_")]
    values = {name: getattr(code, name) for name in names if name not in _NOT_COMPARED}
    return {name: value for name, value in values.items() if not callable(value)}


def is_newer(version: str, other: str) -> bool:
    """Returns whether `version` is newer than the other one. False if one of them is invalid."""
    try:
        return _numbers(version) > _numbers(other)
    except ValueError:
        return False


def _numbers(version: str) -> list[int]:
    """Returns the numbers of a version, without those of a pre-release. Raises ValueError."""
    return [int(part) for part in re.split(r"\.?[^\d.]", version)[0].split(".")]


def runs_from(dest: Path) -> bool:
    """Returns whether the running program is the copy at `dest`."""
    return Path(__file__).resolve().is_relative_to(dest)
