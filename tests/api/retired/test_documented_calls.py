"""Every documented call, on the retired route sets."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.api.retired.documented_calls import CALLS
from tests.api.test_documented_calls import is_refused
from tests.documented_calls import SAMPLES, filled_in, prepare


def test_there_is_a_row_for_each_sample() -> None:
    assert [row.name for row in CALLS] == SAMPLES


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
                # The path of get_deployment names no application.
                asked = [(method, path) for method, path, _ in before]
                is_lookup = row.name == "get_deployment"
                lookup = ("GET", "/api/v1/applications/acme/shop/web")
                assert asked == [lookup] * is_lookup, row.name
        assert fake.connections == connections + 1


@pytest.mark.parametrize("routes", ["auto", "published"])
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
def test_on_published_routes_all_but_six_calls_succeed(routes: Any, nulls: Any) -> None:
    with FakeAncla(routes="published", nulls=nulls) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            refused = [row.name for row in CALLS if is_refused(row.name, client, ids)]
    assert refused == [row.name for row in CALLS if not row.published]
    assert len(refused) == 6


def test_on_a_server_with_both_every_call_succeeds() -> None:
    with FakeAncla(routes="both") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            for row in CALLS:
                row.call(client, ids)
