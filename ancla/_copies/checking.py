"""Checks a copy: whether it has the files of its version, and nothing else.

The files are compared by their SHA-256 with those of this package, if it has the version of the
copy. Otherwise there is only the note of the copy to compare with, which anybody could have edited
with the files. Bytecode may be beside the sources. Python may run it in place of them, so it is
compared with a fresh compilation of its source, and never run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import PurePosixPath
from types import CodeType

from . import Copy, is_bytecode, sha256

_LINE_ENDS = ", but for its line ends (a checkout with core.autocrlf?)"
_NO_FILE = "is a link or no file"
_NOT_CANONICAL = (
    ", apart from its files (was it repacked, or appended to? To check such a copy, unpack it and "
    "check the folder)"
)
_TAG = sys.implementation.cache_tag
# The levels of optimization, by what this Python writes into the names of its bytecode.
_LEVELS = {_TAG: 0, f"{_TAG}.opt-1": 1, f"{_TAG}.opt-2": 2}
# The path of the source, which the import system overwrites, and a deprecated form of co_linetable.
_NOT_COMPARED = {"co_filename", "co_lnotab"}
# `_co_code_adaptive` is among them: the instructions that run, where `co_code` has a plain form.
_COMPARED = [
    name
    for name, attribute in vars(CodeType).items()
    if name.lstrip("_").startswith("co_") and name not in _NOT_COMPARED and not callable(attribute)
]


def faults(copy: Copy, expected: Mapping[str, str]) -> list[str]:
    """Returns a line for each file that is not as it should be.

    expected: the SHA-256 of each file that the copy should have
    """
    return [
        *(f"differs: {name}{reason}" for name, reason in _differing(copy, expected).items()),
        *(f"missing: {name}" for name in sorted(expected.keys() - copy.found)),
        *(f"additional: {name}" for name in copy.additional(expected)),
        *(
            f"bytecode: {name} {fault}; delete it"
            for name in sorted(copy.found)
            if is_bytecode(name) and (fault := _fault_of_bytecode(copy, name))
        ),
    ]


def changed(copy: Copy, expected: Mapping[str, str]) -> list[str]:
    """Returns the changed files, which would be lost if the copy was written again."""
    return [name for name, reason in _differing(copy, expected).items() if reason != _LINE_ENDS]


def _differing(copy: Copy, expected: Mapping[str, str]) -> dict[str, str]:
    """Returns the files that differ, each with the reason if it is known."""
    reasons = {}
    for name in sorted(expected.keys() & copy.found):
        data = copy.found[name]
        if data is None:
            reasons[name] = f", and {_NO_FILE}"
        elif sha256(data) != expected[name]:
            same = sha256(data.replace(b"\r\n", b"\n")) == expected[name]
            reasons[name] = _LINE_ENDS if same else ""
    if not copy.is_canonical:
        reasons["the zip itself"] = _NOT_CANONICAL
    return reasons


def _fault_of_bytecode(copy: Copy, name: str) -> str | None:
    """Returns why bytecode is not the compilation of its source, or None if it is."""
    if copy.found[name] is None:
        return _NO_FILE
    file = PurePosixPath(name)
    module, _, tag = file.name.removesuffix(".pyc").partition(".")
    source = copy.found.get(str(file.parents[1] / f"{module}.py"))
    if source is None:
        return "has no source"
    if tag not in _LEVELS:
        return "is for another Python, and cannot be verified by this one"
    path = str(copy.dest / name)
    try:
        # This reads and compiles code, and runs none.
        found = SourcelessFileLoader(module, path).get_code(module)
        made = SourceFileLoader(module, path).source_to_code(source, path, _optimize=_LEVELS[tag])
    except Exception as error:  # damaged bytecode raises many kinds of errors
        return f"cannot be read ({type(error).__name__})"
    return None if _is_same_code(found, made) else "is not what its source compiles to"


def _is_same_code(found: object, made: object) -> bool:
    """Returns whether two code objects are the same in all attributes. `==` compares only some."""
    if not isinstance(found, CodeType) or not isinstance(made, CodeType):
        return found == made
    return (
        found == made
        and all(getattr(found, name) == getattr(made, name) for name in _COMPARED)
        and all(map(_is_same_code, found.co_consts, made.co_consts))
    )


def is_newer(version: str, other: str) -> bool:
    """Returns whether `version` is newer than the other one. False if one of them is invalid."""
    try:
        return _numbers(version) > _numbers(other)
    except ValueError:
        return False


def _numbers(version: str) -> list[int]:
    """Returns the numbers of a version, without those of a pre-release. Raises ValueError."""
    return [int(part) for part in re.split(r"\.?[^\d.]", version)[0].split(".")]
