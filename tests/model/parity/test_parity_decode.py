"""Decoding: our models and pydantic accept and reject the same records, with the same result."""

from __future__ import annotations

import json
import math
import random
import re
import types
from collections import OrderedDict
from typing import Any

import pytest

pytest.importorskip("pydantic", reason="these tests compare with pydantic: tox -e parity")

from pydantic import BaseModel, ValidationError

from ancla import InvalidResponseError
from ancla.models import Model, Org
from tests.model.parity.twins import MODELS, payloads, twin_of
from tests.model.scalars import Number, Word

EACH_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)

# One value of each type that JSON has, and of some that it has not.
VALUES: list[Any] = [
    None,
    True,
    0,
    7,
    10**400,
    3.0,
    3.5,
    *(sign * 2.0**power for sign in (1, -1) for power in (53, 63, 64, 1000)),
    math.nextafter(2.0**63, 0),
    math.nextafter(-(2.0**63), 0),
    float("inf"),
    float("nan"),
    "",
    "5",
    "true",
    [],
    [1],
    ["a"],
    [{}],
    [None],
    {},
    {"a": 1},
    {"a": "b"},
    {"a": None},
    {"a": 2.0},
    {"username": "u", "id": "x"},
    {"username": 5},
    Word.ONE,
    Number.ONE,
    [Word.ONE],
    b"bytes",
    object(),
]


def dumped(model: Any) -> dict[str, Any]:
    result: dict[str, Any] = model.model_dump()
    return result


def assert_alike(ours: Model, theirs: BaseModel) -> None:
    assert dumped(ours) == dumped(theirs)
    assert list(dumped(ours)) == list(dumped(theirs))
    assert ours.model_fields_set == theirs.model_fields_set
    assert ours.model_extra == theirs.model_extra
    assert repr(ours) == repr(theirs) or "********" in repr(ours)


@EACH_MODEL
def test_a_payload_becomes_the_same(model: type[Model]) -> None:
    for payload in payloads(model):
        twin = twin_of(model).model_validate(payload)
        # Read value by value the first time, and from the second on by a generated function.
        for _ in range(3):
            assert_alike(model.model_validate(payload), twin)


@EACH_MODEL
def test_the_text_of_a_payload_becomes_the_same(model: type[Model]) -> None:
    for payload in payloads(model):
        text = json.dumps(payload)
        ours = model.model_validate_json(text)
        assert_alike(ours, twin_of(model).model_validate_json(text))
        assert model.model_validate_json(text.encode()) == ours
        assert model.model_validate_json(bytearray(text.encode())) == ours


@EACH_MODEL
def test_what_pydantic_refuses_is_refused_and_what_is_taken_is_the_same(
    model: type[Model],
) -> None:
    payload = payloads(model)[0]
    for name in model.model_fields:
        for value in VALUES:
            changed = {**payload, name: value}
            try:
                ours = model.model_validate(changed)
            except InvalidResponseError as error:
                assert f"{model.__name__}.{name}" in str(error)
                continue
            theirs = twin_of(model).model_validate(changed)
            assert json_of(ours) == json_of(theirs)
            assert repr(ours.model_dump()) == repr(theirs.model_dump())


OF_PYTHON: list[Any] = [("a",), ({},), types.MappingProxyType({"a": 1}), OrderedDict(a=1)]


@EACH_MODEL
def test_strict_takes_what_pydantic_takes_strictly(model: type[Model]) -> None:
    payload = payloads(model)[0]
    for name in model.model_fields:
        for value in [*VALUES, *OF_PYTHON]:
            changed = {**payload, name: value}
            try:
                theirs = twin_of(model).model_validate(changed, strict=True)
            except ValidationError:
                with pytest.raises(InvalidResponseError, match=f"{model.__name__}.{name}"):
                    model.model_validate(changed, strict=True)
                continue
            try:
                ours = model.model_validate(changed, strict=True, context={})
            except InvalidResponseError:
                # Ours refuses it either way, as in the test of what only ours refuses.
                with pytest.raises(InvalidResponseError):
                    model.model_validate(changed)
            else:
                assert repr(ours.model_dump()) == repr(theirs.model_dump())


