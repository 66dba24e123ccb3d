"""Models as objects: replacing, changing, deleting fields, iterating, subclasses of users."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
import time
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ancla import AnclaClient, InvalidResponseError
from ancla.models import App, Deployment, Image, Model, Org, Release
from tests.servers import ScriptedServer, replies, reply

RECORD = {"name": "a", "slug": "b", "plan": {"seats": 3}}
REPLACERS: list[Callable[..., Any]] = [lambda org, **changes: org.__replace__(**changes)]
if hasattr(copy, "replace"):
    REPLACERS.append(copy.replace)


@pytest.mark.parametrize("replace", REPLACERS)
def test_replace_keeps_unset_and_extra_fields(replace: Any) -> None:
    org = Org.model_validate(RECORD)
    changed = replace(org, name="c", member_count=5)
    assert changed.model_dump(exclude_unset=True) == {
        **RECORD,
        "name": "c",
        "member_count": 5,
    }
    assert changed.model_fields_set == {"name", "slug", "member_count", "plan"}
    changed.model_extra["plan"] = "free"
    assert org.model_extra == {"plan": {"seats": 3}}
    assert replace(org) == org
    assert replace(org, plan=1).model_extra == {"plan": 1}


def test_replace_of_dataclasses_passes_the_declared_fields_to_the_constructor() -> None:
    changed = dataclasses.replace(Org.model_validate(RECORD), name="c")
    assert (changed.name, changed.slug, changed.model_extra) == ("c", "b", {})
    with pytest.raises(TypeError, match="'plan'"):
        dataclasses.replace(changed, plan=1)  # type: ignore[call-arg]


@dataclasses.dataclass(kw_only=True)
class Labelled(Org):
    label: str = "none"
    key: str = dataclasses.field(init=False)
    made: float = dataclasses.field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.label:
            self.key = f"{self.label}:{self.slug}"


def test_replace_runs_post_init_of_a_users_model() -> None:
    labelled = Labelled(name="a", slug="b", label="x")
    assert labelled.key == "x:b"
    assert dataclasses.replace(labelled, slug="c", label="y").key == "y:c"
    assert dataclasses.replace(labelled, slug="c", label="y").made == labelled.made


def test_a_subclass_of_a_used_model_has_only_declared_fields() -> None:
    assert Org(name="a", slug="b").model_fields_set == {"name", "slug"}

    @dataclasses.dataclass(kw_only=True)
    class Late(Org):
        label: str = ""

    assert list(Late.__dataclass_fields__) == [*Org.model_fields, "label"]
    late = Late.model_validate({**RECORD, "label": "x"})
    assert list(late.model_dump(exclude_unset=True)) == ["name", "slug", "label", "plan"]
    assert late.model_extra == {"plan": RECORD["plan"]}


def test_post_init_runs_for_decoded_records() -> None:
    labelled = Labelled.model_validate({**RECORD, "label": "x"})
    assert labelled.key == "x:b"
    assert labelled.model_extra == {"plan": {"seats": 3}}
    assert Labelled.model_validate_json('{"name": "a", "slug": "b"}').key == "none:b"
    assert "key" in labelled.model_dump()


def test_a_field_that_only_post_init_assigns_may_be_missing() -> None:
    with pytest.raises(TypeError, match="takes no 'key'"):
        Labelled(name="a", slug="b", key="")  # type: ignore[call-arg]  # that is the point
    without_key = Labelled(name="a", slug="b", label="")
    assert not hasattr(without_key, "key")
    for same in (without_key, copy.copy(without_key), pickle.loads(pickle.dumps(without_key))):
        assert "key" not in same.model_dump()
        assert "key" not in same.model_dump_json()
        assert "key" not in repr(same)
    without_key.key = "x"
    assert without_key.model_dump()["key"] == "x"


@dataclasses.dataclass(kw_only=True)
class Seeded(Org):
    seed: dataclasses.InitVar[int] = 0


@dataclasses.dataclass(kw_only=True)
class SeededByText(Org):
    shared: ClassVar[str] = ""
    seed: dataclasses.InitVar[int]


@pytest.mark.parametrize("model", [Seeded, SeededByText])
def test_an_init_var_raises(model: Any) -> None:
    message = f"{model.__name__}.seed: a model cannot have an InitVar"
    with pytest.raises(TypeError, match=message):
        model(name="a", slug="b", seed=1)
    with pytest.raises(TypeError, match=message):
        model.model_validate(RECORD)


def test_a_default_factory_runs_for_each_instance_at_once() -> None:
    before = time.monotonic()
    made = [Labelled(name="a", slug="b"), Labelled.model_validate(RECORD)]
    after = time.monotonic()
    assert before <= made[0].made <= made[1].made <= after
    assert made[0].model_dump()["made"] == made[0].made
    assert made[0].model_fields_set == {"name", "slug", "key"}
    assert Labelled.model_validate({**RECORD, "made": 1}).made == 1.0


@dataclasses.dataclass(kw_only=True)
class Weighed(Model):
    weight: float = 1
    most: float | None = 0


def test_an_int_as_the_default_of_a_float_is_written_as_a_float() -> None:
    assert Weighed().model_dump_json() == '{"weight":1.0,"most":0.0}'
    assert Weighed().model_dump_json(indent=0) == '{\n"weight": 1.0,\n"most": 0.0\n}'
    assert Weighed(weight=2, most=None).model_dump_json() == '{"weight":2.0,"most":null}'


class Fallback:
    def __getattr__(self, name: str) -> str:
        if name.startswith("missing_"):
            return f"made {name}"
        raise AttributeError(name)


class OrgBeforeFallback(Org, Fallback):
    pass


class FallbackBeforeOrg(Fallback, Org):
    pass


@pytest.mark.parametrize("model", [OrgBeforeFallback, FallbackBeforeOrg])
def test_the_getattr_of_a_mixin_still_works(model: type[Org]) -> None:
    org: Any = model.model_validate(RECORD)
    assert org.missing_thing == "made missing_thing"
    with pytest.raises(AttributeError, match="absent"):
        _ = org.absent
    assert org.model_extra == {"plan": {"seats": 3}}
    assert pickle.loads(pickle.dumps(org)) == org


class WithCachedProperty(Org):
    @functools.cached_property
    def title(self) -> str:
        return self.name.upper()


def test_values_that_cached_properties_store_are_no_fields() -> None:
    org = WithCachedProperty.model_validate(RECORD)
    before = (repr(org), org.model_dump(), org.model_dump_json(), org.model_fields_set)
    assert org.title == "A"
    assert "title" in vars(org)
    assert (repr(org), org.model_dump(), org.model_dump_json(), org.model_fields_set) == before
    assert org == WithCachedProperty.model_validate(RECORD)


def test_a_deleted_field_is_not_dumped_until_it_is_assigned_again() -> None:
    org = Org(name="a", slug="b", member_count=3)
    for name in ("name", "member_count", "members"):
        delattr(org, name)
        assert name not in org.model_dump()
        assert name not in org.model_dump(exclude_none=True)
        assert f'"{name}"' not in org.model_dump_json()
        assert f"{name}=" not in repr(org)
        assert name not in dict(org)
        assert org != Org(name="a", slug="b", member_count=3)
        with pytest.raises(AttributeError):
            delattr(org, name)
    with pytest.raises(AttributeError, match="no attribute 'name'"):
        _ = org.name
    org.name, org.member_count, org.members = "a", 3, []
    assert org == Org(name="a", slug="b", member_count=3)


def test_iterating_yields_names_and_values() -> None:
    org = Org.model_validate({**RECORD, "members": [{"username": "ada"}]})
    assert list(dict(org)) == list(org.model_dump())
    assert dict(org)["members"] is org.members
    assert dict(org)["plan"] is org.model_extra["plan"]
    app = App(name="a", slug="a")
    assert dict(app)["process_counts"] is app.process_counts


def test_model_construct_checks_nothing() -> None:
    org: Any = Org.model_construct(name=5, plan="free")
    assert (org.name, org.plan, org.members) == (5, "free", [])
    assert org.model_dump(exclude_unset=True) == {"name": 5, "plan": "free"}
    assert "slug" not in org.model_dump()
    some = Org.model_construct({"name"}, name="a", slug="b")
    assert some.model_fields_set == {"name"}
    assert some.slug == "b"


def test_a_model_can_be_referred_to_weakly() -> None:
    org = Org(name="a", slug="b")
    assert weakref.ref(org)() is org


def test_extra_fields_are_completed_in_a_console() -> None:
    assert {"plan", "name", "members", "model_dump"} <= set(dir(Org.model_validate(RECORD)))


def test_the_error_for_a_misspelt_field_suggests_the_right_one() -> None:
    org: Any = Org(name="a", slug="b")
    with pytest.raises(AttributeError) as raised:
        _ = org.nmae
    assert (raised.value.name, raised.value.obj) == ("nmae", org)


@dataclasses.dataclass(kw_only=True)
class Node(Model):
    name: str = ""
    children: list[Node] = dataclasses.field(default_factory=list)
    tags: list[str | None] = dataclasses.field(default_factory=list)
    counts: dict[str, int | None] = dataclasses.field(default_factory=dict)


def test_a_model_may_have_fields_of_its_own_class() -> None:
    record = {"name": "a", "tags": ["x", None], "counts": {"y": None, "z": 1}}
    node = Node.model_validate({**record, "children": [record, {}]})
    assert node.children[0] == Node.model_validate(record)
    assert node.model_dump()["children"][0] == {**record, "children": []}
    with pytest.raises(InvalidResponseError) as raised:
        Node.model_validate({"children": [{"children": [{"tags": ["x", 1]}]}]})
    message = "Node.children[0].children[0].tags[1]: expected str or None, got int"
    assert str(raised.value) == message


def nested(levels: int) -> str:
    """Returns JSON text that nests lists and objects in turn."""
    halves = [("[", "]") if level % 2 else ('{"k":', "}") for level in range(levels - 1)]
    return "".join(start for start, _ in halves) + "[]" + "".join(end for _, end in halves[::-1])


@pytest.mark.parametrize("name", ["image_metadata", "brand_new"])
def test_values_nested_too_deeply_to_be_dumped_raise_when_they_are_decoded(name: str) -> None:
    image = Image.model_validate_json(f'{{"{name}":{{"k":{nested(98)}}}}}')
    for in_part in (False, True):
        assert nested(98) in image.model_dump_json(exclude_none=in_part)
        assert image.model_dump(exclude_none=in_part)
    assert image.model_dump_json(indent=1)
    for levels in (101, 900, 3_000, 100_000):
        # Python's parser may raise first.
        with pytest.raises(
            InvalidResponseError, match="nested too deeply$|beyond what Python reads$"
        ):
            Image.model_validate_json(f'{{"{name}":{{"k":{nested(levels)}}}}}')


@pytest.mark.parametrize("levels", [150, 3_000])
def test_a_response_that_is_nested_too_deeply_raises(levels: int) -> None:
    texts = [f'{{"name":"a","slug":"b","new":{nested(count)}}}' for count in (90, levels)]
    with (
        ScriptedServer(replies(*(reply(text.encode()) for text in texts))) as server,
        AnclaClient("key", server.url, trust_env=False) as client,
    ):
        assert client.get_org("b").model_dump()
        with pytest.raises(InvalidResponseError, match="nested too deeply"):
            client.get_org("b")


STAGES: list[tuple[Image | Release | Deployment, str]] = [
    (Image(), "running"),
    (Image(built=True), "built"),
    (Image(error=True), "failed"),
    (Release(), "running"),
    (Release(built=True), "built"),
    (Deployment(), "running"),
    (Deployment(complete=True), "complete"),
    (Deployment(complete=True, error=True), "failed"),
]


@pytest.mark.parametrize(("stage", "status"), STAGES)
def test_a_stage_is_done_once_it_has_succeeded_or_failed(
    stage: Image | Release | Deployment, status: str
) -> None:
    done, succeeded, failed = stage.done, stage.succeeded, stage.failed
    assert stage.status == status
    assert (done, succeeded, failed) == {
        "running": (False, False, False),
        "built": (True, True, False),
        "complete": (True, True, False),
        "failed": (True, False, True),
    }[status]


def test_a_stage_without_flags_is_running() -> None:
    for stage, flag in ((Image(), "built"), (Release(), "error"), (Deployment(), "complete")):
        delattr(stage, flag)
        assert (stage.status, stage.done, stage.succeeded) == ("running", False, False)


def test_the_status_properties_are_no_fields_and_cannot_be_assigned() -> None:
    names = ("status", "done", "succeeded", "failed")
    for stage in (Image(), Release(), Deployment()):
        assert not {*names} & {*stage.model_dump(), *stage.model_fields}
        for name in names:
            with pytest.raises(AttributeError):
                setattr(stage, name, True)


def test_a_status_that_the_server_sends_does_not_hide_the_property() -> None:
    image = Image.model_validate({"built": True, "status": "brand new"})
    assert image.status == "built"
    assert image.model_extra == {"status": "brand new"}
    assert image.model_dump()["status"] == "brand new"
