"""Whole lists: bare arrays and pages, and servers whose pages do not advance."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, InvalidResponseError
from ancla._api.pages import whole_list
from ancla.testing import FakeAncla

from .clients import client_for
from .documented_calls import APP
from .servers import ScriptedServer, answers, json_answer

LISTS = ["list_images", "list_releases", "list_deployments"]


def page(number: int, total_pages: int, *ids: str, per_page: int = 2) -> dict[str, Any]:
    pagination = {
        "page": number,
        "per_page": per_page,
        "total": total_pages * per_page,
        "total_pages": total_pages,
    }
    return {"items": [{"id": identifier} for identifier in ids], "pagination": pagination}


@pytest.mark.parametrize("method", LISTS)
def test_all_pages_are_read_and_only_the_later_ones_are_asked_for_by_number(method: str) -> None:
    script = answers(
        json_answer(page(1, 3, "a", "b")),
        json_answer(page(2, 3, "c", "d")),
        json_answer(page(3, 3, "e")),
    )
    with ScriptedServer(script) as server, client_for(server) as client:
        items = getattr(client, method)(*APP)
        assert [item.id for item in items] == ["a", "b", "c", "d", "e"]
        queries = [request.target.partition("?")[2] for request in server.requests]
        assert queries == ["", "page=2&per_page=2", "page=3&per_page=2"]


WHOLE: list[tuple[str, Any]] = [
    ("bare array", [{"id": "a"}]),
    ("pagination null", {"items": [{"id": "a"}], "pagination": None}),
    ("no pagination", {"items": [{"id": "a"}]}),
    ("one page", page(1, 1, "a")),
    ("one page of none", {**page(1, 0, "a"), "more": True}),
]


@pytest.mark.parametrize("answer", [row[1] for row in WHOLE], ids=[row[0] for row in WHOLE])
@pytest.mark.parametrize("method", LISTS)
def test_an_answer_that_is_whole_is_one_request(method: str, answer: Any) -> None:
    with ScriptedServer(answers(json_answer(answer))) as server, client_for(server) as client:
        assert [item.id for item in getattr(client, method)(*APP)] == ["a"]
        assert len(server.requests) == 1


AGAIN = "page 2 of 3 was asked for, page"
STUCK: list[tuple[str, Any, str]] = [
    ("the first page again", page(1, 3, "a", "b"), f"{AGAIN} 1 with 2 items"),
    ("the same items as page 2", page(2, 3, "a", "b"), f"{AGAIN} 2 with 2 items"),
    ("a page further on", page(3, 3, "e"), f"{AGAIN} 3 with 1 items"),
    ("no items", page(2, 3), f"{AGAIN} 2 with 0 items"),
    ("null", None, "a list or an object with 'items', not null"),
    ("a number", 5, "a list or an object with 'items', not int"),
    ("text as items", {"items": "a"}, "a list or an object with 'items', not str"),
    ("no items at all", {"pagination": None}, "a list or an object with 'items', not null"),
    ("a page in words", {"items": [], "pagination": {"page": "2"}}, "page must be an integer"),
    (
        "a fraction",
        {"items": [], "pagination": {"page": 2.5, "per_page": 2, "total_pages": 3}},
        "pagination.page must be an integer of at least 0, not float",
    ),
    (
        "true",
        {"items": ["c"], "pagination": {"page": 2, "per_page": True, "total_pages": 3}},
        "pagination.per_page must be an integer of at least 0, not bool",
    ),
    (
        "a negative count",
        {"items": [], "pagination": {"page": 2, "per_page": 2, "total_pages": -1}},
        "pagination.total_pages must be an integer of at least 0, not int",
    ),
    ("a list as pagination", {"items": [], "pagination": []}, "must be an object, not list"),
]


@pytest.mark.parametrize(
    ("second", "fault"), [row[1:] for row in STUCK], ids=[row[0] for row in STUCK]
)
def test_pages_that_do_not_advance_are_an_error_and_never_a_loop(second: Any, fault: str) -> None:
    script = answers(json_answer(page(1, 3, "a", "b")), json_answer(second))
    with ScriptedServer(script) as server, client_for(server) as client:
        with pytest.raises(InvalidResponseError, match=fault) as caught:
            client.list_images(*APP)
        assert len(server.requests) == 2
    assert caught.value.method == "GET"
    assert caught.value.url == f"{server.url}/api/v1/images/acme/shop/web"
    assert str(caught.value).startswith(f"GET {caught.value.url}")


def test_a_list_that_begins_in_the_middle_is_an_error() -> None:
    with ScriptedServer(answers(json_answer(page(2, 3, "c")))) as server:
        with client_for(server) as client:
            with pytest.raises(InvalidResponseError, match="began with page 2") as caught:
                client.list_images(*APP)
    assert caught.value.url == f"{server.url}/api/v1/images/acme/shop/web"


def test_a_later_page_that_comes_twice_is_an_error_too() -> None:
    pages = [page(1, 4, "a"), page(2, 4, "b"), page(3, 4, "b")]
    with ScriptedServer(answers(*map(json_answer, pages))) as server:
        with client_for(server) as client:
            with pytest.raises(InvalidResponseError, match="page 3 of 4 was asked for, page 3"):
                client.list_images(*APP)


@pytest.mark.parametrize("ids", [[], ["a"]])
def test_the_last_page_may_be_empty(ids: list[str]) -> None:
    """What was on it may have been deleted meanwhile."""
    script = answers(json_answer(page(1, 2, *ids)), json_answer(page(2, 2)))
    with ScriptedServer(script) as server, client_for(server) as client:
        assert [image.id for image in client.list_images(*APP)] == ids


def test_there_is_an_end_to_the_pages_of_a_list() -> None:
    asked: list[int] = []

    def whole(total_pages: int) -> list[object]:
        def fetch_page(number: int, per_page: int) -> object:
            asked.append(number)
            return page(number, total_pages, str(number), per_page=per_page)

        return whole_list(page(1, total_pages, "1", per_page=1), fetch_page, "url")

    assert len(whole(10_000)) == 10_000
    with pytest.raises(InvalidResponseError, match="has more than 10000 pages"):
        whole(10_001)
    assert asked[-1] == 10_000


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_a_long_history_comes_whole_from_either_generation(routes: Any) -> None:
    with FakeAncla(routes=routes, page_size=3, pace=0) as fake:
        fake.add_app(*APP)
        with AnclaClient(fake.api_key, fake.url) as client:
            for _ in range(8):
                client.deploy_app(*APP)
            versions = [image.version for image in client.list_images(*APP)]
            assert versions == list(range(8, 0, -1))
            assert len(client.list_deployments(*APP)) == 8
