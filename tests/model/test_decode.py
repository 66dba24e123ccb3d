"""Decoding records: checks of types, nulls, extra fields, lists."""

from __future__ import annotations

import dataclasses
import itertools
import json
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from ancla import InvalidResponseError, models
from ancla._model import decode, decode_list
from ancla.models import (
    App,
    ConfigVar,
    DurationStats,
    Image,
    Model,
    Org,
    OrgMember,
    PipelineStatus,
    Session,
)
from tests.clean_process import run_program
from tests.model.scalars import Number, Word

PROJECT = Path(__file__).parents[2]
MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__ if name != "Model"]
ORG = {"name": "My Org", "slug": "my-org"}


def nullable(model: type[Model]) -> set[str]:
    """The fields that may be null, as the annotations say."""
    hints = get_type_hints(model).items()
    return {name for name, hint in hints if type(None) in get_args(hint)}


def required(model: type[Model]) -> dict[str, Any]:
    return {
        name: "x"
        for name, field in model.model_fields.items()
        if field.default is field.default_factory is dataclasses.MISSING
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_null_is_accepted_only_for_nullable_fields(model: type[Model]) -> None:
    taken = set()
    for name in model.model_fields:
        try:
            decoded = model.model_validate({**required(model), name: None})
        except InvalidResponseError as error:
            assert f"{model.__name__}.{name}: expected" in str(error)
            assert str(error).endswith("got None")
        else:
            assert getattr(decoded, name) is None
            taken.add(name)
    assert taken == nullable(model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_missing_field_has_its_default(model: type[Model]) -> None:
    assert model.model_validate(required(model)) == model(**required(model))


REFUSED: list[tuple[type[Model], Any, str]] = [
    (Org, None, "Org: expected dict, got None"),
    (Org, [ORG], "Org: expected dict, got list"),
    (Org, OrgMember(username="ada"), "Org: expected dict, got OrgMember"),
    (Org, {}, "Org.name is missing"),
    (Org, {"name": "My Org"}, "Org.slug is missing"),
    (Org, {**ORG, "name": 5}, "Org.name: expected str, got int"),
    (Org, {**ORG, "member_count": "3"}, "Org.member_count: expected int, got str"),
    (Org, {**ORG, "member_count": True}, "Org.member_count: expected int, got bool"),
    (Org, {**ORG, "member_count": 3.5}, "Org.member_count: expected int, got float"),
    (Org, {**ORG, "member_count": float("inf")}, "Org.member_count: expected int, got float"),
    (Org, {**ORG, "member_count": 2.0**63}, "Org.member_count: expected int, got float"),
    (Org, {**ORG, "member_count": None}, "Org.member_count: expected int, got None"),
    (Org, {**ORG, "members": {}}, "Org.members: expected list[OrgMember], got dict"),
    (Org, {**ORG, "members": [[]]}, "Org.members[0]: expected dict, got list"),
    (
        Org,
        {**ORG, "members": [{"username": "ada"}, {"username": 5}]},
        "Org.members[1].username: expected str, got int",
    ),
    (Org, {**ORG, "members": [{"email": None}]}, "Org.members[0].username is missing"),
    (Org, {**ORG, 5: "x"}, "Org: expected keys that are str, got int"),
    (Image, {"built": 1}, "Image.built: expected bool, got int"),
    (Image, {"built": "true"}, "Image.built: expected bool, got str"),
    (Image, {"created": 1700000000}, "Image.created: expected str or None, got int"),
    (Image, {"processes": []}, "Image.processes: expected dict[str, any] or None, got list"),
    (
        App,
        {**ORG, "process_counts": {"web": "2"}},
        "App.process_counts['web']: expected int, got str",
    ),
    (DurationStats, {"avg": "1.5"}, "DurationStats.avg: expected float, got str"),
    (DurationStats, {"avg": True}, "DurationStats.avg: expected float, got bool"),
    (DurationStats, {"avg": 10**400}, "DurationStats.avg: expected float, got int"),
    (PipelineStatus, {"build": []}, "PipelineStatus.build: expected dict, got list"),
    (
        PipelineStatus,
        {"build": None, "release": {"version": "1"}},
        "PipelineStatus.release.version: expected int or None, got str",
    ),
    (Session, {"user": {"username": None}}, "Session.user.username: expected str, got None"),
]


@pytest.mark.parametrize(("model", "data", "message"), REFUSED, ids=[row[2] for row in REFUSED])
def test_invalid_input_raises_with_model_field_and_type(
    model: type[Model], data: Any, message: str
) -> None:
    attempts: list[Callable[[Any], object]] = [
        model.model_validate,
        lambda data: decode(model, data),
    ]
    for attempt in attempts:
        # Twice: the first time, the schema of the class is made.
        for _ in range(2):
            with pytest.raises(InvalidResponseError) as raised:
                attempt(data)
            assert str(raised.value) == message
            assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("name", ["process_counts", "latest_image"])
def test_a_key_that_is_no_str_raises_wherever_it_stands(name: str) -> None:
    for _ in range(3):
        App.model_validate({**ORG, name: {"web": 1}})
    with pytest.raises(InvalidResponseError, match=f"{name}: expected keys that are str, got int"):
        App.model_validate({**ORG, name: {1: 1}})


def test_in_a_list_the_error_names_the_index() -> None:
    records: list[Any] = [{"version": number} for number in range(1200)]
    records[1100] = {"version": "1"}
    with pytest.raises(InvalidResponseError) as raised:
        decode_list(Image, records)
    assert str(raised.value) == "Image[1100].version: expected int, got str"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: ConfigVar.model_validate({"name": "KEY", "value": ["hunter2"]}),
        lambda: ConfigVar.model_validate({"name": "KEY", "value": {"hunter2": 1}}),
        lambda: ConfigVar.model_validate({"name": "KEY", "value": "hunter2", "secret": "hunter2"}),
        lambda: ConfigVar.model_validate_json('{"name": "KEY", "value": "hunter2" oh'),
        lambda: ConfigVar.model_validate_json(b'{"name": "KEY", "value": "hunter2\xff"}'),
        lambda: decode_list(ConfigVar, [{"name": "KEY", "value": b"hunter2"}]),
    ],
)
def test_an_error_never_shows_a_value(attempt: Callable[[], object]) -> None:
    with pytest.raises(InvalidResponseError) as raised:
        attempt()
    for error in causes(raised.value):
        assert "hunter2" not in f"{error} {error!r} {vars(error)} {error.args}"


