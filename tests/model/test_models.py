"""The models as dataclasses: fields, constructors, copies, comparison, reprs."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import pprint
import pydoc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

import pytest

import ancla
from ancla import InvalidResponseError, models
from ancla.models import (
    App,
    ConfigVar,
    Image,
    Model,
    Org,
    OrgMember,
    Release,
)
from tests.clean_process import run_program, run_python

PROJECT = Path(__file__).parents[2]
Item = TypeVar("Item")
MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__ if name != "Model"]
EACH_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)

REQUIRED: dict[type[Model], dict[str, Any]] = {
    Org: {"name": "My Org", "slug": "my-org"},
    OrgMember: {"username": "ada"},
    models.Project: {"name": "Shop", "slug": "shop"},
    App: {"name": "Web", "slug": "web"},
    models.Environment: {"name": "Production", "slug": "production"},
    ConfigVar: {"name": "KEY"},
    models.User: {"username": "ada"},
    models.Team: {"name": "Core"},
    models.ApiKey: {"key_id": "k1"},
    models.NewApiKey: {"key_id": "k1", "key": "s3cret-key"},
}


def a_model(model: type[Model], **fields: Any) -> Any:
    return model(**{**REQUIRED.get(model, {}), **fields})


def test_all_names_are_listed_in_order_and_are_models() -> None:
    assert models.__all__ == sorted(models.__all__)
    defined = {name for name, value in vars(models).items() if inspect.isclass(value)}
    assert defined - {"object", "Any", "_Stage"} == set(models.__all__)


@EACH_MODEL
def test_a_model_is_a_dataclass_that_takes_keywords_only(model: type[Model]) -> None:
    assert all(field.kw_only for field in model.model_fields.values())
    constructor: Any = model
    with pytest.raises(TypeError):
        constructor("positional")
    assert dataclasses.is_dataclass(constructor)
    assert not dataclasses.is_dataclass(Model)


@EACH_MODEL
def test_exactly_the_required_fields_are_required(model: type[Model]) -> None:
    fields = REQUIRED.get(model, {})
    made = model(**fields)
    assert {name: getattr(made, name) for name in fields} == fields
    for name in fields:
        with pytest.raises(TypeError, match=name):
            model(**{key: value for key, value in fields.items() if key != name})


@EACH_MODEL
def test_the_constructor_rejects_undeclared_fields(model: type[Model]) -> None:
    with pytest.raises(TypeError, match="brand_new"):
        a_model(model, brand_new=1)


@EACH_MODEL
def test_every_model_has_a_docstring(model: type[Model]) -> None:
    assert model.__doc__
    assert not model.__doc__.startswith(model.__name__)


@EACH_MODEL
def test_signature_and_annotations_are_those_of_the_dataclass(model: type[Model]) -> None:
    names = list(inspect.signature(model).parameters)
    assert names == list(get_type_hints(model))
    assert names == list(model.model_fields)
    constructor: Any = model
    assert names == list(constructor.__dataclass_fields__)
    assert tuple(model.model_fields.values()) == dataclasses.fields(a_model(model))


def test_a_repr_starts_as_documented() -> None:
    org = Org.model_validate({"slug": "my-org", "name": "My Org", "member_count": 3, "plan": "pro"})
    assert repr(org).startswith("Org(name='My Org', slug='my-org', member_count=3")
    assert repr(org).endswith(", members=[], personal=False, plan='pro')")
    assert str(org) == repr(org)


@pytest.mark.parametrize(
    "show", [repr, str, pprint.pformat, "{}".format, lambda model: repr([model])]
)
def test_a_secret_value_is_not_shown(show: Any) -> None:
    secret = ConfigVar(name="KEY", value="hunter2", secret=True)
    assert "value='********'" in show(secret).replace("\n", "")
    assert "hunter2" not in show(secret)
    assert "hunter2" in show(ConfigVar(name="KEY", value="hunter2"))


@pytest.mark.parametrize("name", ["configuration", "configuration_changes"])
def test_the_configuration_of_a_release_is_not_shown(name: str) -> None:
    release = Release.model_validate({name: {"KEY": "hunter2"}})
    assert f"{name}='********'" in repr(release)
    assert "hunter2" not in repr(release)
    assert release.model_dump()[name] == {"KEY": "hunter2"}
    assert f"{name}={{}}" in repr(Release())


def test_the_dump_of_a_secret_has_its_value() -> None:
    secret = ConfigVar(name="KEY", value="hunter2", secret=True)
    assert secret.model_dump()["value"] == "hunter2"
    assert '"value":"hunter2"' in secret.model_dump_json()
    assert dataclasses.asdict(secret) == secret.model_dump()


def test_each_instance_has_containers_of_its_own() -> None:
    record = {"name": "a", "slug": "a"}
    for one, other in [
        (Org(name="a", slug="a"), Org(name="b", slug="b")),
        (Org.model_validate(record), Org.model_validate(record)),
    ]:
        one.members.append(OrgMember(username="ada"))
        assert other.members == []
    assert App(name="a", slug="a").process_counts is not App(name="a", slug="a").process_counts


RECORD = {"name": "a", "slug": "a", "members": [{"username": "ada"}], "plan": {"seats": 3}}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_everything(protocol: int) -> None:
    org = Org.model_validate(RECORD)
    again = pickle.loads(pickle.dumps(org, protocol))
    assert again == org
    assert again.model_fields_set == org.model_fields_set
    assert again.plan == {"seats": 3}


def test_a_pickle_from_a_version_with_other_fields_can_be_read() -> None:
    make, (model,), (values, given, extra, absent) = Org.model_validate(RECORD).__reduce__()
    del values["members"]
    org = make(model)
    org.__setstate__(({**values, "gone": 1}, given, extra, absent))
    assert org.members == []
    assert not hasattr(org, "gone")


def test_a_pickle_is_the_same_whether_a_default_list_or_dict_was_read_or_not() -> None:
    untouched, read = Org(name="a", slug="b"), Org(name="a", slug="b")
    assert (read.members, App(name="a", slug="b").process_counts) == ([], {})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.dumps(read, protocol) == pickle.dumps(untouched, protocol)
    read.members.append(OrgMember(username="ada"))
    again = pickle.loads(pickle.dumps(read))
    assert again == read != untouched
    assert "members" not in again.model_fields_set
    given = Org(name="a", slug="b", members=[])
    assert "members" in pickle.loads(pickle.dumps(given)).model_fields_set


def test_a_pickle_is_the_same_in_each_process(tmp_path: Path) -> None:
    """The order of a set of str differs between processes."""
    program = f"""
