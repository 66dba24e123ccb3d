"""Dumps: which fields, in which order, and as JSON. `tests/model/parity` compares with pydantic."""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict
from typing import Any

import pytest

from ancla.models import (
    App,
    ConfigVar,
    DurationStats,
    Image,
    Model,
    Org,
    OrgMember,
    PipelineStage,
    PipelineStatus,
)
from tests.model.scalars import Measure, Number, Word


def an_org() -> Org:
    return Org.model_validate(
        {
            "slug": "my-org",
            "name": "My Org",
            "member_count": 0,
            "members": [
                {"username": "ada", "email": None, "admin": True},
                {"username": "bob", "email": "b@example.com"},
            ],
            "plan": {"seats": [1, {"free": None}], "name": None},
            "note": None,
        }
    )


ADA = {"username": "ada", "email": None, "admin": True, "user_id": "", "application_count": 0}
BOB = {
    "username": "bob",
    "email": "b@example.com",
    "admin": False,
    "user_id": "",
    "application_count": 0,
}
PLAN = {"seats": [1, {"free": None}], "name": None}
WHOLE = {
    "name": "My Org",
    "slug": "my-org",
    "member_count": 0,
    "project_count": 0,
    "application_count": 0,
    "id": "",
    "members": [ADA, BOB],
    "personal": False,
    "plan": PLAN,
    "note": None,
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in WHOLE.items() if name not in names}


DUMPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, WHOLE),
    ({"mode": "json"}, WHOLE),
    ({"by_alias": True}, WHOLE),
    (
        {"exclude_unset": True},
        {
            "name": "My Org",
            "slug": "my-org",
            "member_count": 0,
            "members": [
                {"username": "ada", "email": None, "admin": True},
                {"username": "bob", "email": "b@example.com"},
            ],
            "plan": PLAN,
            "note": None,
        },
    ),
    (
        {"exclude_defaults": True},
        {
            "name": "My Org",
            "slug": "my-org",
            "members": [
                {"username": "ada", "admin": True},
                {"username": "bob", "email": "b@example.com"},
            ],
            "plan": PLAN,
            "note": None,
        },
    ),
    (
        {"exclude_none": True},
        {
            **without("note"),
            "members": [
                {"username": "ada", "admin": True, "user_id": "", "application_count": 0},
                BOB,
            ],
        },
    ),
    ({"include": {"slug", "plan"}}, {"slug": "my-org", "plan": PLAN}),
    ({"include": set()}, {}),
    ({"include": ["name"]}, {"name": "My Org"}),
    ({"exclude": {"members", "plan"}}, without("members", "plan")),
    ({"include": {"name", "slug"}, "exclude": {"slug"}}, {"name": "My Org"}),
    ({"include": {"name": True, "slug": ...}}, {"name": "My Org", "slug": "my-org"}),
    ({"include": {"members": {0}}}, {"members": [ADA]}),
    ({"include": {"members": {-1}}}, {"members": [BOB]}),
    ({"include": {"members": {0: {"email"}}}}, {"members": [{"email": None}]}),
    (
        {"include": {"members": {"__all__": {"username"}}}},
        {"members": [{"username": "ada"}, {"username": "bob"}]},
    ),
    (
        {"exclude": {"members": {0: {"email", "user_id", "application_count"}, -1: True}}},
        {**WHOLE, "members": [{"username": "ada", "admin": True}]},
    ),
    ({"include": {"plan": {"seats": {1}}}}, {"plan": {"seats": [{"free": None}]}}),
]


def test_a_required_field_has_no_default_to_exclude() -> None:
    org = Org.model_construct(name=None, slug="b", id="")
    assert org.model_dump(exclude_defaults=True) == {"name": None, "slug": "b"}


