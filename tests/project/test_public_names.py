"""The public names are the same everywhere: `__all__`, stubs, type checkers, `dir()`."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from tests.clean_process import run_program

PROJECT = Path(__file__).parents[2]
NAMES = set(ancla.__all__) - {"__version__"}
MODULES = ("async_client", "client", "command_line", "doctor", "exceptions", "models", "testing")
# These can be used after `import ancla` alone.
REACHED = {"command_line", "doctor", "exceptions", "models", "testing"}


def parse(file: str) -> ast.Module:
    return ast.parse((PROJECT / file).read_text(encoding="utf-8"))


def imported_names(tree: ast.AST) -> set[str]:
    """Returns the names that are imported from the package's modules anywhere in `tree`."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }


def listed_names(tree: ast.Module) -> list[str]:
    """Returns the `__all__` of a module or stub."""
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and "__all__" in ast.unparse(node):
            assert node.value is not None
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


@pytest.mark.parametrize("module", ["", *(f".{name}" for name in MODULES)])
def test_all_is_sorted_without_duplicates(module: str) -> None:
    names = importlib.import_module(f"ancla{module}").__all__
    assert names == sorted(set(names))


def test_every_public_name_is_resolved_on_first_use_and_by_star_import() -> None:
    namespace: dict[str, object] = {}
    exec("from ancla import *", namespace)
    assert namespace.keys() - {"__builtins__"} == {*NAMES, "__version__"}
    assert all(namespace[name] is getattr(ancla, name) for name in NAMES)


def test_dir_shows_the_public_names_only() -> None:
    assert dir(ancla) == sorted({*ancla.__all__, *REACHED})


@pytest.mark.parametrize("module", sorted(REACHED))
def test_a_public_module_needs_no_import_of_its_own(module: str, tmp_path: Path) -> None:
    program = f"import ancla; print(ancla.{module}.__name__)"
    parent = Path(ancla.__path__[0]).parent
    assert run_program(program, path=[parent], cwd=tmp_path) == f"ancla.{module}\n"


def test_a_minimal_copy_has_no_testing_module(tmp_path: Path) -> None:
    assert vendor.main([str(tmp_path / "small"), "--minimal"]) == 0
    program = "import small; print(hasattr(small, 'testing'), small.exceptions.AnclaError)"
    said = run_program(program, path=[tmp_path], cwd=tmp_path)
    assert said == "False <class 'small.exceptions.AnclaError'>\n"


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ancla' has no attribute 'AnclaClinet'"):
        _ = ancla.AnclaClinet  # type: ignore[attr-defined]


def test_type_checkers_see_the_same_names() -> None:
    assert imported_names(parse("ancla/__init__.py")) == NAMES | REACHED


@pytest.mark.parametrize("module", ["exceptions", "models"])
def test_a_public_module_s_names_are_the_package_s(module: str) -> None:
    names = set(importlib.import_module(f"ancla.{module}").__all__)
    # The base class of models is for annotations, so `ancla` does not export it.
    assert names - {"Model"} <= NAMES


def test_the_stubs_have_the_same_names() -> None:
    stub = parse("typings/ancla/__init__.pyi")
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert imported_names(stub) | functions == NAMES | REACHED
    assert listed_names(stub) == ancla.__all__


@pytest.mark.parametrize("module", MODULES)
def test_the_stub_of_a_module_lists_its_names(module: str) -> None:
    names = importlib.import_module(f"ancla.{module}").__all__
    assert listed_names(parse(f"typings/ancla/{module}.pyi")) == names