import sys; sys.path.insert(0, {str(PROJECT)!r})
import pickle
from ancla.models import Image, Org
image = Image()
for name in ("id", "version", "built", "created", "updated"):
    delattr(image, name)
print(pickle.dumps([image, Org.model_construct(set(), name="a", slug="b", member_count=2)]).hex())
"""
    pickles = {
        run_python("-c", program, cwd=tmp_path, environment={"PYTHONHASHSEED": seed})
        for seed in ("1", "2", "3", "4")
    }
    assert len(pickles) == 1


def test_a_model_within_itself_is_copied_and_pickled() -> None:
    org = Org.model_validate(RECORD)
    org.model_extra["around"] = [org]
    app = App(name="a", slug="b", latest_image={})
    assert app.latest_image is not None
    app.latest_image["app"] = app
    ways: list[Callable[[Any], Any]] = [
        copy.deepcopy,
        lambda model: pickle.loads(pickle.dumps(model)),
    ]
    for make_copy in ways:
        copied = make_copy(org)
        assert copied.around[0] is copied is not org
        assert (copied.name, copied.plan, copied.model_fields_set) == (
            "a",
            {"seats": 3},
            org.model_fields_set,
        )
        copied = make_copy(app)
        assert copied.latest_image["app"] is copied is not app


def test_a_copy_shares_a_default_list_that_was_read() -> None:
    org = Org(name="a", slug="b")
    assert org.members is copy.copy(org).members


def test_copies_are_shallow_or_deep_as_requested() -> None:
    org = Org.model_validate(RECORD)
    for shallow in (copy.copy(org), org.model_copy()):
        assert shallow == org
        assert shallow.members is org.members
        assert shallow.model_extra is not org.model_extra
        assert shallow.model_extra["plan"] is org.model_extra["plan"]
    for deep in (copy.deepcopy(org), org.model_copy(deep=True)):
        assert deep == org
        assert deep.members[0] == org.members[0]
        assert deep.members[0] is not org.members[0]
        assert deep.model_extra["plan"] is not org.model_extra["plan"]


def test_extra_fields_with_special_names_do_not_affect_copy_and_pickle() -> None:
    hooks = {"__deepcopy__": 1, "__copy__": 1, "__reduce_ex__": 1, "__getstate__": 1, "__dict__": 1}
    org = Org.model_validate({**RECORD, **hooks})
    for again in (copy.copy(org), copy.deepcopy(org), pickle.loads(pickle.dumps(org))):
        assert again == org
        assert again.model_extra == {"plan": {"seats": 3}, **hooks}


def test_a_copy_can_change_declared_and_extra_fields() -> None:
    org = Org(name="a", slug="a")
    changed = org.model_copy(update={"name": "b", "member_count": 0, "model_dump": "extra"})
    assert (changed.name, changed.slug) == ("b", "a")
    assert changed.model_fields_set == {"name", "slug", "member_count", "model_dump"}
    assert changed.model_extra == {"model_dump": "extra"}
    assert (org.name, org.model_fields_set) == ("a", {"name", "slug"})


def test_models_are_equal_when_class_and_fields_and_extra_fields_are() -> None:
    org = Org(name="a", slug="a")
    assert org == Org(name="a", slug="a", member_count=0)
    assert org == Org.model_validate({"name": "a", "slug": "a"})
    assert org != Org(name="a", slug="b")
    assert org != Org.model_validate({"name": "a", "slug": "a", "plan": None})
    assert org != models.Project(name="a", slug="a")
    assert org != {"name": "a", "slug": "a"}
    assert Image() != Release()


def test_a_model_with_nan_equals_itself_and_its_copies() -> None:
    stats = models.DurationStats(avg=float("nan"))
    for same in (stats, copy.copy(stats), stats.model_copy()):
        assert same == stats
    assert stats != models.DurationStats(avg=float("nan"))


def test_models_have_no_hash_since_they_can_change() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Image())


def test_given_fields_are_those_of_the_constructor_and_of_assignments() -> None:
    image = Image(version=1, built=False)
    assert image.model_fields_set == {"version", "built"}
    image.image_id = None
    assert image.model_fields_set == {"version", "built", "image_id"}
    assert image.model_dump(exclude_unset=True) == {"version": 1, "built": False, "image_id": None}
    image.model_fields_set.add("error")
    assert "error" not in image.model_fields_set


def test_assigning_an_undeclared_name_sets_an_extra_field() -> None:
    image: Any = Image()
    with pytest.raises(AttributeError, match="'Image' object has no attribute 'digest'"):
        _ = image.digest
    image.digest = "sha256:1"
    assert image.digest == "sha256:1"
    assert image.model_extra == {"digest": "sha256:1"}
    assert image.model_fields_set == {"digest"}
    assert image.model_dump()["digest"] == "sha256:1"
    with pytest.raises(AttributeError, match="'Image' object has no attribute 'other'"):
        _ = image.other


@dataclasses.dataclass(kw_only=True)
class Page(Model, Generic[Item]):
    number: int = 0


def test_attributes_that_python_sets_are_no_extra_fields() -> None:
    page = Page[int](number=1)
    assert page == Page(number=1)
    assert page.model_dump() == {"number": 1}
    assert page.model_fields_set == {"number"}


def test_the_dict_of_extra_fields_can_be_changed() -> None:
    image: Any = Image()
    image.model_extra["digest"] = "sha256:1"
    assert image.digest == "sha256:1"
    assert image.model_dump(exclude_defaults=True) == {"digest": "sha256:1"}


def test_a_method_is_not_overwritten_by_an_assignment() -> None:
    image: Any = Image()
    with pytest.raises(AttributeError):
        image.model_dump = None
    assert image.model_dump()["version"] == 0


@dataclasses.dataclass(kw_only=True)
class LargeOrg(Org):
    """A user's model."""

    region: str = "eu"
    tags: list[str] = dataclasses.field(default_factory=list)

    def title(self) -> str:
        return f"{self.name} in {self.region}"


