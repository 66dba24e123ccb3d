"""Our models in models, request bodies, responses and encoders of other libraries."""

from __future__ import annotations

import dataclasses
import pprint
from typing import Any

import pytest

from ancla.models import ConfigVar, Image, Model, Org, OrgMember

RECORD = {"name": "My Org", "slug": "my-org", "members": [{"username": "ada"}], "plan": "pro"}
MEMBER = OrgMember(username="ada").model_dump()
SECRET = ConfigVar(name="TOKEN", value="hunter2", secret=True)


@dataclasses.dataclass(kw_only=True)
class Node(Model):
    name: str = "leaf"
    weight: float | None = None
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    free: Any = None
    children: list[Node] = dataclasses.field(default_factory=list)


# Pydantic


def test_pydantic_takes_records_and_models_and_dumps_them_in_full() -> None:
    pydantic = pytest.importorskip("pydantic")
    Report = pydantic.create_model("Report", org=(Org, ...), images=(list[Image], []))
    report = Report(org=RECORD, images=[Image(version=3), {"version": 4}])
    assert type(report.org) is Org
    assert report.org == Org.model_validate(RECORD)
    assert [image.version for image in report.images] == [3, 4]
    assert report.model_dump()["org"] == report.org.model_dump()
    assert report.model_dump(exclude_unset=True) == {
        "org": RECORD,
        "images": [{"version": 3}, {"version": 4}],
    }
    only: Any = {"org": {"members": {0: {"username"}}, "slug": True}}
    assert report.model_dump(include=only) == {
        "org": {"slug": "my-org", "members": [{"username": "ada"}]}
    }
    assert report.org.model_dump_json(exclude_none=True) in report.model_dump_json(
        exclude_none=True
    )
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert report.model_copy(deep=True) == report


def test_what_pydantic_refuses_is_told_by_field_and_type() -> None:
    pydantic = pytest.importorskip("pydantic")
    Report = pydantic.create_model("Report", org=(Org, ...))
    with pytest.raises(pydantic.ValidationError) as raised:
        Report(org={**RECORD, "members": [{"username": 5}]})
    (error,) = raised.value.errors()
    assert error["loc"] == ("org",)
    assert error["msg"] == "Value error, Org.members[0].username: expected str, got int"


def test_pydantic_describes_models_in_json_schema() -> None:
    pydantic = pytest.importorskip("pydantic")
    schema = pydantic.TypeAdapter(Node).json_schema()
    own = Node.model_json_schema()["$defs"]["Node"]
    assert schema.pop("properties") == {
        **own.pop("properties"),
        # There is no place for definitions.
        "children": {
            "items": {"title": "Node", "type": "object"},
            "title": "Children",
            "type": "array",
        },
    }
    assert schema == own
    assert pydantic.TypeAdapter(Org).json_schema(mode="serialization")["required"] == [
        "name",
        "slug",
    ]


# FastAPI


def test_fastapi_takes_a_model_as_body_and_returns_it() -> None:
    fastapi = pytest.importorskip("fastapi")
    testing = pytest.importorskip("fastapi.testclient", exc_type=ImportError)
    app = fastapi.FastAPI()

    def create(org: Org) -> Org:
        org.member_count = 1
        return org

    def given() -> list[Org]:
        return [Org.model_validate(RECORD)]

    def variable() -> dict[str, ConfigVar]:
        return {"variable": SECRET}

    app.post("/orgs")(create)
    app.get("/given", response_model_exclude_unset=True)(given)
    app.get("/variable")(variable)
    client = testing.TestClient(app)
    made = client.post("/orgs", json=RECORD)
    assert (made.status_code, made.json()["member_count"], made.json()["plan"]) == (200, 1, "pro")
    assert made.json()["members"] == [MEMBER]
    refused = client.post("/orgs", json={"name": "hunter2", "slug": 5})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["msg"] == "Value error, Org.slug: expected str, got int"
    assert refused.json()["detail"][0]["ctx"] == {"error": {}}
    assert client.get("/given").json() == [RECORD]
    assert client.get("/variable").json()["variable"]["value"] == "hunter2"
    body = client.get("/openapi.json").json()["paths"]["/orgs"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["required"] == ["name", "slug"]


# msgspec


def test_msgspec_converts_to_models_and_from_them() -> None:
    msgspec = pytest.importorskip("msgspec")
    record = {name: RECORD[name] for name in ("name", "slug", "members")}
    org = msgspec.convert(record, Org)
    assert org == Org.model_validate(record)
    assert org.members == [OrgMember(username="ada")]
    assert msgspec.convert({"name": "a", "slug": "b"}, Org).members == []
    with pytest.raises(msgspec.ValidationError, match=r"Expected `str`, got `int` - at `\$.name`"):
        msgspec.convert({**record, "name": 5}, Org)
    assert msgspec.to_builtins(org) == org.model_dump()
    assert msgspec.json.decode(msgspec.json.encode(org)) == org.model_dump()
    changed = dataclasses.replace(org, name="b")
    assert msgspec.json.decode(msgspec.json.encode(changed), type=Org) == changed
    Named = msgspec.defstruct("Named", [("name", str)])
    assert msgspec.convert(org, Named, from_attributes=True).name == "My Org"


# What shows objects


def test_rich_prints_a_field_on_each_line_and_no_secret() -> None:
    pretty = pytest.importorskip("rich.pretty")
    shown = pretty.pretty_repr([SECRET, Org.model_validate(RECORD)], max_width=40)
    assert "        name='TOKEN',\n        value='********',\n" in shown
    assert "                username='ada',\n" in shown
    assert "        plan='pro'\n" in shown
    assert "hunter2" not in shown


def test_pprint_shows_models_and_no_secret() -> None:
    shown = pprint.pformat({"variable": SECRET, "org": Org.model_validate(RECORD)}, width=40)
    assert "ConfigVar(name='TOKEN'" in shown
    assert "plan='pro'" in shown
    assert "hunter2" not in shown


def test_ipython_completes_fields_that_came_too_and_shows_no_secret() -> None:
    completers = pytest.importorskip("IPython.core.completer")
    pretty = pytest.importorskip("IPython.lib.pretty")
    org = Org.model_validate({**RECORD, "colour": "red"})
    completer = completers.IPCompleter(namespace={"org": org}, use_jedi=False)
    with completers.provisionalcompleter():
        found = {each.text.lstrip(".") for each in completer.completions("org.", 4)}
    assert {"colour", "members", "model_dump"} <= found
    assert "hunter2" not in pretty.pretty([SECRET])
