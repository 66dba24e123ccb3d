"""Members, teams, API keys and the platform's health."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ancla import AnclaClient, AnclaError, ApiKey, InvalidResponseError, NotFoundError
from ancla.testing import FakeAncla
from tests.clients import sent
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

Call = Callable[[AnclaClient], object]


@pytest.fixture(params=["unset", "always", "never"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeAncla]:
    with FakeAncla(nulls=request.param, lenient=False) as fake:
        fake.add_member("acme", "ada", admin=True)
        yield fake


def test_members_are_listed(fake: FakeAncla, client: AnclaClient) -> None:
    fake.add_member("acme", "bob")
    members = [(member.username, member.admin) for member in client.list_org_members("acme")]
    assert members[-2:] == [("ada", True), ("bob", False)]
    assert sent(fake) == ["GET /workspaces/acme/members"]
    with pytest.raises(NotFoundError):
        client.list_org_members("missing")


def test_a_team_is_created_and_listed(fake: FakeAncla, client: AnclaClient) -> None:
    made = client.create_team("acme", "Core Team")
    assert (made.name, bool(made.id)) == ("Core Team", True)
    assert fake.requests[0].body == {"name": "Core Team"}
    assert client.list_teams("acme") == [made]
    path = "/workspaces/acme/teams"
    assert sent(fake) == [f"POST {path}", f"GET {path}"]


def test_the_health_is_told(fake: FakeAncla, client: AnclaClient) -> None:
    assert client.check_health().status == "ok"
    assert sent(fake) == ["GET /integrations/health"]


EXPIRIES: list[tuple[datetime | str, str]] = [
    (datetime(2030, 1, 1, tzinfo=timezone.utc), "2030-01-01T00:00:00+00:00"),
    (datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=-5))), "2030-01-01T00:00:00-05:00"),
    *((text, text) for text in ("2030-01-01", "2030-01-01T00:00", "2030-01-01T00:00:00.5+02:00")),
]


def test_a_key_expires_at_an_aware_datetime_or_iso_text(
    fake: FakeAncla, client: AnclaClient
) -> None:
    for given, expected in EXPIRIES:
        client.create_api_key("ci", expires_at=given)
        body = fake.requests[-1].body
        assert isinstance(body, dict)
        assert body["expires_at"] == expected


def test_a_key_is_created_read_revoked_and_deleted(fake: FakeAncla, client: AnclaClient) -> None:
    made = client.create_api_key(
        "ci",
        scopes=("read", "write"),
        prefix="ci",
        expires_at="2030-01-01T00:00:00Z",
        metadata=MappingProxyType({"team": "core"}),
    )
    assert made.key.startswith("ci_")
    assert made.key not in repr(made) + str(made)
    assert fake.requests[0].body == {
        "name": "ci",
        "scopes": ["read", "write"],
        "prefix": "ci",
        "expires_at": "2030-01-01T00:00:00Z",
        "metadata": {"team": "core"},
    }
    found = client.get_api_key(made.key_id)
    assert client.list_api_keys() == [found]
    assert (found.name, found.scopes, found.is_active) == ("ci", ["read", "write"], True)
    assert found.metadata == {"team": "core"}
    assert not hasattr(found, "key")
    client.revoke_api_key(made.key_id)
    assert not client.get_api_key(made.key_id).is_active
    client.delete_api_key(made.key_id)
    assert client.list_api_keys() == []
    one = f"/api/keys/{made.key_id}"
    lists = "GET /api/keys?limit=100&offset=0"
    assert sent(fake) == [
        "POST /api/keys",
        f"GET {one}",
        lists,
        f"POST {one}/revoke",
        f"GET {one}",
        f"DELETE {one}",
        lists,
    ]
    for call in (client.get_api_key, client.revoke_api_key, client.delete_api_key):
        with pytest.raises(NotFoundError):
            call(made.key_id)


def test_what_is_not_given_of_a_new_key_is_left_to_the_platform(
    fake: FakeAncla, client: AnclaClient
) -> None:
    client.create_api_key("ci")
    assert fake.requests[0].body == {"name": "ci"}


def test_a_lost_response_to_a_new_key_is_not_sent_again_and_one_to_a_revocation_is(
    fake: FakeAncla,
) -> None:
    with AnclaClient(fake.api_key, fake.url, max_retries=1) as client:
        fake.drop_next(handled=True)
        with pytest.raises(AnclaError):
            client.create_api_key("ci")
        assert sent(fake) == ["POST /api/keys"]
        (key,) = client.list_api_keys()
        sent(fake)
        fake.drop_next(handled=True)
        client.revoke_api_key(key.key_id)
        assert sent(fake) == [f"POST /api/keys/{key.key_id}/revoke"] * 2


# The list of API keys


def keys(count: int) -> list[dict[str, str]]:
    return [{"key_id": f"key-{number}"} for number in range(count)]


def listed(response: Callable[[int, int], Any]) -> tuple[list[ApiKey], int]:
    """The keys of a server whose `response` is given limit and offset, and how many requests."""

    def respond(connection: Connection, request: Request) -> None:
        query = parse_qs(urlsplit(request.target).query)
        limit, offset = (int(query[name][0]) for name in ("limit", "offset"))
        connection.send(json_reply(response(limit, offset)))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            return client.list_api_keys(), len(server.requests)


SERVERS: dict[str, Callable[[list[Any], int, int], Any]] = {
    "as documented": lambda all_, limit, offset: {
        "items": all_[offset : offset + limit],
        "total": len(all_),
    },
    "of small pages": lambda all_, limit, offset: {
        "items": all_[offset : offset + 30],
        "total": len(all_),
    },
    "without a total": lambda all_, limit, offset: {
        "items": all_[offset : offset + limit],
        "total": None,
    },
    "of small pages without a total": lambda all_, limit, offset: {
        "items": all_[offset : offset + 30],
    },
    "that ignores limit and offset": lambda all_, limit, offset: {
        "items": all_,
        "total": len(all_),
    },
    "that ignores both and has no total": lambda all_, limit, offset: {"items": all_},
    "whose total counts what it does not list": lambda all_, limit, offset: {
        "items": all_[offset : offset + limit],
        "total": len(all_) + 5,
    },
}


@on_one_python
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_all_keys_are_listed_once(server: str, count: int) -> None:
    found, requests = listed(lambda limit, offset: SERVERS[server](keys(count), limit, offset))
    assert [key.key_id for key in found] == [key["key_id"] for key in keys(count)]
    assert requests <= count // 30 + 2
    if server == "as documented":
        assert requests == max(1, -(-count // 100))


@pytest.mark.parametrize("gone", ["key-0", "key-99", "key-249"])
def test_a_key_that_is_deleted_meanwhile_hides_no_other(gone: str) -> None:
    left = keys(250)

    def respond(limit: int, offset: int) -> Any:
        part = {"items": left[offset : offset + limit], "total": len(left)}
        left[:] = [key for key in left if key["key_id"] != gone]
        return part

    found, requests = listed(respond)
    assert [key.key_id for key in found] == [key["key_id"] for key in left]
    assert requests == 5


def test_keys_that_share_an_id_are_one_across_pages_and_several_in_one_page() -> None:
    twice = [{"key_id": "twice", "name": name} for name in "ab"]
    shelf = [*keys(99), *twice, *keys(150)[99:]]

    def respond(limit: int, offset: int) -> Any:
        start = max(0, offset - 3)  # Each page repeats the end of the one before.
        return {"items": shelf[start : offset + limit], "total": len(shelf)}

    found, _ = listed(respond)
    assert [(key.key_id, key.name) for key in found] == [
        (key["key_id"], key.get("name", "")) for key in shelf
    ]
    found, _ = listed(lambda *_: {"items": twice, "total": 2})
    assert [key.name for key in found] == ["a", "b"]


def test_a_list_that_does_not_advance_is_an_error_and_not_half_a_list() -> None:
    with pytest.raises(InvalidResponseError, match="page 2 of 2, the response was page 2"):
        listed(lambda limit, _: {"items": keys(limit), "total": 150})


@pytest.mark.parametrize(
    "body", [{"total": 0}, {"items": None}, {"items": {}}, {"items": [5]}, {"items": [{}]}, 5]
)
def test_what_is_no_list_of_keys_is_an_error(body: Any) -> None:
    with pytest.raises(InvalidResponseError, match=r"/api/keys"):
        listed(lambda *_: body)


def test_fields_that_are_null_count_as_left_out() -> None:
    fields = ("name", "scopes", "is_active", "created_at", "expires_at", "last_used_at", "metadata")
    nulls = {"key_id": "1", **dict.fromkeys(fields)}
    found, _ = listed(lambda *_: {"items": [nulls], "total": True})
    assert found == [ApiKey(key_id="1")]
