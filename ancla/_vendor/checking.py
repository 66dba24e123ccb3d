"""Whether a copy is what its version was: against the package at hand, or else its own note."""

from __future__ import annotations

import ast
import re
import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import Path, PurePosixPath

from . import NOTE, Copy, is_bytecode, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINE_ENDS = ", but for its line ends (a checkout with core.autocrlf?)"
_FORMATTED = ", but only in its format (ruff, black or isort?)"
_OPTIMIZED = re.compile(r"\.opt-([12])$")


class Check:
    """One copy beside what it is compared with.

    `reference`: the files that such a copy has, where the package at hand has its version; None if
    there is only the note, whose lines can be edited like any file.
    """

    def __init__(self, dest: Path, copy: Copy, reference: Mapping[str, bytes] | None) -> None:
        self._dest = dest
        self._copy = copy
        self._reference = reference
        self._expected = dict(copy.written)
        if reference is not None:
            self._expected = {name: sha256(data) for name, data in reference.items()}

    def faults(self) -> list[str]:
        """A line for each file that is not as it was; none if all are."""
        found = self._copy.found
        differing = [
            f"differs: {name}{self._reason(name, found[name])}"
            for name, expected in sorted(self._expected.items())
            if name in found and sha256(found[name] or b"") != expected
        ]
        missing = sorted(self._expected.keys() - found.keys())
        sources = self._copy.found.keys() - self._expected.keys()
        additional = sorted(name for name in sources if not is_bytecode(name))
        return [
            *differing,
            *(f"differs: {NOTE}, in its line on {name}" for name in self._edited_lines()),
            *(f"missing: {name}" for name in missing),
            *(f"additional: {name}" for name in additional),
            *self._faulty_bytecode(),
        ]

    def _edited_lines(self) -> list[str]:
        names = self._copy.written.keys() | self._expected.keys()
        return sorted(
            name for name in names if self._copy.written.get(name) != self._expected.get(name)
        )

    def _reason(self, name: str, data: bytes | None) -> str:
        if data is None:
            return ", and is no file"
        if sha256(data.replace(b"\r\n", b"\n")) == self._expected[name]:
            return _LINE_ENDS
        if self._reference is not None and name.endswith(".py"):
            text, original = _meaning(data), _meaning(self._reference[name])
            return _FORMATTED if text is not None and text == original else ""
        return ""

    def _faulty_bytecode(self) -> Iterator[str]:
        """Python may run bytecode in place of a source, so it has to be what the source gives."""
        for name, data in sorted(self._copy.found.items()):
            if is_bytecode(name):
                fault = _fault_of_bytecode(self._dest, PurePosixPath(name), self._copy.sources())
                if data is None or fault:
                    yield f"bytecode: {name} {fault or 'is no file'}; delete it"


def newer_than(version: str, at_hand: str) -> bool:
    """Whether the version at hand comes after the copy's; False where that cannot be told."""
    try:
        return _numbers(at_hand) > _numbers(version)
    except ValueError:
        return False


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _meaning(source: bytes) -> list[str] | None:
    """What a formatter leaves as it is: the statements, those of imports in any order."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(module):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            node.names.sort(key=lambda alias: alias.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = " ".join(node.value.split())  # docstrings are indented anew
    return sorted(map(ast.dump, module.body))


def _fault_of_bytecode(dest: Path, name: PurePosixPath, sources: Mapping[str, bytes]) -> str | None:
    """What is wrong with a file of __pycache__, or None if this Python makes it of its source."""
    module, _, tag = name.name.removesuffix(".pyc").partition(".")
    source = sources.get((name.parent.parent / f"{module}.py").as_posix())
    if source is None:
        return "has no source"
    optimized = _OPTIMIZED.search(tag)
    if tag[: optimized.start() if optimized else None] != sys.implementation.cache_tag:
        return "is of another Python, and cannot be verified by this one"
    path = str(dest / name)
    level = int(optimized[1]) if optimized else 0
    try:
        # Read, and never run.
        found = SourcelessFileLoader(module, path).get_code(module)
        made = SourceFileLoader(module, path).source_to_code(source, path, _optimize=level)
    except Exception as error:  # damaged bytecode raises half a dozen kinds of them
        return f"cannot be read ({type(error).__name__})"
    return None if found == made else "is not what its source gives"


def runs_from(dest: Path) -> bool:
    """Whether this very program is the copy at `dest`."""
    return Path(__file__).resolve().is_relative_to(dest)