def test_a_model_can_be_extended_by_fields() -> None:
    org = LargeOrg.model_validate({**RECORD, "region": "us", "tags": ["a"]})
    assert org.title() == "a in us"
    assert org.members == [OrgMember(username="ada")]
    assert org.model_extra == {"plan": {"seats": 3}}
    assert repr(org).startswith("LargeOrg(name='a'")
    assert pickle.loads(pickle.dumps(org)) == org
    assert LargeOrg(name="a", slug="a").model_dump(exclude_unset=True) == {"name": "a", "slug": "a"}
    assert list(LargeOrg.model_fields)[-2:] == ["region", "tags"]
    assert Org.model_validate(org) is org
    assert Org(name="a", slug="a") != LargeOrg(name="a", slug="a")


@dataclasses.dataclass(kw_only=True)
class LabelledVar(ConfigVar):
    label: str = ""


def test_a_users_model_masks_secrets_and_compares_extra_fields() -> None:
    secret = LabelledVar(name="KEY", value="hunter2", secret=True, label="x")
    assert repr(secret).startswith("LabelledVar(name='KEY', value='********', secret=True")
    assert secret == LabelledVar(name="KEY", value="hunter2", secret=True, label="x")
    assert secret != secret.model_copy(update={"extra": 1})


@dataclasses.dataclass(kw_only=True)
class DerivedOrg(Org):
    key: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.id = f"x-{self.slug}"
        self.key = self.id.upper()
        self.note: str = "made here"


