"""What a model class says of itself: its fields, its signature, its JSON Schema and its help.

A JSON Schema has the same keys in the same order as pydantic v2's. The help is the docstring of the
class, and those that stand below its fields.
"""

from __future__ import annotations

from dataclasses import MISSING

from .dump import PartialDump
from .schema import Dict, Kind, List, ModelKind, Record, Scalar, fields_by_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from inspect import Signature
    from typing import Any

    Refer = Callable[[type[Record]], dict[str, Any]]


def signature(model_class: Any) -> Signature:
    """Returns the constructor's signature, for help() and inspect.signature."""
    from inspect import Parameter, Signature

    parameters = []
    for name, field in fields_by_name(model_class).items():
        if field.init:
            default = field.default if field.default_factory is MISSING else field.default_factory()
            if default is MISSING:
                default = Parameter.empty
            kind = Parameter.KEYWORD_ONLY
            parameters.append(Parameter(name, kind, default=default, annotation=field.type))
    return Signature(parameters)


def json_schema(model_class: type[Record], ref_template: str) -> dict[str, Any]:
    """Returns the schema. "$defs" has those of all models inside of fields."""
    names: dict[type[Record], str] = {}
    definitions = {}

    def refer(inner: type[Record]) -> dict[str, Any]:
        if inner not in names:
            name = inner.__name__
            while name in names.values():  # another class of the same name
                name += "_"
            names[inner] = name
            definitions[name] = _class_schema(inner, refer)
        return {"$ref": ref_template.format(model=names[inner])}

    own = _class_schema(model_class, refer)
    if model_class in names:
        own = refer(model_class)
    return {"$defs": dict(sorted(definitions.items())), **own} if definitions else own


def inline_schema(model_class: type[Record], *outer: type[Record]) -> dict[str, Any]:
    """Returns the schema without "$defs". A model inside its own class is only an object."""
    if model_class in outer:
        return {"title": model_class.__name__, "type": "object"}
    return _class_schema(model_class, lambda inner: inline_schema(inner, model_class, *outer))


def _class_schema(model_class: type[Record], refer: Refer) -> dict[str, Any]:
    schema, doc = model_class._schema, own_doc(model_class)
    properties = {}
    for name, field in fields_by_name(model_class).items():
        kind = schema.kinds[name]
        described = _kind_schema(kind, refer)
        if field.default is not MISSING:
            described["default"] = PartialDump(for_json=True).dump(field.default)
        if not isinstance(kind, ModelKind):
            described["title"] = name.title().replace("_", " ").strip()
        properties[name] = dict(sorted(described.items()))
    return {
        "additionalProperties": True,
        **({"description": doc} if doc else {}),
        "properties": properties,
        **({"required": [*schema.required]} if schema.required else {}),
        "title": model_class.__name__,
        "type": "object",
    }


def _kind_schema(kind: Kind, refer: Refer) -> dict[str, Any]:
    """Returns the schema of values. `refer` returns what stands for the class of a model."""
    found: dict[str, Any] = {}
    if isinstance(kind, Scalar):
        found = {"type": kind.json_name}
    elif isinstance(kind, List):
        found = {"items": _kind_schema(kind.inner, refer), "type": "array"}
    elif isinstance(kind, Dict):
        found = {"additionalProperties": _kind_schema(kind.inner, refer) or True, "type": "object"}
    elif isinstance(kind, ModelKind):
        found = refer(kind.model_class)
    return {"anyOf": [found, {"type": "null"}]} if type(None) in kind.types else found


def own_doc(model_class: Any) -> str:
    """Returns the docstring of the class without the table. "" if it is only the signature."""
    import inspect

    doc = vars(model_class).get("__doc__")
    own = getattr(doc, "own", doc)
    # Since Python 3.15, dataclasses put an object there that makes the signature when it is read.
    is_own = isinstance(own, str) and not own.startswith(f"{model_class.__name__}(")
    return inspect.cleandoc(own) if is_own else ""


def explain_fields(model_classes: Iterable[Any]) -> None:
    """Adds a table of their fields to the docstrings of the classes."""
    for each in model_classes:
        each.__doc__ = _DocOfFields(each.__doc__)


class _DocOfFields:
    """The `__doc__` of a model class, as text where it is read.

    It reads the source of the class, and only when it is asked for: `help` may take its time, and
    importing the models may not. Without source, it is the docstring of the class alone.
    """

    def __init__(self, own: str | None) -> None:
        self.own = own

    def __get__(self, instance: object, owner: type) -> str:
        import textwrap

        texts = _texts_of_fields(owner)
        column = max(map(len, texts), default=0) + 2
        rows = [
            textwrap.fill(
                f"{name}:".ljust(column) + text[0].lower() + text[1:].removesuffix("."),
                width=96,  # help() indents it by four
                subsequent_indent=" " * column,
                break_on_hyphens=False,
            )
            for name, text in texts.items()
        ]
        return "\n\n".join(filter(None, [own_doc(owner), "\n".join(rows)]))


def _texts_of_fields(model_class: type) -> dict[str, str]:
    import ast
    import inspect

    try:
        (tree,) = ast.parse(inspect.getsource(model_class)).body
    except (OSError, TypeError):  # It is frozen, or in a copy of compiled files.
        return {}
    assert isinstance(tree, ast.ClassDef)
    return {
        ast.unparse(field.target): " ".join(ast.literal_eval(below.value).split())
        for field, below in zip(tree.body, tree.body[1:])
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }
