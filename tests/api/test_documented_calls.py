"""Every documented call, on today's API."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.documented_calls import ALL_CALLS, SAMPLES, TODAYS_CALLS, Ids, filled_in, prepare
from tests.once import on_one_python


def test_there_are_28_documented_calls() -> None:
    assert len(set(SAMPLES)) == len(SAMPLES) == 28


def test_on_todays_api_19_calls_work_and_6_more_where_the_server_is_lenient() -> None:
    works = [TODAYS_CALLS[name].works for name in SAMPLES]
    assert (works.count("yes"), works.count("lenient"), works.count("no")) == (19, 6, 3)


@pytest.mark.parametrize("routes", ["auto", "workspaces"])
@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
@pytest.mark.parametrize("lenient", [True, False])
def test_on_todays_api_each_call_is_as_in_the_table(lenient: bool, nulls: Any, routes: Any) -> None:
    with FakeAncla(routes="workspaces", lenient=lenient, nulls=nulls) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            client.list_images("acme", "shop", "web")
            for name in SAMPLES:
                fake.clear_requests()
                expected = TODAYS_CALLS[name]
                is_possible = expected.works == "yes" or (lenient and expected.works == "lenient")
                assert is_refused(name, client, ids) is not is_possible, name
                sent = [short(request) for request in fake.requests]
                requests = [filled_in(request, ids) for request in expected.requests]
                # Where the route is missing, the resource is read.
                assert sent[: len(requests)] == requests, name
                is_tried = expected.works == "lenient" and not is_possible
                assert len(sent) == len(requests) + is_tried
                if expected.body is not None:
                    assert fake.requests[len(requests) - 1].body == expected.body


def short(request: Any) -> str:
    """A request without the API's prefix and the id of a config variable."""
    path = re.sub(r"(/config/).+", r"\1VARIABLE", request.path.removeprefix("/api/v1"))
    return f"{request.method} {path}"


def is_refused(name: str, client: AnclaClient, ids: Ids) -> bool:
    """Whether the call raised the error that says what the server cannot do."""
    try:
        ALL_CALLS[name](client, ids)
    except AnclaError as error:
        assert "this server cannot" in str(error), f"{name}: {error}"
        return True
    return False


@on_one_python
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lenient", [True, False])
def test_calls_may_come_in_any_order(lenient: bool, seed: int) -> None:
    with FakeAncla(lenient=lenient, pace="manual") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            for name in in_any_order(seed):
                works = TODAYS_CALLS[name].works
                is_possible = works == "yes" or (lenient and works == "lenient")
                assert is_refused(name, client, ids) is not is_possible, name


def in_any_order(seed: int) -> list[str]:
    """The names of the calls that delete nothing."""
    calls = [name for name in SAMPLES if not name.startswith("delete_")]
    random.Random(seed).shuffle(calls)
    return calls
