"""FakeAncla's variables of workspaces, teams, projects, environments and apps on today's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake.fake_caller import Caller, calling

WORKSPACE = "/workspaces/o"
PROJECT = f"{WORKSPACE}/projects/p"
ENV = f"{PROJECT}/envs/production"
SERVICE = f"{ENV}/services/a"
SCOPES = {
    WORKSPACE: "workspace",
    f"{WORKSPACE}/teams/t": "team",
    PROJECT: "project",
    ENV: "env",
    SERVICE: "service",
}


@pytest.fixture
def call() -> Iterator[Caller]:
    with calling(lenient=False) as call:
        call.fake.add_app("o", "p", "a")
        call.post(f"{WORKSPACE}/teams", {"name": "T"})
        yield call


def values(call: Caller, place: str) -> dict[str, str]:
    return {found["name"]: found["value"] for found in call.get(f"{place}/config")}


@pytest.mark.parametrize(
    "place",
    ["/workspaces/x", f"{WORKSPACE}/teams/x", f"{WORKSPACE}/projects/x", f"{PROJECT}/envs/x"],
)
def test_a_missing_place_has_no_variables(call: Caller, place: str) -> None:
    assert call("GET", f"{place}/config").status == 404
    assert call("POST", f"{place}/config", {"name": "KEY", "value": "v"}).status == 404


def test_only_a_variable_of_an_environment_can_be_deleted(call: Caller) -> None:
    ids = {
        place: call.post(f"{place}/config", {"name": "KEY", "value": "v"})["id"] for place in SCOPES
    }
    for place, variable in ids.items():
        if place != ENV:
            assert call("DELETE", f"{place}/config/{variable}").status == 404
            assert call("DELETE", f"{ENV}/config/{variable}").status == 404
    assert call("DELETE", f"{ENV}/config/{ids[ENV]}").status == 204
    assert call("DELETE", f"{ENV}/config/{ids[ENV]}").status == 404
    assert [bool(values(call, place)) for place in SCOPES] == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        ({"name": "A"}, "data", "Expected `array`, got `object`"),
        ([1], "[0]", "Expected `object`, got `int`"),
        ([{"name": "A", "value": "1"}, {"name": "B"}], "[1]", "Object missing required field"),
        ([{"name": "A", "value": 1}], "[0].value", "Expected `str`, got `int`"),
        ([{"name": "A", "value": "1"}, {"name": "1-B", "value": "2"}], "name", "not a name"),
        ([{"name": "A", "value": "1", "new": 1}], "[0]", "Object contains unknown field `new`"),
    ],
)
def test_an_invalid_one_of_many_variables_sets_none(
    call: Caller, body: Any, key: str, message: str
) -> None:
    refused = call("POST", f"{ENV}/config/bulk", body)
    (fault,) = refused.json["extra"]
    assert (refused.status, fault["key"]) == (400, key)
    assert fault["message"].startswith(message)
    assert values(call, ENV) == {}


def test_only_an_environment_takes_many_variables_at_once(call: Caller) -> None:
    for place in SCOPES:
        if place != ENV:
            assert call("POST", f"{place}/config/bulk", []).status == 404


def test_the_narrowest_place_overrides_the_others(call: Caller) -> None:
    places = (WORKSPACE, PROJECT, ENV, SERVICE)
    for start, place in enumerate(places):
        for name in "ABCD"[start:]:
            call.post(f"{place}/config", {"name": name, "value": SCOPES[place]})
    call.post(f"{WORKSPACE}/teams/t/config", {"name": "TEAM", "value": "v"})
    expected = {"A": "workspace", "B": "project", "C": "env", "D": "service"}
    assert call.get(f"{SERVICE}/config/resolved") == expected
    assert values(call, SERVICE) == {"D": "service"}


@pytest.mark.parametrize(("masked", "value"), [(True, "**secret**"), (False, "v")])
def test_secrets_are_masked_in_the_resolved_configuration(masked: bool, value: str) -> None:
    with calling(routes="workspaces", mask_secrets=masked, extra_fields={"newer": 1}) as call:
        call.fake.add_app("o", "p", "a")
        call.post(f"{ENV}/config", {"name": "KEY", "value": "v", "secret": True})
        assert call.get(f"{SERVICE}/config/resolved") == {"KEY": value}