@dataclasses.dataclass
class TaggedOrg(Org):
    tag: str
    size: int = 0


def test_a_users_field_is_keyword_only_however_it_is_declared() -> None:
    with pytest.raises(TypeError, match=r"^TaggedOrg\(\) takes 1 positional argument but 2 were"):
        TaggedOrg("x", name="a", slug="b")
    org = TaggedOrg(tag="x", name="a", slug="b")
    assert org.model_fields_set == {"name", "slug", "tag"}
    match org:
        case TaggedOrg(tag, size):
            assert (tag, size) == ("x", 0)


def test_fields_that_post_init_assigns_are_dumped() -> None:
    org = DerivedOrg(name="a", slug="b")
    assert org.model_fields_set == {"name", "slug", "id", "key", "note"}
    assert org.model_dump(exclude_unset=True) == {
        "name": "a",
        "slug": "b",
        "id": "x-b",
        "key": "X-B",
        "note": "made here",
    }
    assert org.model_dump()["id"] == "x-b"
    assert '"id":"x-b"' in org.model_dump_json()


@dataclasses.dataclass(kw_only=True)
class Stamped:
    __slots__ = ()
    stamp: str


@dataclasses.dataclass(kw_only=True)
class StampedOrg(Stamped, Org):
    pass


def test_init_subclass_is_called_for_subclasses_of_users_only() -> None:
    heard = []

    @dataclasses.dataclass(kw_only=True)
    class Registering(Model):
        name: str = ""

        def __init_subclass__(cls, *, kind: str) -> None:
            super().__init_subclass__()
            heard.append(kind)

    class Special(Registering, kind="special"):
        __slots__ = ()

    for _ in range(3):
        assert type(Special.model_validate({"name": "a"})) is Special
        assert type(Registering.model_validate({"name": "a"})) is Registering
    assert heard == ["special"]