@EACH_MODEL
@pytest.mark.parametrize("extra", ["allow", "ignore", "forbid"])
def test_extra_fields_are_kept_dropped_or_rejected_as_in_pydantic(
    model: type[Model], extra: Any
) -> None:
    for record in payloads(model):
        words: dict[str, Any] = {"extra": extra, "by_alias": True, "by_name": True}
        text, twin = json.dumps(record), twin_of(model)
        try:
            theirs = twin.model_validate(record, **words)
        except ValidationError as error:
            with pytest.raises(InvalidResponseError) as raised:
                model.model_validate(record, **words)
            rejected = {
                ".".join([model.__name__, *(step for step in each["loc"] if type(step) is str)])
                for each in error.errors()
            }
            # Ours names the first one in the record.
            path = str(raised.value).removesuffix(" is not a declared field")
            assert re.sub(r"\[\d+\]", "", path) in rejected
            with pytest.raises(InvalidResponseError, match="is not a declared field"):
                model.model_validate_json(text, **words)
        else:
            for ours in (
                model.model_validate(record, **words),
                model.model_validate_json(text, **words),
            ):
                assert repr(dumped(ours)) == repr(dumped(theirs))
                assert ours.model_fields_set == theirs.model_fields_set


@EACH_MODEL
def test_strict_is_the_same_for_text(model: type[Model]) -> None:
    for record in payloads(model):
        text = json.dumps(record)
        ours = model.model_validate_json(text, strict=True)
        assert (
            ours.model_dump() == twin_of(model).model_validate_json(text, strict=True).model_dump()
        )
    floats = [name for name, field in model.model_fields.items() if field.type is int]
    for name in floats:
        text = json.dumps({**payloads(model)[0], name: 3.0})
        with pytest.raises(ValidationError):
            twin_of(model).model_validate_json(text, strict=True)
        with pytest.raises(InvalidResponseError, match=f"{name}: expected int, got float"):
            model.model_validate_json(text, strict=True)
        assert getattr(model.model_validate_json(text), name) == 3


def as_objects(value: Any) -> Any:
    """Returns the record with an object in place of each dict that is a model or free-form."""
    if isinstance(value, dict):
        return types.SimpleNamespace(**{key: as_objects(item) for key, item in value.items()})
    return [as_objects(item) for item in value] if isinstance(value, list) else value


@EACH_MODEL
@pytest.mark.parametrize("strict", [None, True])
def test_attributes_are_read_as_pydantic_does(model: type[Model], strict: bool | None) -> None:
    for record in payloads(model):
        whole, in_part = as_objects(record), types.SimpleNamespace(**record)
        for given in (whole, in_part, record, model.model_validate(record)):
            try:
                theirs = twin_of(model).model_validate(given, strict=strict, from_attributes=True)
            except ValidationError:
                with pytest.raises(InvalidResponseError):
                    model.model_validate(given, strict=strict, from_attributes=True)
                continue
            ours = model.model_validate(given, strict=strict, from_attributes=True)
            if given is not record and type(given) is not model:
                assert ours.model_extra == theirs.model_extra == {}
                assert ours.model_fields_set == theirs.model_fields_set
            if type(given) is not model:
                assert ours.model_dump() == theirs.model_dump()
            assert model.model_validate(ours, strict=strict, from_attributes=True) is ours
        with pytest.raises(InvalidResponseError):
            model.model_validate(in_part)


class Awkward:
    slug = "b"

    @property
    def name(self) -> str:
        raise RuntimeError("hunter2")


class Lacking:
    name, slug = "a", "b"

    @property
    def member_count(self) -> int:
        raise AttributeError


def test_what_has_no_attributes_to_read_is_refused_as_pydantic_does() -> None:
    for value in (
        None,
        5,
        "text",
        b"bytes",
        [1],
        ("a",),
        {1, 2},
        Org,
        Lacking,
        Awkward(),
        object(),
    ):
        with pytest.raises(ValidationError):
            twin_of(Org).model_validate(value, from_attributes=True)
        with pytest.raises(InvalidResponseError) as raised:
            Org.model_validate(value, from_attributes=True)
        assert "hunter2" not in str(raised.value)
    ours = Org.model_validate(Lacking(), from_attributes=True)
    theirs = twin_of(Org).model_validate(Lacking(), from_attributes=True)
    assert ours.model_dump() == theirs.model_dump()
    assert ours.model_fields_set == theirs.model_fields_set == {"name", "slug"}


