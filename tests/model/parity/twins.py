"""For each of our models a pydantic model with the same fields, and payloads for both.

The twins are made from the dataclass fields, so that a model that is added is compared as well.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import random
import types
from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from ancla import models
from ancla.models import Model

MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__ if name != "Model"]
PAYLOADS_OF_EACH = 25

_TWINS: dict[type[Model], type[BaseModel]] = {}


def twin_of(model: type[Model]) -> type[BaseModel]:
    if model not in _TWINS:
        hints = get_type_hints(model)
        fields: dict[str, Any] = {
            field.name: (_twin_type(hints[field.name]), _twin_default(field))
            for field in model.model_fields.values()
        }
        doc = ast.get_docstring(ast.parse(inspect.getsource(model)).body[0])  # type: ignore[arg-type]
        _TWINS[model] = create_model(
            model.__name__, __config__=ConfigDict(extra="allow"), __doc__=doc, **fields
        )
    return _TWINS[model]


def _twin_type(hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Model):
        return twin_of(hint)
    if isinstance(hint, types.UnionType):
        return _twin_type(get_args(hint)[0]) | None
    if get_origin(hint) is list:
        return types.GenericAlias(list, _twin_type(get_args(hint)[0]))
    return Any if hint is object else hint


def _twin_default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return Field(default_factory=field.default_factory)
    return ... if field.default is dataclasses.MISSING else field.default


def payloads(model: type[Model], count: int = PAYLOADS_OF_EACH) -> list[dict[str, Any]]:
    """Returns records of every form that a server may send, always the same for a model."""
    chance = random.Random(model.__name__)
    return [_payload(model, chance) for _ in range(count)]


def _payload(model: type[Model], chance: random.Random) -> dict[str, Any]:
    hints = get_type_hints(model)
    payload: dict[str, Any] = {}
    for field in model.model_fields.values():
        has_default = (field.default, field.default_factory) != (dataclasses.MISSING,) * 2
        if has_default and chance.random() < 0.3:
            continue
        if field.default is not dataclasses.MISSING and chance.random() < 0.1:
            payload[field.name] = field.default
        else:
            payload[field.name] = _value(hints[field.name], chance)
    if chance.random() < 0.5:
        for _ in range(chance.randrange(1, 4)):
            payload[_text(chance) + "_new"] = free_form(chance)
    members = list(payload.items())
    chance.shuffle(members)
    return dict(members)


def _value(hint: Any, chance: random.Random) -> Any:
    if isinstance(hint, types.UnionType):
        return None if chance.random() < 0.4 else _value(get_args(hint)[0], chance)
    if isinstance(hint, type) and issubclass(hint, Model):
        return _payload(hint, chance)
    if hint is object:
        return free_form(chance)
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0], chance) for _ in range(chance.randrange(4))]
    if get_origin(hint) is dict:
        inner = get_args(hint)[1]
        return {_text(chance): _value(inner, chance) for _ in range(chance.randrange(4))}
    return _MAKERS[hint](chance)


def free_form(chance: random.Random, depth: int = 3) -> Any:
    form = chance.randrange(7 if depth else 5)
    if form == 5:
        return [free_form(chance, depth - 1) for _ in range(chance.randrange(4))]
    if form == 6:
        return {_text(chance): free_form(chance, depth - 1) for _ in range(chance.randrange(4))}
    return (_text, _int, number, _bool, _none)[form](chance)


_SPECIAL = "\x00\x01\b\t\n\v\f\r\x1b\x1f \"'/\\<>&{}[]%\x7f\x80\xa0é日\u2028\u2029\ufeff\uffff😀"


def _text(chance: random.Random) -> str:
    pools = ["abc-_.09", "abcABC", _SPECIAL]
    return "".join(chance.choices(chance.choice(pools), k=chance.choice([0, 1, 3, 10, 40])))


def _none(chance: random.Random) -> None:
    return None


def _bool(chance: random.Random) -> bool:
    return chance.random() < 0.5


def _int(chance: random.Random) -> int:
    return chance.choice([0, 1, -1, chance.randrange(1000), -(2**63), 2**64, 10**30, -(10**25)])


def _finite(chance: random.Random) -> float:
    # Of infinity in a field for floats, and there only, pydantic's mode="json" makes no null.
    return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-8, 18)


def number(chance: random.Random) -> float:
    form = chance.randrange(5)
    if form == 0:
        return chance.choice([0.0, -0.0, 1.0, 1e16, 1e15, 1.2345678901234568e17, 1e-5, 5e-324])
    if form == 1:
        return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-300, 300)
    if form == 2:
        return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-8, 18)
    if form == 3:
        return float(chance.randrange(10**6))
    return chance.choice([float("inf"), float("-inf"), 0.1, 1 / 3, 99.9])


_MAKERS: dict[Any, Callable[[random.Random], Any]] = {
    str: _text,
    int: _int,
    float: _finite,
    bool: _bool,
}