# Numbered ids: the repr of a set differs between processes, which pytest-xdist does not accept.
@pytest.mark.parametrize(("keywords", "expected"), DUMPS, ids=range(len(DUMPS)))
def test_each_keyword_omits_its_fields(keywords: dict[str, Any], expected: dict[str, Any]) -> None:
    org = an_org()
    # Compared as text, because the order counts.
    assert json.dumps(org.model_dump(**keywords)) == json.dumps(expected)
    keywords = {name: value for name, value in keywords.items() if name != "mode"}
    compact = json.dumps(expected, separators=(",", ":"))
    assert org.model_dump_json(**keywords) == compact
    assert org.model_dump_json(indent=3, **keywords) == json.dumps(expected, indent=3)


@pytest.mark.parametrize("argument", ["include", "exclude"])
def test_an_invalid_selection_raises(argument: str) -> None:
    for selection in (5, {"members": 5}, {"members": {0: 5}}, {"plan": {"seats": 5}}):
        keywords: dict[str, Any] = {argument: selection}
        with pytest.raises(TypeError, match=f"{argument} must be a set or a dict, not int"):
            an_org().model_dump(**keywords)


def test_a_dump_shares_no_container_with_the_model() -> None:
    org = an_org()
    app = App(name="a", slug="a", process_counts={"web": 1})
    for dumped in (org.model_dump(), org.model_dump(exclude_unset=True)):
        dumped["members"].clear()
        dumped["plan"]["seats"].clear()
    app.model_dump()["process_counts"].clear()
    assert org.model_dump() == WHOLE
    assert app.process_counts == {"web": 1}


def test_containers_changed_in_place_are_dumped_with_their_changes() -> None:
    org = Org.model_validate({"name": "a", "slug": "a"})
    org.members.append(OrgMember(username="ada"))
    assert org.model_dump()["members"] == [OrgMember(username="ada").model_dump()]
    assert '"members":[{"username":"ada"' in org.model_dump_json()


def test_models_in_models_may_be_none() -> None:
    status = PipelineStatus.model_validate({"build": {"status": "built", "version": None}})
    stage = PipelineStage(status="built").model_dump()
    assert status.model_dump() == {"build": stage, "release": None, "deploy": None}
    assert json.loads(status.model_dump_json()) == status.model_dump()


@dataclasses.dataclass(kw_only=True)
class Fieldless(Model):
    pass


def test_a_model_may_have_no_fields() -> None:
    for data in ({}, {"new": 1}):
        model = Fieldless.model_validate(data)
        assert model.model_dump() == data
        assert json.loads(model.model_dump_json()) == data
        assert json.loads(model.model_dump_json(exclude={"new"})) == {}
        model.model_extra.clear()
        assert model.model_dump_json() == "{}"


@dataclasses.dataclass(kw_only=True, frozen=True)
class Limits(Model):
    seats: int = 3


@dataclasses.dataclass(kw_only=True)
class Plan(Model):
    limits: Limits = Limits()


def test_a_default_that_is_a_frozen_model_is_dumped_too() -> None:
    plan = Plan.model_validate({})
    assert plan.model_dump() == {"limits": {"seats": 3}}
    assert plan.model_dump_json() == '{"limits":{"seats":3}}'


@dataclasses.dataclass(kw_only=True)
class Writes(Model):
    """Its fields have the names of internals of the code that writes them."""

    value: list[str] | None = None
    write: int = 0
    write_value: list[int] = dataclasses.field(default_factory=list)
    write_any: str | None = None
    self: bool = False
    model: OrgMember | None = None


def test_a_field_may_have_any_name() -> None:
    record = {
        "value": ["a"],
        "write": 1,
        "write_value": [2],
        "write_any": "b",
        "self": True,
        "model": ADA,
    }
    for _ in range(3):
        model = Writes.model_validate(record)
        assert model.model_dump() == record
        assert json.loads(model.model_dump_json()) == record


