"""The stubs are what docs/make_stubs.py writes for the current sources.

stubtest compares names, arguments and defaults with the imported package (`tox -e typing`).
"""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MADE = runpy.run_path(str(PROJECT / "docs" / "make_stubs.py"))


@pytest.mark.parametrize("module", MADE["SOURCES"])
def test_a_stub_is_up_to_date(module: str) -> None:
    stub = (PROJECT / "typings" / "ancla" / f"{module}.pyi").read_text(encoding="utf-8")
    assert MADE["stub"](module) == stub, "run `python docs/make_stubs.py`"


def test_the_stubs_are_those_of_the_public_modules() -> None:
    stubs = {path.stem for path in (PROJECT / "typings" / "ancla").iterdir()}
    public = {
        path.stem
        for path in (PROJECT / "ancla").glob("*.py")
        if path.stem[:2] == "__" or path.stem[0] != "_"
    }
    assert stubs == set(MADE["SOURCES"]) == public - {"__main__"}


def test_the_examples_show_what_every_method_of_the_client_returns() -> None:
    asserted = ("assert_type", "returns_nothing")
    examples, stub = (
        ast.parse((PROJECT / file).read_text(encoding="utf-8"))
        for file in ("tests/project/typing/methods.py", "typings/ancla/client.pyi")
    )
    shown = {
        ast.unparse(node.args[0]).partition("(")[0]
        for node in ast.walk(examples)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in asserted
    }
    (client,) = (node for node in stub.body if getattr(node, "name", "") == "AnclaClient")
    methods = {node.name for node in ast.walk(client) if isinstance(node, ast.FunctionDef)}
    public = {f"client.{name}" for name in methods if not name.startswith("_")}
    assert len(public) > 28
    assert public <= shown
