"""JSON Schemas of models. `tox -e parity` compares all of them with those of pydantic."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ancla import models
from ancla.models import ConfigVar, Model


@dataclass(kw_only=True)
class Node(Model):
    """A part of a tree."""

    name: str
    weight_in_kg: float | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)


@dataclass(kw_only=True)
class Tree(Model):
    root: Node
    owner: models.User | None = None


def made(name: str, base: type[Model], **annotations: type) -> type[Model]:
    made: type[Model] = dataclass(kw_only=True)(
        type(name, (base,), {"__annotations__": annotations})
    )
    return made


NODE = {
    "additionalProperties": True,
    "description": "A part of a tree.",
    "properties": {
        "name": {"title": "Name", "type": "string"},
        "weight_in_kg": {
            "anyOf": [{"type": "number"}, {"type": "null"}],
            "default": None,
            "title": "Weight In Kg",
        },
        "sizes": {
            "additionalProperties": {"type": "integer"},
            "title": "Sizes",
            "type": "object",
        },
        "children": {
            "items": {"$ref": "#/$defs/Node"},
            "title": "Children",
            "type": "array",
        },
    },
    "required": ["name"],
    "title": "Node",
    "type": "object",
}


def test_a_model_inside_of_another_is_a_definition() -> None:
    assert Node.model_json_schema() == {"$defs": {"Node": NODE}, "$ref": "#/$defs/Node"}
    schema = Tree.model_json_schema()
    assert schema["$defs"] == {"Node": NODE, "User": models.User.model_json_schema()}
    assert schema["properties"] == {
        "root": {"$ref": "#/$defs/Node"},
        "owner": {"anyOf": [{"$ref": "#/$defs/User"}, {"type": "null"}], "default": None},
    }
    assert Tree.model_json_schema(ref_template="#/parts/{model}")["properties"]["root"] == {
        "$ref": "#/parts/Node"
    }


def test_two_classes_of_the_same_name_are_two_definitions() -> None:
    schema = made("Wood", Tree, guest=made("User", Model, age=int)).model_json_schema()
    assert schema["$defs"].keys() == {"Node", "User", "User_"}
    assert schema["properties"]["guest"] == {"$ref": "#/$defs/User_"}
    assert schema["$defs"]["User_"]["properties"].keys() == {"age"}


def test_a_schema_is_not_shared() -> None:
    ConfigVar.model_json_schema()["required"].clear()
    assert ConfigVar.model_json_schema()["required"] == ["name"]


def test_the_description_is_the_docstring_alone() -> None:
    description = ConfigVar.model_json_schema()["description"]
    assert (ConfigVar.__doc__ or "").startswith(description)
    assert description.endswith("belong to an organization, team, project or environment.")
    assert "description" not in Tree.model_json_schema()


def test_the_base_of_the_models_has_no_schema() -> None:
    with pytest.raises(AttributeError, match="Model lacks @dataclass"):
        Model.model_json_schema()