TEXTS = [
    ("", '""'),
    ("plain", '"plain"'),
    ("ünï 日 😀 \u2028 \x7f", '"ünï 日 😀 \u2028 \x7f"'),
    ('"quotes" and \\ and /', r'"\"quotes\" and \\ and /"'),
    ("\b\t\n\f\r", r'"\b\t\n\f\r"'),
    ("\0\x01\x0b\x1b\x1f", r'"\u0000\u0001\u000b\u001b\u001f"'),
    ("{braces} %s '''", "\"{braces} %s '''\""),
]
NUMBERS = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1.5, "1.5"),
    (100.0, "100.0"),
    (1e15, "1000000000000000.0"),
    (1e16, "1e+16"),
    (0.0001, "0.0001"),
    (0.00001, "0.00001"),
    (-1.5e-5, "-0.000015"),
    (1e-6, "1e-6"),
    (1.5e-7, "1.5e-7"),
    (5e-324, "5e-324"),
    (float("inf"), "null"),
    (float("-inf"), "null"),
    (float("nan"), "null"),
]
ANYTHING: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-(10**30), "-1" + 30 * "0"),
    ([], "[]"),
    ({}, "{}"),
    ([1, [2.0, []], {"a": None}], '[1,[2.0,[]],{"a":null}]'),
    ((1, "a"), '[1,"a"]'),
    (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
    ({2: "int", 1.5: "float", None: "null"}, '{"2":"int","1.5":"float","None":"null"}'),
    ({True: "bool"}, '{"true":"bool"}'),
    ({1e-5: "small", float("inf"): "large"}, '{"1e-05":"small","None":"large"}'),
    (Word.ONE, '"one"'),
    ({Word.ONE: Measure(1.5)}, '{"one":1.5}'),
    (Number.ONE, "1"),
    (
        OrgMember(username="a"),
        '{"username":"a","email":null,"admin":false,"user_id":"","application_count":0}',
    ),
]


@pytest.mark.parametrize(("value", "text"), [*TEXTS, *NUMBERS, *ANYTHING], ids=repr)
def test_every_value_is_written_as_pydantic_writes_it(value: Any, text: str) -> None:
    image = Image.model_validate({"image_metadata": {"key": value}, "extra": value})
    written = (
        f'"image_metadata":{{"key":{text}}},"commit_sha":null,"strategy":null,"extra":{text}}}'
    )
    assert image.model_dump_json().endswith(written)
    parts = image.model_dump_json(include={"image_metadata", "extra"})
    assert parts == f'{{"image_metadata":{{"key":{text}}},"extra":{text}}}'


@pytest.mark.parametrize(("value", "text"), NUMBERS, ids=repr)
def test_float_fields_are_written_as_pydantic_writes_them(value: float, text: str) -> None:
    assert DurationStats(avg=value).model_dump_json().startswith(f'{{"avg":{text},')


def test_an_int_in_a_float_field_is_written_as_a_float() -> None:
    stats = DurationStats(avg=3, count=3)
    assert stats.model_dump_json() == '{"avg":3.0,"p50":0.0,"p95":0.0,"count":3}'
    assert stats.model_dump_json(exclude_unset=True) == '{"avg":3.0,"count":3}'
    assert repr(stats.model_dump(mode="json", exclude_unset=True)) == "{'avg': 3.0, 'count': 3}"
    assert repr(stats.model_dump(exclude_unset=True)) == "{'avg': 3, 'count': 3}"


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=repr)
def test_text_fields_defaults_and_keys_are_written_as_pydantic_writes_them(
    value: str, text: str
) -> None:
    variable = ConfigVar.model_validate({"name": value, value + "!": 1})
    assert variable.model_dump_json().startswith(f'{{"name":{text},"value":"",')
    assert variable.model_dump_json().endswith(f'{text[:-1]}!":1}}')


def test_indented_json_has_one_member_per_line() -> None:
    org = Org(name="a", slug="b", members=[OrgMember(username="c")])
    include: Any = {"name": True, "members": {0: {"username"}}}
    assert org.model_dump_json(indent=2, include=include) == (
        '{\n  "name": "a",\n  "members": [\n    {\n      "username": "c"\n    }\n  ]\n}'
    )
    assert org.model_dump_json(indent=0, include={"name"}) == '{\n"name": "a"\n}'
    assert org.model_dump_json(indent=2, include=set()) == "{}"


