"""Whole lists: bare arrays and pages, and servers whose pages do not advance."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ancla import AnclaClient, InvalidResponseError, WaitTimeoutError
from ancla._api import pages as api_pages
from ancla._api.pages import NewItems, whole_list
from tests.clients import ROUTE_SETS, Time, client_for, fake_with_app
from tests.documented_calls import APP, deploy
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies, reply

LISTS = ["list_deployments", "list_environment_deployments"]
BUILDS = "/api/v1/workspaces/acme/projects/shop/envs/production/services/web/builds"


def page(number: int, total_pages: int, *ids: str, per_page: int = 2) -> dict[str, Any]:
    pagination = {
        "page": number,
        "per_page": per_page,
        "total": total_pages * per_page,
        "total_pages": total_pages,
    }
    return {"items": [{"id": identifier} for identifier in ids], "pagination": pagination}


@pytest.mark.parametrize("method", [*LISTS, "list_images"])
def test_all_pages_are_read_and_only_the_later_ones_are_asked_for_by_number(method: str) -> None:
    script = replies(
        json_reply(page(1, 3, "a", "b")),
        json_reply(page(2, 3, "c", "d")),
        json_reply(page(3, 3, "e")),
    )
    with ScriptedServer(script) as server, client_for(server) as client:
        items = getattr(client, method)(*APP)
        assert [item.id for item in items] == ["a", "b", "c", "d", "e"]
        queries = [request.target.partition("?")[2] for request in server.requests]
        assert queries == ["", "page=2&per_page=2", "page=3&per_page=2"]


def test_further_pages_keep_the_query_of_the_list() -> None:
    script = replies(json_reply(page(1, 2, "a", "b")), json_reply(page(2, 2, "c")))
    with ScriptedServer(script) as server, client_for(server) as client:
        history = client.list_pipeline_history(*APP)
        assert [run["id"] for run in history] == ["a", "b", "c"]
        queries = [request.target.partition("?")[2] for request in server.requests]
    first = "service=web&env=production&limit=10"
    assert queries == [first, f"{first}&page=2&per_page=2"]


WHOLE: list[tuple[str, Any]] = [
    ("bare array", [{"id": "a"}]),
    ("pagination null", {"items": [{"id": "a"}], "pagination": None}),
    ("no pagination", {"items": [{"id": "a"}]}),
    ("no pagination of many", {"items": [{"id": "a"}] * 20}),
    ("one page", page(1, 1, "a")),
    ("one page of none", {**page(1, 0, "a"), "more": True}),
]


@pytest.mark.parametrize("response", [row[1] for row in WHOLE], ids=[row[0] for row in WHOLE])
@pytest.mark.parametrize("method", LISTS)
def test_a_response_that_is_whole_is_one_request(method: str, response: Any) -> None:
    with ScriptedServer(replies(json_reply(response))) as server, client_for(server) as client:
        assert {item.id for item in getattr(client, method)(*APP)} == {"a"}
        assert len(server.requests) == 1


AGAIN = "the request was for page 2 of 3, the response was page"
STUCK: list[tuple[str, Any, str]] = [
    ("the first page again", page(1, 3, "a", "b"), f"{AGAIN} 1 with 2 items"),
    ("the same items as page 2", page(2, 3, "a", "b"), f"{AGAIN} 2 with 2 items"),
    ("a page further on", page(3, 3, "e"), f"{AGAIN} 3 with 1 items"),
    ("no items", page(2, 3), f"{AGAIN} 2 with 0 items"),
    ("null", None, "a list or an object with 'items', not null"),
    ("a number", 5, "a list or an object with 'items', not int"),
    ("text as items", {"items": "a"}, "a list or an object with 'items', not str"),
    ("null as items", {"items": None}, "a list or an object with 'items', not null"),
    ("no items at all", {"detail": "moved"}, "with 'items', not an object without 'items'"),
    ("a page in words", {"items": [], "pagination": {"page": "2"}}, "page must be an integer"),
    (
        "true",
        {"items": ["c"], "pagination": {"page": 2, "per_page": True, "total_pages": 3}},
        "pagination.per_page must be an integer of at least 0",
    ),
    (
        "a negative count",
        {"items": [], "pagination": {"page": 2, "per_page": 2, "total_pages": -1}},
        "pagination.total_pages must be an integer of at least 0$",
    ),
    ("a list as pagination", {"items": [], "pagination": []}, "must be an object, not list"),
]


@pytest.mark.parametrize(
    ("second", "fault"), [row[1:] for row in STUCK], ids=[row[0] for row in STUCK]
)
def test_pages_that_do_not_advance_are_an_error_and_never_a_loop(second: Any, fault: str) -> None:
    script = replies(json_reply(page(1, 3, "a", "b")), json_reply(second))
    with ScriptedServer(script) as server, client_for(server) as client:
        with pytest.raises(InvalidResponseError, match=fault) as caught:
            client.list_images(*APP)
        assert len(server.requests) == 2
    assert caught.value.method == "GET"
    assert caught.value.url == server.url + BUILDS
    assert str(caught.value).startswith(f"GET {caught.value.url}")


def test_a_list_that_begins_in_the_middle_is_an_error() -> None:
    with ScriptedServer(replies(json_reply(page(2, 3, "c")))) as server:
        with client_for(server) as client:
            with pytest.raises(InvalidResponseError, match="returned page 2 first") as caught:
                client.list_images(*APP)
    assert caught.value.url == server.url + BUILDS


def test_a_later_page_that_comes_twice_is_an_error_too() -> None:
    pages = [page(1, 4, "a"), page(2, 4, "b"), page(3, 4, "b")]
    with ScriptedServer(replies(*map(json_reply, pages))) as server:
        with client_for(server) as client:
            with pytest.raises(InvalidResponseError, match="page 3 of 4, the response was page 3"):
                client.list_images(*APP)


@pytest.mark.parametrize("ids", [[], ["a"]])
def test_the_last_page_may_be_empty(ids: list[str]) -> None:
    """What was on it may have been deleted meanwhile."""
    script = replies(json_reply(page(1, 2, *ids)), json_reply(page(2, 2)))
    with ScriptedServer(script) as server, client_for(server) as client:
        assert [image.id for image in client.list_images(*APP)] == ids


ENDLESS: dict[str, Callable[[AnclaClient], list[Any]]] = {
    "list_images": lambda client: client.list_images(*APP),
    "list_deployments": lambda client: client.list_deployments(*APP),
    "list_api_keys": lambda client: client.list_api_keys(),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_there_is_an_end_to_the_pages_of_a_list(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of more pages is an error, and never returned as if it were whole."""
    monkeypatch.setattr(api_pages, "MAX_PAGES", 20)
    most = 20

    def respond(connection: Connection, request: Request) -> None:
        query = dict(parse_qsl(urlsplit(request.target).query))
        number = int(query.get("page", 0)) or int(query.get("offset", 0)) // 2 + 1
        created = f"2026-01-01T00:{59 - number:02}"
        items = [
            {"id": f"{number}-{each}", "key_id": f"{number}-{each}", "created": created + each}
            for each in ["Z", "Y"]
        ]
        pagination = {"page": number, "per_page": 2, "total_pages": most, "total": 2 * most}
        connection.send(json_reply({"items": items, "pagination": pagination, "total": 2 * most}))

    with ScriptedServer(replies(respond)) as server, client_for(server) as client:
        assert len(ENDLESS[name](client)) == 40
        assert len(server.requests) == 20
        most += 1
        server.requests.clear()
        with pytest.raises(InvalidResponseError, match="has more than 20 pages"):
            ENDLESS[name](client)
        assert len(server.requests) == 20


