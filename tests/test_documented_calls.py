"""Every documented call, against both generations of routes."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla

from .documented_calls import CALLS, DocumentedCall, filled_in, prepare

ROUTES = ("slugs", "published", "both")


def test_there_are_28_documented_calls() -> None:
    assert len({row.name for row in CALLS}) == len(CALLS) == 28


@pytest.mark.parametrize("routes", ["auto", "slugs"])
def test_on_slug_routes_each_call_is_one_request_as_documented(routes: Any) -> None:
    with FakeAncla(routes="slugs") as fake:
        ids = prepare(fake)
        connections = fake.connections
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            for row in CALLS:
                fake.clear_requests()
                row.call(client, ids)
                sent = [(request.method, request.path, request.body) for request in fake.requests]
                expected = (
                    row.method,
                    "/api/v1" + filled_in(row.path, ids),
                    filled_in(row.body, ids),
                )
                assert sent == [expected], row.name
        assert fake.connections == connections + 1


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.name)
def test_on_slug_routes_the_very_first_call_is_one_request(row: DocumentedCall) -> None:
    with FakeAncla(routes="slugs") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            row.call(client, ids)
        *before, last = [(request.method, request.path) for request in fake.requests]
        assert last == (row.method, "/api/v1" + filled_in(row.path, ids))
        # Its path does not name the application, so whose it is has to be found out.
        is_looked_up = row.name == "get_deployment"
        assert before == [("GET", "/api/v1/applications/acme/shop/web")] * is_looked_up


@pytest.mark.parametrize("routes", ["auto", "published"])
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
def test_on_published_routes_all_but_six_calls_succeed(routes: Any, nulls: Any) -> None:
    with FakeAncla(routes="published", nulls=nulls) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            refused = [row.name for row in CALLS if is_refused(row, client, ids)]
    assert refused == [row.name for row in CALLS if not row.published]
    assert len(refused) == 5


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.name)
def test_on_published_routes_each_call_may_be_the_first(row: DocumentedCall) -> None:
    with FakeAncla(routes="published") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            assert is_refused(row, client, ids) is not row.published


def test_on_a_server_with_both_every_call_succeeds() -> None:
    with FakeAncla(routes="both") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            for row in CALLS:
                row.call(client, ids)


def is_refused(row: DocumentedCall, client: AnclaClient, ids: Any) -> bool:
    """Whether the call raised the error that says what the server cannot do."""
    try:
        row.call(client, ids)
    except AnclaError as error:
        assert "this server cannot" in str(error), f"{row.name}: {error}"
        return True
    return False
