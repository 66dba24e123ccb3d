"""Dumping: our models and pydantic return the same dicts and JSON text, with every keyword."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("pydantic", reason="these tests compare with pydantic: tox -e parity")

from pydantic import BaseModel
from pydantic_core import to_json

from ancla.models import ConfigVar, DurationStats, Image, Model, Org, OrgMember
from tests.model.parity.twins import MODELS, number, payloads, twin_of
from tests.model.scalars import Measure, Number, Word

EACH_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)

FLAGS = [
    dict(zip(("exclude_unset", "exclude_defaults", "exclude_none", "by_alias"), flags))
    for flags in itertools.product((False, True), repeat=4)
]


def pairs(model: type[Model]) -> list[tuple[Any, Any]]:
    twin = twin_of(model)
    return [
        (model.model_validate(payload), twin.model_validate(payload)) for payload in payloads(model)
    ]


def assert_same_dumps(ours: Any, theirs: Any, keywords: dict[str, Any]) -> None:
    for mode in ("python", "json", "other"):
        # As text, since that has the order of the keys, and nan equals nan.
        assert repr(ours.model_dump(mode=mode, **keywords)) == repr(
            theirs.model_dump(mode=mode, **keywords)
        )
    for indent in (None, 0, 2, 5):
        text = ours.model_dump_json(indent=indent, **keywords)
        assert text == theirs.model_dump_json(indent=indent, **keywords)
        json.loads(text)


@EACH_MODEL
@pytest.mark.parametrize("flags", FLAGS, ids=lambda flags: "-".join(k for k in flags if flags[k]))
def test_dumps_are_the_same_with_all_flags(model: type[Model], flags: dict[str, bool]) -> None:
    for ours, theirs in pairs(model):
        assert_same_dumps(ours, theirs, flags)


# What generic code passes on. The models have no values that pydantic would warn of.
PASSED_ON: list[dict[str, Any]] = [
    {"round_trip": True},
    {"warnings": False},
    {"warnings": "error"},
    {"context": {"user": "ada"}},
    {"serialize_as_any": True},
    {"exclude_computed_fields": True},
    {"polymorphic_serialization": True},
]


@EACH_MODEL
@pytest.mark.parametrize("keywords", PASSED_ON, ids=lambda keywords: min(keywords))
def test_dumps_are_the_same_with_what_has_no_effect(
    model: type[Model], keywords: dict[str, Any]
) -> None:
    for ours, theirs in pairs(model):
        assert ours.model_dump(**keywords) == theirs.model_dump(**keywords)
        assert ours.model_dump_json(**keywords) == theirs.model_dump_json(**keywords)


def test_the_arguments_are_those_of_pydantic() -> None:
    """A newer pydantic may have more of them, all keyword-only."""
    for name in ("model_dump", "model_dump_json", "model_validate", "model_validate_json"):
        ours = inspect.signature(getattr(Model, name)).parameters
        theirs = inspect.signature(getattr(BaseModel, name)).parameters
        assert ours.keys() <= theirs.keys()
        for parameter in ours.values():
            assert (parameter.kind, parameter.default) == (
                theirs[parameter.name].kind,
                theirs[parameter.name].default,
            )


def test_a_subclass_in_a_field_is_dumped_with_all_its_fields_as_with_serialize_as_any() -> None:
    @dataclasses.dataclass(kw_only=True)
    class Owner(OrgMember):
        since: str = "2026"

    org = Org(name="a", slug="b", members=[Owner(username="ada")])
    for serialize_as_any in (False, True):
        (member,) = org.model_dump(serialize_as_any=serialize_as_any)["members"]
        assert member["since"] == "2026"


@EACH_MODEL
def test_dumps_of_a_part_are_the_same(model: type[Model]) -> None:
    chance = random.Random(model.__name__)
    for ours, theirs in pairs(model):
        for _ in range(8):
            keywords = {
                name: selection(ours.model_dump(), chance)
                for name in ("include", "exclude")
                if chance.random() < 0.7
            }
            assert_same_dumps(ours, theirs, {**keywords, **chance.choice(FLAGS)})


def selection(dumped: Any, chance: random.Random) -> Any:
    """Returns a random selection of keys or indices in a dumped value, also nested or `__all__`."""
    keys: list[Any] = list(dumped) if isinstance(dumped, dict) else list(range(len(dumped)))
    if isinstance(dumped, list):
        keys += [-1] if dumped else []
        keys += ["__all__"]
    else:
        keys += ["not_there"]
    chosen = chance.sample(keys, chance.randrange(len(keys) + 1))
    if chance.random() < 0.4:
        return set(chosen)
    return {key: below(dumped, key, chance) for key in chosen}


def below(dumped: Any, key: Any, chance: random.Random) -> Any:
    inner = None
    if isinstance(dumped, dict):
        inner = dumped.get(key)
    elif isinstance(key, int):
        inner = dumped[key]
    elif dumped:
        inner = dumped[0]
    if isinstance(inner, (dict, list)) and chance.random() < 0.7:
        return selection(inner, chance)
    return chance.choice([True, ...])


def written(value: Any) -> str:
    image = Image(image_metadata={"": value})
    return image.model_dump_json(exclude_unset=True).removeprefix('{"image_metadata":{"":')[:-2]


def test_floats_are_written_the_same() -> None:
    chance = random.Random(1)
    floats = [number(chance) for _ in range(20_000)]
    floats += [
        digits * 10.0**power for digits in (1, -1, 1.5, 9.99, 123) for power in range(-20, 25)
    ]
    assert written(floats) == to_json(floats, inf_nan_mode="null").decode()


def test_every_character_is_written_the_same() -> None:
    text = "".join(map(chr, itertools.chain(range(0xD800), range(0xE000, 0x11000))))
    assert written(text) == to_json(text).decode()


def test_subclasses_of_plain_types_and_keys_of_all_types_are_written_the_same() -> None:
    values = [Word.ONE, Number.ONE, Measure(1.5), True, None, 1e-5, 1e16, 5, math.inf]
    for value in values:
        for extra in (value, [value], {value: value}):
            theirs = twin_of(ConfigVar).model_validate({"name": "a", "new": extra})
            assert_same_dumps(ConfigVar.model_validate({"name": "a", "new": extra}), theirs, {})


def test_an_int_that_was_assigned_to_a_float_field_is_written_the_same() -> None:
    for value in (3, -1, 10**30):
        update = {"avg": value, "count": value}
        ours = DurationStats().model_copy(update=update)
        assert_same_dumps(ours, twin_of(DurationStats)().model_copy(update=update), {})


def test_half_a_surrogate_pair_is_refused_by_both() -> None:
    for model in (ConfigVar(name="\ud800"), twin_of(ConfigVar).model_construct(name="\ud800")):
        for ensure_ascii in (False, True):
            with pytest.raises(ValueError, match="surrogates not allowed"):
                model.model_dump_json(ensure_ascii=ensure_ascii)


KEYWORDS_OF_TEXT: list[dict[str, Any]] = [{}, {"indent": 2}, {"exclude_none": True}]


@EACH_MODEL
def test_ascii_text_is_the_same(model: type[Model]) -> None:
    for ours, theirs in pairs(model):
        for keywords in KEYWORDS_OF_TEXT:
            text = ours.model_dump_json(ensure_ascii=True, **keywords)
            assert text == theirs.model_dump_json(ensure_ascii=True, **keywords)


class Unknown:
    pass


FALLBACKS: list[Callable[[Any], Any]] = [
    lambda value: type(value).__name__,
    lambda value: [1.0, ("a",), {"b": None}],
    lambda value: Unknown.__name__ if isinstance(value, Number) else None,
]


@pytest.mark.parametrize("fallback", FALLBACKS, ids=range(len(FALLBACKS)))
def test_a_fallback_dumps_the_same_for_values_that_json_has_no_form_for(
    fallback: Callable[[Any], Any],
) -> None:
    record = {"name": "a", "new": [Unknown(), {"b": (Unknown(), 1, "x", None, Word.ONE)}]}
    ours, theirs = ConfigVar.model_validate(record), twin_of(ConfigVar).model_validate(record)
    assert_same_dumps(ours, theirs, {"fallback": fallback})


def test_a_fallback_that_returns_the_value_itself_dumps_the_same() -> None:
    record = {"name": "a", "new": Unknown()}
    ours, theirs = ConfigVar.model_validate(record), twin_of(ConfigVar).model_validate(record)
    same: dict[str, Any] = {"fallback": lambda value: value}
    assert ours.model_dump(**same) == theirs.model_dump(**same)
    with pytest.raises(ValueError, match="Circular reference"):
        theirs.model_dump_json(**same)
    with pytest.raises(TypeError, match="Unknown is not a type of JSON value"):
        ours.model_dump_json(**same)
