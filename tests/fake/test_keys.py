"""FakeAncla's API keys, whose routes are outside of /api/v1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake.fake_caller import Caller, calling


@pytest.fixture
def call() -> Iterator[Caller]:
    with calling(routes="workspaces") as call:
        yield call


def keys(call: Caller, query: str = "") -> Any:
    return call.get(query and f"?{query}", root="/api/keys")


def create(call: Caller, **fields: object) -> Any:
    return call.post("", {"name": "ci", **fields}, root="/api/keys")


def test_a_key_is_shown_once(call: Caller) -> None:
    made = create(call, scopes=["read"], prefix="ci", metadata={"team": "web"})
    assert made.keys() == {"key_id", "key", "name", "scopes", "created_at", "expires_at"}
    assert made["key"].startswith("ci_")
    (item,) = keys(call)["items"]
    assert item == call.get(f"/{made['key_id']}", root="/api/keys")
    assert item == {
        "key_id": made["key_id"],
        "name": "ci",
        "scopes": ["read"],
        "is_active": True,
        "created_at": made["created_at"],
        "expires_at": None,
        "last_used_at": None,
        "metadata": {"team": "web"},
    }


def test_a_key_is_accepted_until_it_is_revoked_or_deleted(call: Caller) -> None:
    for path, method in (("/revoke", "POST"), ("", "DELETE")):
        made = create(call)
        place = f"/{made['key_id']}"
        assert call("GET", "/workspaces", x_api_key=made["key"]).status == 200
        assert call.get(place, root="/api/keys")["last_used_at"] is not None
        ended = call(method, place + path, root="/api/keys")
        assert (ended.status, ended.raw) == (204, b"")
        assert call("GET", "/workspaces", x_api_key=made["key"]).status == 401
    (revoked,) = keys(call)["items"]
    assert revoked["is_active"] is False
    for method, path in (("GET", place), ("DELETE", place), ("POST", f"{place}/revoke")):
        assert call(method, path, root="/api/keys").status == 404


def test_keys_are_listed_by_limit_and_offset(call: Caller) -> None:
    for number in range(60):
        create(call, name=str(number))
    names = [[item["name"] for item in keys(call, query)["items"]] for query in ("", "offset=50")]
    assert names == [[*map(str, range(50))], [*map(str, range(50, 60))]]
    part = keys(call, "limit=2&offset=59")
    assert [item["name"] for item in part.pop("items")] == ["59"]
    assert part == {"total": 60, "limit": 2, "offset": 59}
    assert keys(call, "offset=60")["items"] == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", "Expected `int` >= 1"),
        ("limit=101", "Expected `int` <= 100"),
        ("offset=-1", "Expected `int` >= 0"),
        ("offset=x", "Expected `int` >= 0"),
    ],
)
def test_an_invalid_limit_or_offset_is_an_error(call: Caller, query: str, message: str) -> None:
    refused = call("GET", f"?{query}", root="/api/keys")
    fault = {"message": message, "key": query.partition("=")[0], "source": "query"}
    assert (refused.status, refused.json["extra"]) == (400, [fault])


@pytest.mark.parametrize(
    ("fields", "key", "message"),
    [
        ({"scopes": "read"}, "scopes", "Expected `array`, got `str`"),
        ({"scopes": [1]}, "scopes[0]", "Expected `str`, got `int`"),
        ({"metadata": {"a": None}}, "metadata.a", "Expected `str`, got `null`"),
        ({"name": ""}, "name", "Expected `str` of length >= 1"),
    ],
)
def test_an_invalid_key_is_not_created(
    call: Caller, fields: dict[str, object], key: str, message: str
) -> None:
    refused = call("POST", "", {"name": "ci", **fields}, root="/api/keys")
    fault = {"message": message, "key": key, "source": "body"}
    assert (refused.status, refused.json["extra"]) == (400, [fault])
    assert keys(call)["total"] == 0


def test_the_key_is_checked_after_the_route(call: Caller) -> None:
    refused = [call(method, "", root="/api/keys", x_api_key="wrong") for method in ("GET", "PUT")]
    assert [it.status for it in refused] == [401, 405]
    assert refused[1].headers["Allow"] == "GET, OPTIONS, POST"
    assert call("GET", "", root="/api/v1/api/keys").status == 404


@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
def test_retired_route_sets_have_no_keys(routes: str) -> None:
    with calling(routes=routes) as call:
        assert call("GET", "", root="/api/keys").status == 404