def test_whole_floats_and_ints_are_converted_to_each_other() -> None:
    assert repr(Org.model_validate({**ORG, "member_count": 3.0}).member_count) == "3"
    assert repr(DurationStats.model_validate({"avg": 3}).avg) == "3.0"
    assert App.model_validate({**ORG, "process_counts": {"web": 2.0}}).process_counts == {"web": 2}


def test_numbers_of_any_size_and_unknown_words_are_kept() -> None:
    image = Image.model_validate({"version": 10**30, "repository_name": "neverseen\0\ud800日"})
    assert image.version == 10**30
    assert image.repository_name == "neverseen\0\ud800日"


def test_instances_of_subclasses_of_str_and_int_are_stored_as_plain_values() -> None:
    for _ in range(2):
        image = Image.model_validate({"id": Word.ONE, "version": Number.ONE})
        assert repr(image).startswith("Image(id='one', version=1,")


def test_free_form_objects_are_kept_as_they_are() -> None:
    metadata = {"size": 1.5, "layers": [{"a": None}], "": {}}
    assert Image.model_validate({"image_metadata": metadata}).image_metadata == metadata


def test_any_mapping_is_accepted_and_an_instance_is_returned_unchanged() -> None:
    member = types.MappingProxyType({"username": "ada"})
    record = types.MappingProxyType({**ORG, "members": [member]})
    org = Org.model_validate(record)
    assert org == Org(name="My Org", slug="my-org", members=[OrgMember(username="ada")])
    assert Org.model_validate(org) is org
    assert Org.model_validate({**ORG, "members": org.members}) == org


def test_the_input_is_not_changed() -> None:
    record = {**ORG, "members": [{"username": "ada"}], "plan": "pro"}
    before = repr(record)
    org = Org.model_validate(record)
    org.members.append(OrgMember(username="bob"))
    org.model_extra["plan"] = "free"
    assert repr(record) == before


