"""Each fault in faults.md has a test that names its number, and each number in a test is listed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.once import on_one_python

LIST = Path(__file__).with_name("faults.md")
TESTS = Path(__file__).parents[1]


def _numbers_in_tests() -> set[int]:
    numbers: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = re.match(r"Fault (\d+):", ast.get_docstring(node) or "")
                numbers.update([int(named[1])] if named else [])
    return numbers


@on_one_python
def test_every_listed_fault_has_a_test_and_every_test_names_a_listed_fault() -> None:
    listed = re.findall(r"^(\d+)\. ", LIST.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in listed] == sorted(_numbers_in_tests())
