"""JSON Schemas: our models and pydantic describe the same fields, as the same text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("pydantic", reason="these tests compare with pydantic: tox -e parity")

from pydantic import BaseModel, Field

from ancla.models import Model
from tests.model.parity.twins import MODELS, twin_of

KEYWORDS: list[dict[str, Any]] = [
    {},
    {"mode": "serialization"},
    {"by_alias": False},
    {"ref_template": "#/components/schemas/{model}"},
]


@dataclass(frozen=True, kw_only=True)
class Colour(Model):
    """What something looks like.

    By its name.
    """

    name: str = "red"


@dataclass(kw_only=True)
class Node(Model):
    weight__in_kg: float | None
    free: Any = None
    free_list: list[Any] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    flags: dict[str, list[dict[str, bool]]] | None = None
    colour: Colour = Colour(name="blue")
    colours: list[Colour] = field(default_factory=list)
    branches: dict[str, Branch | None] = field(default_factory=dict)


@dataclass(kw_only=True)
class Branch(Model):
    colour: Colour
    node: Node | None = None


class Root(Node):
    """It has no fields of its own."""


class ColourTwin(BaseModel, extra="allow", title="Colour"):
    __doc__ = Colour.__doc__
    name: str = "red"


class NodeTwin(BaseModel, extra="allow", title="Node"):
    weight__in_kg: float | None
    free: Any = None
    free_list: list[Any] | None = None
    sizes: dict[str, int] = Field(default_factory=dict)
    flags: dict[str, list[dict[str, bool]]] | None = None
    colour: ColourTwin = ColourTwin(name="blue")
    colours: list[ColourTwin] = Field(default_factory=list)
    branches: dict[str, BranchTwin | None] = Field(default_factory=dict)


class BranchTwin(BaseModel, extra="allow", title="Branch"):
    colour: ColourTwin
    node: NodeTwin | None = None


class RootTwin(NodeTwin, title="Root"):
    """It has no fields of its own."""


def text_of(model: Any, **keywords: Any) -> str:
    # As text, since that has the order of the keys.
    return json.dumps(model.model_json_schema(**keywords), indent=1)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_schema_of_a_model_is_the_same(model: type[Model]) -> None:
    for keywords in KEYWORDS:
        assert text_of(model, **keywords) == text_of(twin_of(model), **keywords)


PAIRS = [(Colour, ColourTwin), (Node, NodeTwin), (Branch, BranchTwin), (Root, RootTwin)]


@pytest.mark.parametrize(("model", "twin"), PAIRS)
def test_the_schema_of_models_that_refer_to_each_other_is_the_same(
    model: type[Model], twin: type[BaseModel]
) -> None:
    for keywords in KEYWORDS:
        theirs = text_of(twin, **keywords).replace("Twin", "")
        assert text_of(model, **keywords) == theirs