def test_extra_fields_are_kept_in_their_order() -> None:
    records: list[dict[str, Any]] = [
        {"zeta": 1, **ORG, "alpha": [1, {"b": None}]},
        {"alpha": 2, "slug": "my-org", "zeta": 3, "name": "My Org"},
        {"other": 4, **ORG},
        {"name": "My Org", "slug": "my-org", "id": "1"},
        ORG,
    ]
    for record in records * 2:
        org = Org.model_validate(record)
        extra = {name: value for name, value in record.items() if name not in Org.model_fields}
        assert list(org.model_extra.items()) == list(extra.items())
        assert all(getattr(org, name) == value for name, value in extra.items())
        assert org.model_fields_set == record.keys()
        assert list(org.model_dump()) == [*Org.model_fields, *extra]


def test_an_extra_field_may_have_the_name_of_a_method() -> None:
    org = Org.model_validate({**ORG, "model_dump": 1, "_extra": 2, "self": 3})
    assert org.model_extra == {"model_dump": 1, "_extra": 2, "self": 3}
    assert org.model_dump()["model_dump"] == 1


def records_of_all_shapes() -> list[dict[str, Any]]:
    """Yields images with every combination of some fields."""
    values = {
        "id": "1",
        "version": 1,
        "error": False,
        "updated": "2026-01-01",
        "commit_sha": None,
        "processes": {"web": "run"},
        "digest": "extra",
    }
    return [
        {name: values[name] for name in names}
        for count in range(len(values) + 1)
        for names in itertools.combinations(values, count)
    ]


def test_records_may_differ_in_shape_from_one_to_the_next() -> None:
    records = records_of_all_shapes() * 2
    for images in (
        [Image.model_validate(record) for record in records],
        decode_list(Image, records.copy()),
    ):
        for record, image in zip(records, images, strict=True):
            assert image.model_fields_set == record.keys()
            assert image.model_dump(exclude_unset=True) == record
            whole = {**Image().model_dump(), **record}
            assert image.model_dump() == whole
            assert list(image.model_dump()) == list(whole)
            assert Image.model_validate_json(image.model_dump_json()) == image


def test_decoding_a_list_frees_each_record() -> None:
    records: list[Any] = [{"version": number} for number in range(1001)]
    images = decode_list(Image, records)
    assert [image.version for image in images] == list(range(1001))
    assert records == [None] * 1001
    assert decode_list(Image, []) == []


def test_a_list_may_start_with_a_record_that_needs_conversion() -> None:
    images = decode_list(Image, [{"version": 1.0}, {"version": 2}, {}, {"id": "x", "version": 3}])
    assert [image.version for image in images] == [1, 2, 0, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Org: not JSON: Expecting value, line 1, column 1"),
        ('{"name": "a",\n "slug"}', "Org: not JSON: Expecting ':' delimiter, line 2, column 8"),
        (b'{"name": "\xff"}', "Org: not UTF-8 at byte 10"),
        ("[" * 200_000, "Org: JSON beyond what Python reads"),
        ("1" * 5_000, "Org: JSON beyond what Python reads"),
        ("[]", "Org: expected dict, got list"),
    ],
)
def test_text_that_is_no_json_object_raises(text: str | bytes, message: str) -> None:
    with pytest.raises(InvalidResponseError) as raised:
        Org.model_validate_json(text)
    assert str(raised.value) == message


def test_str_and_bytes_are_accepted() -> None:
    text = '{"name": "日", "slug": "\\u65e5"}'
    for json_data in (text, text.encode(), bytearray(text.encode())):
        org = Org.model_validate_json(json_data)
        assert (org.name, org.slug) == ("日", "日")


def test_a_class_may_be_first_used_in_several_threads_at_once() -> None:
    threads = 8
    for _ in range(5):

        @dataclasses.dataclass(kw_only=True)
        class Fresh(Org):
            pass

        barrier = threading.Barrier(threads)

        def work(model: type[Org], barrier: threading.Barrier, number: int) -> Org:
            barrier.wait()
            org = model.model_validate({**ORG, "member_count": number, "members": []})
            assert org.model_dump()["member_count"] == number
            assert f'"member_count":{number}' in org.model_dump_json()
            return org

        with ThreadPoolExecutor(threads) as pool:
            orgs = list(pool.map(partial(work, Fresh, barrier), range(threads)))
        assert [org.member_count for org in orgs] == list(range(threads))
        assert orgs[0] == orgs[1].model_copy(update={"member_count": 0})