def test_a_lone_surrogate_cannot_be_written() -> None:
    for keywords in ({}, {"indent": 1}, {"exclude_none": True}):
        with pytest.raises(ValueError, match="surrogates not allowed"):
            ConfigVar(name="half \ud83d").model_dump_json(**keywords)


def test_a_value_that_json_has_no_form_for_raises_in_text_and_stays_in_a_dict() -> None:
    image = Image(image_metadata={"size": 1j})
    with pytest.raises(TypeError, match="complex is not a type of JSON value"):
        image.model_dump_json()
    assert image.model_dump()["image_metadata"] == {"size": 1j}


def test_a_fallback_is_called_for_a_value_that_json_has_no_form_for() -> None:
    image = Image(image_metadata={"size": [1j, 2, "3"]})
    metadata = {"size": ["1j", 2, "3"]}
    assert image.model_dump(fallback=str)["image_metadata"] == metadata
    assert json.loads(image.model_dump_json(fallback=str))["image_metadata"] == metadata
    with pytest.raises(TypeError, match="complex is not a type of JSON value"):
        image.model_dump_json(fallback=lambda value: value)


def test_ascii_text_has_names_and_values_escaped() -> None:
    variable = ConfigVar.model_validate({"name": "é", "日": "😀\x7f"})
    text = variable.model_dump_json(ensure_ascii=True, exclude_unset=True)
    assert text == r'{"name":"\u00e9","\u65e5":"\ud83d\ude00' + '\x7f"}'


WRONG_TYPES: list[tuple[str, Any, str]] = [
    ("id", 5, "5"),
    ("id", None, "null"),
    ("version", "1", '"1"'),
    ("version", True, "true"),
    ("version", 1.5, "1.5"),
    ("built", "yes", '"yes"'),
    ("built", 1, "1"),
    ("created", ["a"], '["a"]'),
    ("processes", ["a"], '["a"]'),
    ("processes", 0, "0"),
]


@pytest.mark.parametrize(("name", "value", "text"), WRONG_TYPES)
def test_a_value_of_another_type_that_was_assigned_is_dumped_as_it_is(
    name: str, value: Any, text: str
) -> None:
    image = Image.model_validate({name: Image().model_dump()[name]})
    setattr(image, name, value)
    assert image.model_dump() == {**Image().model_dump(), name: value}
    assert f'"{name}":{text}' in image.model_dump_json()


@pytest.mark.parametrize("members", [None, 5, "text", [1], {"a": 1}])
def test_assigned_lists_and_dicts_of_wrong_items_are_dumped_as_they_are(members: Any) -> None:
    org = Org(name="a", slug="a", members=members)
    assert org.model_dump()["members"] == members
    assert json.loads(org.model_dump_json())["members"] == members


def test_nan_and_infinity_become_none_in_json_only() -> None:
    image = Image(image_metadata={"size": float("inf")})
    assert image.model_dump()["image_metadata"] == {"size": float("inf")}
    assert image.model_dump(mode="json")["image_metadata"] == {"size": None}


def test_enums_become_plain_values_in_json_only() -> None:
    metadata: dict[Any, Any] = {Word.ONE: [Word.ONE, Measure(1.5), True, Number.ONE]}
    image = Image(image_metadata=metadata)
    assert repr(image.model_dump()["image_metadata"]) == repr(metadata)
    assert repr(image.model_dump(mode="json")["image_metadata"]) == "{'one': ['one', 1.5, True, 1]}"


def test_tuples_become_lists_in_json_only() -> None:
    image = Image(image_metadata={"tuple": (1, (2,))})
    assert image.model_dump()["image_metadata"] == {"tuple": (1, (2,))}
    assert image.model_dump(mode="json")["image_metadata"] == {"tuple": [1, [2]]}