def test_a_model_that_is_another_dataclass_too_shows_and_compares_all_fields() -> None:
    org = StampedOrg.model_validate({**RECORD, "stamp": "today"})
    assert repr(org).startswith("StampedOrg(name='a', slug='a'")
    assert "stamp='today', plan={'seats': 3})" in repr(org)
    assert org == org.model_copy()
    assert org != org.model_copy(update={"slug": "b"})


def test_a_model_with_two_parents_has_the_fields_of_the_first(tmp_path: Path) -> None:
    # In a new process, where the fields of Org have not been used yet.
    program = """
from dataclasses import dataclass, fields
from ancla.models import Model, Org

@dataclass(kw_only=True)
class Dated(Model):
    pass

class DatedOrg(Org, Dated):
    __slots__ = ()

print(len(fields(DatedOrg)), fields(DatedOrg) == fields(Org))
"""
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == "8 True\n"


def test_a_model_with_slots_raises_with_advice() -> None:
    with pytest.raises(TypeError, match=r"Slotted must not have slots=True: @dataclass\(kw_only=T"):

        @dataclasses.dataclass(kw_only=True, slots=True)
        class Slotted(Org):
            region: str = "eu"


def test_a_model_without_the_decorator_raises_with_advice() -> None:
    class Undecorated(Model):
        region: str = "eu"

    for attempt in (Undecorated, lambda: Undecorated.model_validate({"region": "us"}), Model):
        with pytest.raises(AttributeError, match=r"lacks @dataclass\(kw_only=True\)"):
            attempt()


@dataclasses.dataclass(kw_only=True)
class Strange(Model):
    when: complex = 0j


def test_a_field_that_json_cannot_hold_is_named() -> None:
    with pytest.raises(TypeError, match="Strange.when: 'complex' is not a type of JSON value"):
        Strange.model_validate({})


@EACH_MODEL
def test_the_help_of_a_model_has_the_docstring_of_each_field(model: type[Model]) -> None:
    table = (inspect.getdoc(model) or "").rpartition("\n\n")[2]
    rows = re.findall(r"^(\w+): +([^A-Z\s].*(?:\n .*)*[^.])$", table, re.MULTILINE)
    assert [name for name, _ in rows] == list(model.model_fields)


def test_the_help_of_a_field_is_what_editors_show() -> None:
    text = inspect.getdoc(models.ConfigVar) or ""
    assert (
        """
value:     the value. The server may send "**secret**" instead of a secret value. The repr shows
           ******** instead of a secret value; dumps contain it
secret:    whether the value is secret
"""
        in text
    )


def test_no_source_is_read_before_somebody_asks_for_help(tmp_path: Path) -> None:
    program = """
import linecache, ancla.models
file = ancla.models.__file__
print(file in linecache.cache, "its id" in ancla.models.Org.__doc__, file in linecache.cache)
"""
    said = run_program(program, path=[Path(ancla.__path__[0]).parent], cwd=tmp_path)
    assert said == "False True True\n"


def test_without_source_the_help_is_the_docstring_of_the_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def getsource(_: object) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr(inspect, "getsource", getsource)
    assert models.Org.__doc__ == (
        "An organization, which owns projects. The platform calls it a workspace."
    )


@pytest.mark.parametrize("name", ["ancla", "ancla.models", "ancla.models.Org", "ancla.ConfigVar"])
def test_help_shows_the_models(name: str) -> None:
    text = pydoc.plain(pydoc.render_doc(pydoc.locate(name)))
    assert "model_dump" in text or name == "ancla"


@pytest.mark.parametrize("text", [None, 5, memoryview(b"{}"), ["{}"]])
def test_json_that_is_neither_str_nor_bytes_raises(text: Any) -> None:
    with pytest.raises(InvalidResponseError, match="Org: expected str, bytes or bytearray"):
        Org.model_validate_json(text)


def test_an_extra_field_can_be_deleted() -> None:
    org = Org.model_validate({"name": "n", "slug": "s", "new": 1})
    del org.new  # type: ignore[attr-defined]  # type checkers know the declared fields only
    assert org.model_extra == {}
    with pytest.raises(AttributeError):
        del org.new  # type: ignore[attr-defined]
