"""The JSON Schema of a model class, as pydantic v2 makes it: the same keys in the same order."""

from __future__ import annotations

from dataclasses import MISSING

from .dump import PartialDump
from .field_help import own_doc
from .schema import Dict, Kind, List, ModelKind, Record, Scalar, declared_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Refer = Callable[[type[Record]], dict[str, Any]]


def json_schema(model_class: type[Record], ref_template: str) -> dict[str, Any]:
    """Returns the schema. "$defs" has those of all models inside of fields."""
    names: dict[type[Record], str] = {}
    definitions: dict[str, Any] = {}

    def refer(inner: type[Record]) -> dict[str, Any]:
        if inner not in names:
            name = inner.__name__
            while name in definitions:  # another class of the same name
                name += "_"
            names[inner] = name
            definitions[name] = {}  # Now, because its fields may refer to it.
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
    for each in declared_fields(model_class):
        kind = schema.kinds[each.name]
        described = _kind_schema(kind, refer)
        if each.default is not MISSING:
            described["default"] = PartialDump(for_json=True).dump(each.default)
        if not isinstance(kind, ModelKind):
            described["title"] = each.name.title().replace("_", " ").strip()
        properties[each.name] = dict(sorted(described.items()))
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
