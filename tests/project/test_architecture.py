"""The layers of the package, as CONTRIBUTING.md draws them, and what importing it loads."""

from __future__ import annotations

import ast
import functools
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clean_process import run_program
from tests.once import on_one_python

pytestmark = on_one_python

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "ancla"
LONGEST_MODULE = 500
# These are lists of methods, models and fields, each with its documentation.
LONGEST = {"client": 1400, "models": 700, "testing": 550}
LONGEST_STUB = 500

# From top to bottom. A part imports only from lower rows, and in its own row only from itself.
LAYERS = (
    ("__main__",),
    ("async_client", "command_line", "testing", "vendor"),
    ("_copies",),
    ("_fake",),
    ("_cli",),
    ("doctor",),
    ("_doctor",),
    ("client",),
    ("_api",),
    ("exceptions",),
    ("_http", "models"),
    ("_model",),
    ("_errors",),
    ("_hints",),
    ("__init__",),
)
ROW_OF = {name: row for row, names in enumerate(LAYERS) for name in names}


def module_name(file: Path) -> str:
    """Returns _http.retry for `_http/retry.py`, and _http for `_http/__init__.py`."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(file): file for file in PACKAGE.rglob("*.py")}


def part_of(module: str) -> str:
    """Returns the part of a module: its folder, or the module itself if it is in none."""
    return module.partition(".")[0]


def running_imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yields every import that is carried out, also in functions, but none for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        yield from running_imports(node)


@functools.cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_bytes())


@functools.cache
def imports_of(module: str) -> list[ast.Import | ast.ImportFrom]:
    return [*running_imports(tree_of(module))]


@functools.cache
def all_imports_of(module: str) -> list[ast.Import | ast.ImportFrom]:
    """Returns all imports. Those for type checkers do not count in `__init__`, which names all."""
    if module == "__init__":
        return imports_of(module)
    nodes = ast.walk(tree_of(module))
    return [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]


def absolute_imports(module: str) -> set[str]:
    names: set[str] = set()
    for node in imports_of(module):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def own_imports(module: str, *, for_checkers: bool = False) -> set[str]:
    """Returns the names of the package's modules that `module` imports."""
    is_folder = MODULES[module].name == "__init__.py"
    here = [] if module == "__init__" else module.split(".")
    names: set[str] = set()
    for node in all_imports_of(module) if for_checkers else imports_of(module):
        if isinstance(node, ast.ImportFrom) and node.level:
            levels_up = node.level - 1 if is_folder else node.level
            base = here[: len(here) - levels_up] + (node.module or "").split(".")
            source = ".".join(filter(None, base))
            for alias in node.names:
                below = ".".join(filter(None, [source, alias.name]))
                names.add(below if below in MODULES else source or "__init__")
    return names


def test_every_part_of_the_package_has_a_layer() -> None:
    assert set(map(part_of, MODULES)) == ROW_OF.keys()


@pytest.mark.parametrize("module", MODULES)
def test_only_the_standard_library_and_relative_imports_are_used(module: str) -> None:
    assert absolute_imports(module) <= sys.stdlib_module_names


def test_imports_point_down_only() -> None:
    wrong = [
        f"{module} imports {other}"
        for module in MODULES
        for other in sorted(own_imports(module, for_checkers=True))
        if part_of(module) != part_of(other) and ROW_OF[part_of(module)] >= ROW_OF[part_of(other)]
    ]
    assert wrong == []


def test_imports_have_no_cycles() -> None:
    graph = {module: own_imports(module, for_checkers=True) for module in MODULES}
    graphlib.TopologicalSorter(graph).prepare()


def test_the_retired_routes_are_behind_two_imports() -> None:
    seam = {
        (module, other)
        for module in MODULES
        for other in own_imports(module, for_checkers=True)
        if not module.startswith("_api.retired") and other.startswith("_api.retired")
    }
    assert seam == {
        ("_api.remote", "_api.retired.detection"),
        ("_api.deploying", "_api.retired.linked_deploy"),
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_enough_to_read_in_one_sitting(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST.get(module, LONGEST_MODULE)


# Names that compile code from text, and attributes that change what an object is.
HIDDEN_CODE = {"__import__", "compile", "eval", "exec"}
HIDDEN_ATTRIBUTES = {"_getframe", "__class__", "__code__"}


@pytest.mark.parametrize("module", MODULES)
def test_no_code_is_compiled_from_text_and_no_object_changes_its_class(module: str) -> None:
    wrong = [
        ast.unparse(node)
        for node in ast.walk(tree_of(module))
        if (isinstance(node, ast.Name) and node.id in HIDDEN_CODE)
        or (
            isinstance(node, ast.Attribute)
            and node.attr in HIDDEN_ATTRIBUTES
            and (node.attr == "_getframe" or not isinstance(node.ctx, ast.Load))
        )
        or (isinstance(node, ast.alias) and node.name.startswith(("linecache", "codeop", "code.")))
    ]
    assert wrong == []


def test_a_stub_is_short_enough_to_read_in_one_sitting() -> None:
    lengths = {
        stub.name: len(stub.read_text(encoding="utf-8").splitlines())
        for stub in (PROJECT / "typings" / "ancla").rglob("*.pyi")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_STUB} == {}


def test_importing_the_package_loads_nothing_else(tmp_path: Path) -> None:
    program = """
before = set(sys.modules)
import ancla
print(sorted(set(sys.modules) - before - {"__future__"}))
"""
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == "['ancla']\n"


def test_models_and_errors_load_no_network(tmp_path: Path) -> None:
    program = """
from ancla import NotFoundError, Org
print(sorted({"http", "socket", "ssl", "urllib.request"} & sys.modules.keys()))
"""
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == "[]\n"


@pytest.mark.parametrize(
    "module", [name for name in MODULES if part_of(name) in ("client", "_api", "_http")]
)
def test_a_client_imports_nothing_in_functions(module: str) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    late = [
        ast.unparse(node)
        for function in ast.walk(tree_of(module))
        if isinstance(function, functions)
        for node in running_imports(function)
    ]
    # A client that is made with on_attempt imports it at once.
    assert late == (["import logging"] if module == "_http.attempts" else [])