@EACH_MODEL
def test_what_pydantic_refuses_in_text_is_refused_and_what_is_taken_is_the_same(
    model: type[Model],
) -> None:
    payload = payloads(model)[0]
    numbers = [value for value in VALUES if isinstance(value, float) and math.isfinite(value)]
    for name in model.model_fields:
        for value in numbers:
            text = json.dumps({**payload, name: value})
            try:
                ours = model.model_validate_json(text)
            except InvalidResponseError as error:
                assert f"{model.__name__}.{name}" in str(error)
                continue
            assert json_of(ours) == json_of(twin_of(model).model_validate_json(text))


@EACH_MODEL
def test_what_only_ours_refuses_would_have_been_converted(model: type[Model]) -> None:
    payload = payloads(model)[0]
    for name in model.model_fields:
        for value in VALUES:
            changed = {**payload, name: value}
            try:
                model.model_validate(changed)
            except InvalidResponseError:
                try:
                    taken = getattr(twin_of(model).model_validate(changed), name)
                except ValidationError:
                    continue
                assert type(taken) is not type(value)


def json_of(model: Any) -> str:
    text: str = model.model_dump_json()
    return text


@EACH_MODEL
def test_a_missing_field_is_refused_as_pydantic_does(model: type[Model]) -> None:
    for payload in payloads(model):
        for name in model.model_fields:
            without = {key: value for key, value in payload.items() if key != name}
            try:
                theirs = twin_of(model).model_validate(without)
            except ValidationError:
                with pytest.raises(InvalidResponseError, match=f"{model.__name__}.{name}"):
                    model.model_validate(without)
            else:
                assert_alike(model.model_validate(without), theirs)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@EACH_MODEL
def test_assignment_and_copy_are_the_same(model: type[Model]) -> None:
    chance = random.Random(model.__name__)
    names = list(model.model_fields)
    for payload in payloads(model):
        ours, theirs = model.model_validate(payload), twin_of(model).model_validate(payload)
        update = {chance.choice(names): "changed", "brand_new": [1, {"deep": None}]}
        for deep in (False, True):
            assert_alike(
                ours.model_copy(update=update, deep=deep),
                theirs.model_copy(update=update, deep=deep),
            )
            assert_alike(ours.model_copy(deep=deep), theirs.model_copy(deep=deep))
        assert_alike(ours, theirs)
        for name, value in update.items():
            setattr(ours, name, value)
            setattr(theirs, name, value)
        assert_alike(ours, theirs)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@EACH_MODEL
def test_deleting_fields_has_the_same_effect(model: type[Model]) -> None:
    chance = random.Random(model.__name__)
    for payload in payloads(model):
        ours, theirs = model.model_validate(payload), twin_of(model).model_validate(payload)
        names = [*model.model_fields, *ours.model_extra]
        for name in chance.sample(names, min(2, len(names))):
            delattr(ours, name)
            delattr(theirs, name)
            assert dumped(ours) == dumped(theirs)
            assert json_of(ours) == json_of(theirs)
            assert repr(ours) == repr(theirs) or "********" in repr(ours)
            assert ours != model.model_validate(payload)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@EACH_MODEL
def test_construction_without_checks_is_the_same(model: type[Model]) -> None:
    for payload in payloads(model):
        some = set(list(payload)[::2]) & model.model_fields.keys()
        for given in (None, some):
            ours = model.model_construct(given, **payload)
            theirs = twin_of(model).model_construct(given, **payload)
            assert dumped(ours) == dumped(theirs)
            assert ours.model_extra == theirs.model_extra
            # Of extra fields pydantic takes no note here, though it does elsewhere.
            extra = ours.model_extra.keys()
            assert ours.model_fields_set - extra == theirs.model_fields_set - extra