@pytest.mark.parametrize("total", [{"total": 5}, {"total": None}, {}], ids=str)
def test_a_server_that_ignores_the_page_gives_the_whole_list_at_once(total: Any) -> None:
    pagination = {"page": 1, "per_page": 2, "total_pages": 3, **total}
    everything = {"items": [{"id": name} for name in "abcde"], "pagination": pagination}
    with ScriptedServer(replies(json_reply(everything))) as server, client_for(server) as client:
        assert [image.id for image in client.list_images(*APP)] == list("abcde")
        assert len(server.requests) == 1


class Shelf:
    """A list in pages of two; `changes` happen before the pages are given for which they are."""

    def __init__(self, ids: str, changes: dict[int, Callable[[list[str]], object]]) -> None:
        self.ids = list(ids)
        self.changes = changes
        self.asked: list[int] = []

    def give(self, number: int, size: int = 2) -> object:
        self.asked.append(number)
        if change := self.changes.pop(number, None):
            change(self.ids)
        response = page(number, -(-len(self.ids) // size), *self.ids[(number - 1) * size :][:size])
        response["pagination"]["total"] = len(self.ids)
        return response

    def whole(self) -> str:
        items: list[Any] = whole_list(self.give(1), self.give, "url")
        return "".join(item["id"] for item in items)


CHANGES: list[tuple[str, dict[int, Callable[[list[str]], object]], str, list[int]]] = [
    ("nothing", {}, "abcdef", [1, 2, 3]),
    ("a newer one", {2: lambda ids: ids.insert(0, "N")}, "abcdef", [1, 2, 3, 4]),
    ("a newer one at the end", {2: lambda ids: ids.append("N")}, "abcdefN", [1, 2, 3, 4]),
    ("one less", {2: lambda ids: ids.remove("a")}, "bcdef", [1, 2, 1, 2, 3]),
    ("a page less", {3: lambda ids: ids.__delitem__(slice(0, 2))}, "cdef", [1, 2, 3, 1, 2]),
    (
        "one less, twice",
        {2: lambda ids: ids.remove("a"), 3: lambda ids: ids.remove("b")},
        "cdef",
        [1, 2, 1, 2, 3, 1, 2],
    ),
]


@pytest.mark.parametrize(
    ("changes", "read", "asked"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_a_list_that_changes_while_it_is_read_names_nothing_twice_and_loses_nothing(
    changes: dict[int, Callable[[list[str]], object]], read: str, asked: list[int]
) -> None:
    shelf = Shelf("abcdef", dict(changes))
    assert (shelf.whole(), shelf.asked) == (read, asked)


def test_a_list_that_does_not_hold_still_is_not_told_as_if_it_were_whole() -> None:
    shelf = Shelf("abcdefghijklmnop", {})

    def shrinking(number: int, size: int) -> object:
        shelf.ids.pop()
        return shelf.give(number, size)

    with pytest.raises(InvalidResponseError, match="lost items during each of 5 attempts"):
        whole_list(shelf.give(1), shrinking, "url")
    assert shelf.asked == [1, 2] * 5 + [1]


def test_records_without_an_id_are_all_told() -> None:
    pages = [page(1, 2), page(2, 2)]
    pages[0]["items"], pages[1]["items"] = [{"version": 3}, {"version": 2}], [{"version": 1}]
    with ScriptedServer(replies(*map(json_reply, pages))) as server:
        with client_for(server) as client:
            assert [image.version for image in client.list_images(*APP)] == [3, 2, 1]


class History:
    """A list that grows at one end: what it gives, and which pages it was asked for."""

    def __init__(self, count: int, *, newest_first: bool, per_page: int | None, field: str) -> None:
        self.records = [self._record(number) for number in range(count)]
        self.newest_first = newest_first
        self.per_page = per_page
        self.field = field
        self.asked: list[int] = []

    def _record(self, number: int) -> dict[str, Any]:
        values = {"created": f"2026-01-01T{number:06}", "version": number}
        return {"id": f"r{number}", **values}

    def grow(self, count: int) -> None:
        start = len(self.records)
        self.records += [self._record(number) for number in range(start, start + count)]

    def give(self, number: int, size: int = 0) -> object:
        self.asked.append(number)
        shown = [{"id": record["id"], self.field: record[self.field]} for record in self.records]
        shown = shown[::-1] if self.newest_first else shown
        size = size or self.per_page or 0
        if not size:
            return shown
        pagination = {"page": number, "per_page": size, "total": len(shown)}
        pagination["total_pages"] = -(-len(shown) // size)
        return {"items": shown[(number - 1) * size :][:size], "pagination": pagination}

    def look(self, newcomers: NewItems) -> list[str]:
        self.asked.clear()
        items: list[Any] = newcomers(self.give(1), self.give, "url")
        return [item["id"] for item in items]


@pytest.mark.parametrize("field", ["version", "created"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("count", [0, 3, 10, 301])
@pytest.mark.parametrize("per_page", [None, 10])
def test_what_is_new_in_a_list_comes_oldest_first(
    count: int, per_page: int | None, newest_first: bool, field: str
) -> None:
    history = History(count, newest_first=newest_first, per_page=per_page, field=field)
    newcomers = NewItems()
    assert history.look(newcomers) == []
    assert history.look(newcomers) == []
    for grown in (2, 12, 27):
        history.grow(grown - len(history.records) + count)
        assert history.look(newcomers) == [f"r{number}" for number in range(count, count + grown)]


@on_one_python
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("count", [11, 20, 21, 30, 35, 301])
@pytest.mark.parametrize("lost", [[-1], [-2], [0], [-9, -5, -1], list(range(-11, 0))])
def test_what_was_never_read_is_not_new_when_what_is_newer_is_lost(
    lost: list[int], count: int, newest_first: bool
) -> None:
    history = History(count, newest_first=newest_first, per_page=10, field="created")
    newcomers = NewItems()
    assert history.look(newcomers) == []
    for index in lost:
        history.records[index] = {}
    history.records = [record for record in history.records if record]
    assert history.look(newcomers) == []
    if len(lost) < 10:  # else nothing is left by which to tell
        history.records.append(history._record(count))
        assert history.look(newcomers) == [f"r{count}"]


WITHOUT_ORDER = [
    [{}] * 7,
    [{"created": None}] * 7,
    [{"created": "today"}] * 7,
    [{"created": time} for time in ("3", None, "2", "1", "1", "1", "1")],
    [{"created": time} for time in "3521111"],
    [{"version": version} for version in (3, 2, "1", 1, 1, 1, 1)],
]


@pytest.mark.parametrize("values", WITHOUT_ORDER, ids=str)
def test_what_is_new_is_found_wherever_it_is_in_a_list_without_order(
    values: list[dict[str, Any]],
) -> None:
    shelf = [{"id": name, **value} for name, value in zip("abcdef", values)]

    def give(number: int, size: int = 3) -> object:
        pagination = {"page": number, "per_page": 3, "total": len(shelf)}
        pagination["total_pages"] = -(-len(shelf) // 3)
        return {"items": shelf[(number - 1) * 3 :][:3], "pagination": pagination}

    newcomers = NewItems()
    assert newcomers(give(1), give, "url") == []
    shelf.insert(4, {"id": "N", **values[6]})
    assert newcomers(give(1), give, "url") == [{"id": "N", **values[6]}]


@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_a_long_history_comes_whole_from_each_route_set(routes: Any) -> None:
    with fake_with_app(routes=routes, page_size=3, pace=0) as fake:
        with AnclaClient(fake.api_key, fake.url) as client:
            for _ in range(8):
                deploy(client)
            versions = [image.version for image in client.list_images(*APP)]
            assert versions == list(range(8, 0, -1))
            assert len(client.list_deployments(*APP)) == 8


class Long:
    """A server of lists with many pages of so many bytes; each request takes a second of `time`."""

    def __init__(self, *, pages: int, size: int = 0) -> None:
        self.time = Time()
        self.pages, self.size = pages, size
        self.sent = 0

    def __call__(self, connection: Connection, request: Request) -> None:
        self.time.now += 1
        path, _, query = request.target.partition("?")
        if path.endswith("/detail"):
            body: dict[str, Any] = {"id": "d"}
        elif path.endswith("/applications/acme/shop/web"):
            body = {"id": "a"}
        else:
            number = int(query.removeprefix("page=").partition("&")[0] or 1)
            body = page(number, self.pages, str(number), per_page=1)
            padding = self.size - len(json.dumps(body)) - len(', "padding": ""')
            body["items"][0]["padding"] = "x" * padding
        text = json.dumps(body).encode()
        self.sent += len(text) if "items" in body else 0
        connection.send(reply(text))


WAITS: dict[str, Callable[[AnclaClient], object]] = {
    "deploy_and_wait": lambda client: client.deploy_and_wait(*APP, timeout=30),
    "wait_for_image": lambda client: client.wait_for_image(*APP, "i", timeout=30),
    "wait_for_deployment": lambda client: client.wait_for_deployment(*APP, "d", timeout=30),
    "follow_image_log": lambda client: list(client.follow_image_log(*APP, "i", timeout=30)),
}


@pytest.mark.parametrize("name", ["deploy_and_wait", "wait_for_image", "follow_image_log"])
def test_a_wait_ends_in_time_between_the_pages_of_a_list(name: str) -> None:
    assert_wait_ends_between_pages(name, "workspaces")


def assert_wait_ends_between_pages(name: str, routes: str) -> None:
    long = Long(pages=60)
    with ScriptedServer(replies(long)) as server:
        with long.time.of(client_for(server, routes=routes)) as client:
            with pytest.raises(WaitTimeoutError, match="30 s") as caught:
                WAITS[name](client)
            assert 25 <= len(server.requests) <= 31
            if name == "deploy_and_wait":
                assert str(caught.value).startswith("the deploy of 'web' did not start in time: ")
                assert "None" not in str(caught.value)
            assert len(client.list_deployments(*APP)) == 60  # it was the wait's timeout


CAP = 64 * 1024
LISTINGS: dict[str, Callable[[AnclaClient], list[Any]]] = {
    "list_images": lambda client: client.list_images(*APP),
    "list_deployments": lambda client: client.list_deployments(*APP),
}


@on_one_python
@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_a_whole_list_is_read_up_to_four_times_the_cap(routes: str, name: str) -> None:
    size = CAP // 2
    for pages in (8, 9, 10**6):
        long = Long(pages=pages, size=size)
        with ScriptedServer(replies(long)) as server:
            with client_for(server, routes=routes, max_response_bytes=CAP) as client:
                if pages * size <= 4 * CAP:
                    assert len(LISTINGS[name](client)) == pages
                    continue
                with pytest.raises(InvalidResponseError, match=r"262144 bytes \(4 times max_re"):
                    LISTINGS[name](client)
        assert long.sent == 4 * CAP + size


def test_a_list_that_is_read_anew_is_counted_anew() -> None:
    long = Long(pages=7, size=CAP // 2)

    def losing(connection: Connection, request: Request) -> None:
        long(connection, request)
        if len(server.requests) == 6:
            long.pages = 6

    with ScriptedServer(replies(losing)) as server:
        with client_for(server, max_response_bytes=CAP) as client:
            assert len(client.list_images(*APP)) == 6
    assert len(server.requests) > 8