PROGRAM = """
from ancla.models import ConfigVar, Image, Org
org = Org.model_validate({"name": "a\\n", "slug": "b", "members": [{"username": "c"}], "d": 1})
print(org.model_dump_json())
print(org.model_dump(exclude_unset=True), org.d)
print(Org.model_validate_json(org.model_dump_json()) == org)
try:
    Image.model_validate({"version": "1"})
except ValueError as error:
    print(error)
"""
ITS_OUTPUT = (
    r'{"name":"a\n","slug":"b","member_count":0,"project_count":0,"application_count":0,"id":"",'
    '"members":[{"username":"c","email":null,"admin":false,"user_id":"","application_count":0}],"personal":false,"d":1}\n'
    r"{'name': 'a\n', 'slug': 'b', 'members': [{'username': 'c'}], 'd': 1} 1"
    "\nTrue\nImage.version: expected int, got str\n"
)


@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]], ids=["plain", "-O", "-OO"])
@pytest.mark.parametrize("without", ["", "sys.modules['_json'] = None\n"], ids=["C", "no C"])
def test_optimized_python_and_json_in_pure_python_make_no_difference(
    flags: list[str], without: str, tmp_path: Path
) -> None:
    output = run_program(without + PROGRAM, path=[PROJECT], cwd=tmp_path, flags=flags)
    assert output == ITS_OUTPUT


def test_models_are_loaded_without_the_slow_parts_of_the_standard_library(tmp_path: Path) -> None:
    program = "import ancla.models\nprint(sorted({'typing', 'decimal'} & sys.modules.keys()))"
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == "[]\n"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"version": 3.0}, "Image.version: expected int, got float"),
        (types.MappingProxyType({"version": 3}), "Image: expected Image, got mappingproxy"),
    ],
)
def test_strict_rejects_values_that_would_be_converted(record: Any, message: str) -> None:
    assert Image.model_validate(record, from_attributes=True).version == 3
    with pytest.raises(InvalidResponseError) as raised:
        Image.model_validate(record, strict=True)
    assert str(raised.value) == message


def test_extra_fields_are_kept_or_dropped_or_rejected() -> None:
    record = {"name": "a", "slug": "b", "plan": 1, "members": [{"username": "c", "age": 2}]}
    assert Org.model_validate(record, extra="allow") == Org.model_validate(record)
    dropped = Org(name="a", slug="b", members=[OrgMember(username="c")])
    assert Org.model_validate(record, extra="ignore") == dropped
    assert Org.model_validate_json(json.dumps(record), extra="ignore") == dropped
    with pytest.raises(InvalidResponseError, match="^Org.plan is not a declared field$"):
        Org.model_validate(record, extra="forbid")
    del record["plan"]
    with pytest.raises(
        InvalidResponseError, match=r"^Org.members\[0\].age is not a declared field$"
    ):
        Org.model_validate_json(json.dumps(record), extra="forbid")
    unknown: Any = "drop"
    with pytest.raises(ValueError, match="^extra must be .*, not 'drop'$"):
        Org.model_validate(record, extra=unknown)


def test_attributes_are_read_only_if_asked_for_and_not_of_built_in_types() -> None:
    member = types.SimpleNamespace(username="ada", admin=True, other=1)
    org = types.SimpleNamespace(name="a", slug="b", members=[member])
    for strict in (False, True):
        with pytest.raises(InvalidResponseError, match="^Org: expected .*, got SimpleNamespace$"):
            Org.model_validate(org, strict=strict)
    read = Org.model_validate(org, from_attributes=True)
    assert read == Org(name="a", slug="b", members=[OrgMember(username="ada", admin=True)])
    assert read.model_fields_set == {"name", "slug", "members"}
    values: list[Any] = [3, "x", [], [1], dict]
    for value in values:
        with pytest.raises(InvalidResponseError, match="^Org: expected dict, got "):
            Org.model_validate(value, from_attributes=True)
    with pytest.raises(InvalidResponseError, match="^Org.members: expected list.*, got str$"):
        Org.model_validate({"name": "a", "slug": "b", "members": "x"}, strict=True)
