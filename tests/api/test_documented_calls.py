"""Every documented call, against all generations of routes."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.documented_calls import CALLS, TODAYS_CALLS, DocumentedCall, filled_in, prepare
from tests.once import on_one_python

ROUTES = ("slugs", "published", "both")


def test_there_are_28_documented_calls() -> None:
    assert len({row.name for row in CALLS}) == len(CALLS) == 28


@pytest.mark.parametrize("routes", ["auto", "slugs"])
def test_on_slug_routes_each_call_is_one_request_as_documented(routes: Any) -> None:
    with FakeAncla(routes="slugs") as fake:
        ids = prepare(fake)
        connections = fake.connections
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            client.list_projects("acme")
            client.get_app("acme", "shop", "web")
            for row in CALLS:
                fake.clear_requests()
                row.call(client, ids)
                *before, last = [
                    (request.method, request.path, request.body) for request in fake.requests
                ]
                assert last == (
                    row.method,
                    "/api/v1" + filled_in(row.path, ids),
                    filled_in(row.body, ids),
                ), row.name
                # The path of get_deployment names no application, and that of create_org may need
                # a slug.
                asked = [(method, path) for method, path, _ in before]
                is_create = row.name == "create_org" and routes == "auto"
                is_lookup = row.name == "get_deployment"
                assert asked == (
                    [("GET", "/api/v1/projects")] * is_create
                    + [("GET", "/api/v1/applications/acme/shop/web")] * is_lookup
                ), row.name
        assert fake.connections == connections + 1


@pytest.mark.parametrize("routes", ["auto", "published"])
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
def test_on_published_routes_all_but_six_calls_succeed(routes: Any, nulls: Any) -> None:
    with FakeAncla(routes="published", nulls=nulls) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            refused = [row.name for row in CALLS if is_refused(row, client, ids)]
    assert refused == [row.name for row in CALLS if not row.published]
    assert len(refused) == 6


def test_on_a_server_with_both_every_call_succeeds() -> None:
    with FakeAncla(routes="both") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            for row in CALLS:
                row.call(client, ids)


def test_on_todays_api_19_calls_work_and_6_more_where_the_server_is_lenient() -> None:
    works = [TODAYS_CALLS[row.name].works for row in CALLS]
    assert (works.count("yes"), works.count("lenient"), works.count("no")) == (19, 6, 3)


@pytest.mark.parametrize("routes", ["auto", "workspaces"])
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
@pytest.mark.parametrize("lenient", [True, False])
def test_on_todays_api_each_call_is_as_in_the_table(lenient: bool, nulls: Any, routes: Any) -> None:
    with FakeAncla(routes="workspaces", lenient=lenient, nulls=nulls) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            client.list_images("acme", "shop", "web")
            for row in CALLS:
                fake.clear_requests()
                expected = TODAYS_CALLS[row.name]
                is_possible = expected.works == "yes" or (lenient and expected.works == "lenient")
                assert is_refused(row, client, ids) is not is_possible, row.name
                sent = [short(request) for request in fake.requests]
                requests = [filled_in(request, ids) for request in expected.requests]
                # Where the route is missing, the resource is read.
                assert sent[: len(requests)] == requests, row.name
                is_tried = expected.works == "lenient" and not is_possible
                assert len(sent) == len(requests) + is_tried
                if expected.body is not None:
                    assert fake.requests[len(requests) - 1].body == expected.body


def short(request: Any) -> str:
    """A request without the API's prefix and the id of a config variable."""
    path = re.sub(r"(/config/).+", r"\1VARIABLE", request.path.removeprefix("/api/v1"))
    return f"{request.method} {path}"


def is_refused(row: DocumentedCall, client: AnclaClient, ids: Any) -> bool:
    """Whether the call raised the error that says what the server cannot do."""
    try:
        row.call(client, ids)
    except AnclaError as error:
        assert "this server cannot" in str(error), f"{row.name}: {error}"
        return True
    return False


@on_one_python
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("routes", ["slugs", "published", "both", "workspaces", "lenient"])
def test_calls_may_come_in_any_order(routes: str, seed: int) -> None:
    lenient = routes == "lenient"
    served: Any = "workspaces" if lenient else routes
    calls = [row for row in CALLS if not row.name.startswith("delete_")]
    random.Random(seed).shuffle(calls)
    # What is deployed stands still: else its image would be the newest, to be released.
    with FakeAncla(routes=served, lenient=lenient, pace="manual") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            for row in calls:
                works = TODAYS_CALLS[row.name].works
                if served == "workspaces":
                    is_possible = works == "yes" or (lenient and works == "lenient")
                else:
                    is_possible = row.published or routes != "published"
                assert is_refused(row, client, ids) is not is_possible, row.name
