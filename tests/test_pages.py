"""Whole lists: bare arrays and pages, and servers whose pages do not advance."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, InvalidResponseError
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


STUCK: list[tuple[str, Any]] = [
    ("the first page again", page(1, 3, "a", "b")),
    ("the same items as page 2", page(2, 3, "a", "b")),
    ("a page further on", page(3, 3, "e")),
    ("no items", page(2, 3)),
    ("a bare array", None),
    ("pages without numbers", {"items": [], "pagination": {"page": "2"}}),
    ("a fraction", {"items": [], "pagination": {"page": 2.5, "per_page": 2, "total_pages": 3}}),
    (
        "a negative count",
        {"items": [], "pagination": {"page": 2, "per_page": 2, "total_pages": -3}},
    ),
    ("a list as pagination", {"items": [{"id": "c"}], "pagination": []}),
    ("no items at all", {"pagination": None}),
]


@pytest.mark.parametrize("second", [row[1] for row in STUCK], ids=[row[0] for row in STUCK])
def test_pages_that_do_not_advance_are_an_error_and_never_a_loop(second: Any) -> None:
    script = answers(json_answer(page(1, 3, "a", "b")), json_answer(second))
    with ScriptedServer(script) as server, client_for(server) as client:
        with pytest.raises(InvalidResponseError) as caught:
            client.list_images(*APP)
        assert len(server.requests) == 2
    assert caught.value.method == "GET"
    assert caught.value.url == f"{server.url}/api/v1/images/acme/shop/web"
    assert str(caught.value).startswith(f"GET {caught.value.url}")


def test_a_list_that_begins_in_the_middle_is_an_error() -> None:
    with ScriptedServer(answers(json_answer(page(3, 3, "e")))) as server:
        with client_for(server) as client:
            with pytest.raises(InvalidResponseError, match="began with page 3") as caught:
                client.list_images(*APP)
    assert caught.value.url == f"{server.url}/api/v1/images/acme/shop/web"


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
