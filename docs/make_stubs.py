"""Writes the stubs in typings/ancla from the sources: `python docs/make_stubs.py`."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
STUBS = PROJECT / "typings" / "ancla"
# The public modules, with the files that define their names.
SOURCES = {
    "__init__": ["_api/progress.py", "__init__.py"],
    "async_client": ["client.py", "async_client.py"],
    "client": ["_http/attempts.py", "client.py"],
    "command_line": ["_cli/__init__.py", "command_line.py"],
    "doctor": ["_doctor/facts.py", "doctor.py"],
    "exceptions": ["_errors.py", "exceptions.py"],
    "models": ["_model/__init__.py", "models.py"],
    "testing": ["_fake/server.py", "testing.py"],
    "vendor": ["vendor.py"],
}
# What stubs have instead of some names, and where those are from that no source imports.
RENAMED = {"ClientT": "Self", "ModelT": "Self", "Selection": "_Selection"}
PLACES = {"Attempt": ".client", "Field": "dataclasses", "Self": "typing_extensions"}
LEFT_OUT = re.compile(r"_[^_]|__(slots|setstate|get_pydantic)")
ITEM = re.compile(r"(?:[^,\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])+")
WIDTH = 100


def words(node: ast.AST | None) -> str:
    text = ast.unparse(node).replace("dataclasses.", "").replace("'", '"') if node else ""
    return re.sub(r"\w+", lambda word: RENAMED.get(word[0], word[0]), text)


def wrapped(start: str, items: list[str], end: str) -> str:
    """A list in one line, or indented in one, or each item in its own: as ruff formats it."""
    indent = " " * (len(start) - len(start.lstrip()))
    inner = f"{indent}    {', '.join(items)}"
    if len(start + inner.strip() + end) <= WIDTH:
        return start + inner.strip() + end
    if "def " in start and len(inner) <= WIDTH:
        return f"{start}\n{inner}\n{indent}{end}"
    return "\n".join([start, *(f"{indent}    {item}," for item in items), indent + end])


def function(node: Any, indent: str = "", wrapper: str = "") -> str:
    text = re.sub(r"^(self|cls)(: [^,]+)", r"\1", words(node.args))
    text = re.sub(r"=(?!None|True|False)[A-Za-z_][\w.]*", "=...", text).replace("=", " = ")
    items = [item.strip() for item in ITEM.findall(text)]
    names = [words(each) for each in node.decorator_list]
    decorators = [
        f"{indent}@{name}\n"
        for name in names
        if name.endswith(".setter") or hasattr(builtins, name)
    ]
    start = "async " * (isinstance(node, ast.AsyncFunctionDef) or wrapper == "_awaited")
    returns = "Async" * (wrapper == "_iterated") + words(node.returns)
    text = wrapped(f"{indent}{start}def {node.name}(", items, f") -> {returns}: ...")
    return "".join([*decorators, text])


def statements(body: list[ast.stmt]) -> Iterator[Any]:
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from statements(node.body)
        else:
            yield node


def name_of(node: Any) -> str:
    return getattr(node, "name", "") or re.split(r"\W", ast.unparse(node))[0]


def members(owner: ast.ClassDef, lines: list[str], methods: dict[str, Any]) -> Iterator[str]:
    for node in statements(owner.body):
        name = name_of(node)
        heading = lines[node.lineno - 3 - len(getattr(node, "decorator_list", []))]
        if heading.startswith("    # "):
            yield f"\n{heading}\n"
        if LEFT_OUT.match(name) or (hasattr(object, name) and name != "__init__"):
            continue
        if isinstance(node, ast.AnnAssign) and owner.decorator_list:  # a field of a dataclass
            value = re.sub(r"(, )?metadata=.*(?=\))", "", words(node.value))
            value = re.sub(r"^field\((default=(.*))?\)$", r"\2", value)
            yield f"    {name}: {words(node.annotation)}" + (f" = {value}" if value else "")
        elif isinstance(node, ast.AnnAssign):
            kind = words(node.annotation)
            getter = f"    @property\n    def {name}(self) -> {kind}: ..."
            yield f"    {name}: {kind}" if kind.startswith("ClassVar") else getter
        elif isinstance(node, ast.Assign):
            wrapper = words(getattr(node.value, "func", None))
            method = wrapper and function(methods[name], "    ", wrapper)
            yield method or f"    {name}: {type(ast.literal_eval(node.value)).__name__}"
        elif hasattr(node, "args"):
            kinds = {each.arg: each for each in ast.walk(node) if isinstance(each, ast.arg)}
            for kept in re.findall(r"^ +self\.([a-z]\w*) = \1$", ast.unparse(node), re.MULTILINE):
                yield f"    {kept}: {words(kinds[kept].annotation)}"
            yield function(methods.get(name, node) if name == "__init__" else node, "    ")


def definition(node: Any, lines: list[str], methods: dict[str, Any]) -> str:
    if isinstance(node, ast.ClassDef):
        decorators = "".join(f"@{words(each)}\n" for each in node.decorator_list)
        bases = ", ".join(words(base) for base in node.bases if words(base) != "_Base")
        start = f"{decorators}class {node.name}{f'({bases})' * bool(bases)}:"
        return "\n".join([start, *members(node, lines, methods)]) + " ..." * (len(node.body) == 1)
    if isinstance(node, ast.AnnAssign):
        value = words(node.value).replace('"', "")
        return f"_{name_of(node)}: {words(node.annotation)} = (\n    {value}\n)"
    kind = "tuple[str, ...]" if isinstance(getattr(node, "value", None), ast.Tuple) else "str"
    return function(node) if isinstance(node, ast.FunctionDef) else f"{name_of(node)}: {kind}"


def stub(module: str) -> str:
    places, nodes = dict(PLACES), {}
    for file in SOURCES[module]:
        text = (PROJECT / "ancla" / file).read_text(encoding="utf-8")
        tree = ast.parse(text)
        for node in statements(tree.body):
            nodes[name_of(node)] = node, text.splitlines()
            if isinstance(node, ast.ImportFrom):
                place = "." * bool(node.level) + (node.module or "")
                if not place.startswith("._"):
                    places |= {each.name: place for each in node.names}
    public = ast.literal_eval(nodes["__all__"][0].value)
    own = [name for name in nodes if name in (*public, "Selection", "_Stage")]
    wrapped_class = nodes["AnclaClient"][0].body if module == "async_client" else []
    methods = {name_of(node): node for node in wrapped_class}
    body = "\n\n".join(definition(*nodes[name], methods) for name in own)
    body = re.sub(r"^(class .*\.\.\.\n)\n(?=class .*\.\.\.$)", r"\1", body, flags=re.MULTILINE)
    names = {*public, *re.findall(r"(?<![\w.\"])[A-Za-z]\w*(?![\w\"])", body)} - {*own}
    names |= {name for name, place in places.items() if module == "__init__" and place == "."}
    doc = (ast.get_docstring(tree) or "").partition("\n")[0]
    groups: list[list[str]] = [[f'"""{doc}"""'], [], [], []]
    for place in sorted({places[name] for name in names & places.keys()}):
        there = [name for name in names if places.get(name) == place]
        there.sort(key=lambda name: (name[0].islower(), name.lower()))
        line = f"from {place} import {', '.join(there)}"
        if place == ".":
            line = "\n".join(f"from . import {name} as {name}" for name in there)
        elif len(line) > WIDTH:
            line = wrapped(f"from {place} import (", there, ")")
        groups[3 if place[0] == "." else 1 + (place == "typing_extensions")].append(line)
    groups += [[wrapped("__all__ = [", [f'"{name}"' for name in public], "]")], [body]]
    return "\n\n".join("\n".join(group) for group in groups if group) + "\n"


if __name__ == "__main__":
    for name in SOURCES:
        (STUBS / f"{name}.pyi").write_text(stub(name), encoding="utf-8", newline="\n")
