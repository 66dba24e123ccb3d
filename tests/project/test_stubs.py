"""The stubs have the annotations, fields and defaults of the source.

stubtest compares names, arguments and defaults (`tox -e typing`). It inspects the imported package,
where annotations are text, so these tests compare the annotations.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCES_OF_STUBS = {
    "async_client": ["async_client.py"],
    "client": ["client.py", "_http/attempts.py"],
    "command_line": ["_cli/__init__.py"],
    "exceptions": ["exceptions.py", "_errors.py"],
    "models": ["models.py", "_model/__init__.py"],
    "testing": ["testing.py", "_fake/server.py"],
    "vendor": ["vendor.py"],
}
# Names that only exist for type checkers in the source, and what stubs have in their place.
NAMES_IN_STUBS = {
    "ClientT": "Self",
    "ModelT": "Self",
    "OnUpdate": "Callable[[Image | Release | Deployment], object]",
    "Selection": "_Selection",
}
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def parse(file: str) -> ast.Module:
    return ast.parse((PROJECT / file).read_text(encoding="utf-8"))


def stub_and_source(module: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
    stub = parse(f"typings/ancla/{module}.pyi").body
    return stub, [node for file in SOURCES_OF_STUBS[module] for node in parse(f"ancla/{file}").body]


def functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, AnyFunction]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{node.name}.")
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from functions(node.body, prefix)


def attributes(body: list[ast.stmt]) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yields the read-only attributes of classes as properties, which they are in a stub."""
    for node in body:
        if not isinstance(node, ast.ClassDef):
            continue
        for each in node.body:
            if isinstance(each, ast.AnnAssign):
                name, annotation = ast.unparse(each.target), ast.unparse(each.annotation)
                getter = ast.parse(f"def {name}(self) -> {annotation}: ...").body[0]
                assert isinstance(getter, ast.FunctionDef)
                yield f"{node.name}.{name}", getter


def in_stub_s_words(annotation: ast.expr | None) -> str:
    text = "" if annotation is None else ast.unparse(annotation)
    return re.sub(r"\w+", lambda word: NAMES_IN_STUBS.get(word[0], word[0]), text)


def annotations_of(function: AnyFunction) -> dict[str, str]:
    """Returns the annotation of each argument and of the result."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    found = {each.arg: in_stub_s_words(each.annotation) for each in arguments if each}
    return {**found, "self": "", "cls": "", "return": in_stub_s_words(function.returns)}


def is_dataclass(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.ClassDef) else []
    return any(ast.unparse(each).startswith("dataclass") for each in decorators)


def dataclass_fields(body: list[ast.stmt]) -> dict[str, list[str]]:
    """Returns the fields of every dataclass as text, without metadata."""
    return {
        node.name: [
            re.sub(
                r"field\(default=(.+)\)", r"\1", re.sub(", metadata=.+", ")", ast.unparse(field))
            )
            for field in node.body
            if isinstance(field, ast.AnnAssign)
        ]
        for node in body
        if isinstance(node, ast.ClassDef) and is_dataclass(node)
    }


@pytest.mark.parametrize("module", SOURCES_OF_STUBS)
def test_functions_have_the_annotations_of_the_source(module: str) -> None:
    stub_body, source_body = stub_and_source(module)
    stub, source = (
        dict(functions(stub_body)),
        dict([*attributes(source_body), *functions(source_body)]),
    )
    assert {name: annotations_of(stub[name]) for name in stub} == {
        name: annotations_of(source[name]) for name in stub
    }


@pytest.mark.parametrize("module", ["models", "testing"])
def test_dataclasses_have_the_fields_and_defaults_of_the_source(module: str) -> None:
    stub, source = map(dataclass_fields, stub_and_source(module))
    assert stub
    assert stub == {name: source[name] for name in stub}


def test_stub_and_source_of_the_asyncio_client_wrap_the_same_methods() -> None:
    stub, source = (
        {
            ast.unparse(line)
            for node in body
            if isinstance(node, ast.ClassDef) and node.name == "AsyncAnclaClient"
            for line in node.body
            if isinstance(line, ast.Assign)
        }
        for body in stub_and_source("async_client")
    )
    assert "list_orgs = _awaited(AnclaClient.list_orgs)" in stub
    assert stub == source


def test_the_examples_show_what_every_method_of_the_client_returns() -> None:
    asserted = ("assert_type", "returns_nothing")
    shown = {
        ast.unparse(node.args[0]).partition("(")[0]
        for node in ast.walk(parse("tests/project/typing/methods.py"))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in asserted
    }
    names = [name.split(".") for name, _ in functions(stub_and_source("client")[0])]
    methods = {name for owner, name in names if owner == "AnclaClient"}
    public = {f"client.{name}" for name in methods if not name.startswith("_")}
    assert len(public) > 28
    assert public <= shown
