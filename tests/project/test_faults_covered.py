"""Every fault that the transport must survive has its test, which names the fault's number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

FAULTS = range(1, 42)


def test_every_fault_has_a_test() -> None:
    named: set[int] = set()
    for path in Path(__file__).parents[1].rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found = re.match(r"Fault (\d+):", ast.get_docstring(node) or "")
                named.update([int(found[1])] if found else [])
    assert sorted(named) == list(FAULTS)
