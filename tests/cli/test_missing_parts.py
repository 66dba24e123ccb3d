"""What an error adds to a 404: the part of the path that is missing, and what there is instead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

APP = "acme/shop/web"


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla(routes="workspaces", lenient=True, pace=0) as fake:
        for app in ("web", "worker"):
            fake.add_app("acme", "shop", app)
        fake.add_app("acme", "blog", "site", environment="staging")
        yield fake


NO_APP_WBE = "no app wbe in acme/shop, environment production; available: web, worker"
NO_ENVIRONMENT_PROD = "no environment prod in acme/shop; available: production, staging"
MISSING = {
    "apps get acme/shop/wbe": NO_APP_WBE,
    "config list acme/blog/web": "no app web in acme/blog, environment production; available: none",
    "apps get acme/shp/web": "no project shp in acme; available: shop, blog",
    "apps get amce/shop/web": "no organization amce; available: acme",
    "apps get acme/shop/prod/web": NO_ENVIRONMENT_PROD,
    "config get acme/shop/web A --environment x": "no environment x in acme/shop; available",
    "run acme/shop/wbe -- env": NO_APP_WBE,
    "environments get acme/shop prod": NO_ENVIRONMENT_PROD,
    "apps promote acme/shop/web staging prod": "no environment prod in acme/shop; available",
    "apps promote acme/shop/wbe production staging": "no app wbe in acme/shop, environment",
    "config list acme/shop/prod --scope environment": "no environment prod in acme/shop; available",
}


@pytest.mark.parametrize("words", MISSING)
def test_the_missing_part_is_named_by_at_most_four_reads(words: str, fake: FakeAncla) -> None:
    outcome = run(*words.split(), fake=fake)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert f"; there is {MISSING[words]}" in outcome.err
    # The library's own reads end with the response that the error is for.
    last = max(
        number for number, request in enumerate(fake.requests) if request.path in outcome.err
    )
    reads = fake.requests[last + 1 :]
    assert len(reads) <= 4
    assert {request.method for request in reads} <= {"GET"}


@pytest.mark.parametrize(
    "words",
    [f"config get {APP} ABSENT", f"images log {APP} 7f2c", "request GET /workspaces/absent"],
)
def test_nothing_is_added_if_the_path_is_right_or_there_is_none(
    words: str, fake: FakeAncla
) -> None:
    outcome = run(*words.split(), fake=fake)

    assert outcome.status == 1
    assert "; there is no" not in outcome.err


def test_many_others_are_named_in_part(fake: FakeAncla) -> None:
    for number in range(20):
        fake.add_app("acme", "many", f"app-{number}")
    outcome = run("apps", "get", "acme/many/absent", fake=fake)

    assert "app-9 and 10 more\n" in outcome.err
    assert "app-10" not in outcome.err


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_an_error_of_the_lists_does_not_hide_the_first_one(status: int) -> None:
    lists = 0

    def respond(connection: Connection, request: Request) -> None:
        nonlocal lists
        path = request.target.removeprefix("/api/v1")
        if path == "/workspaces":
            connection.send(json_reply([{"id": "1", "name": "Acme", "slug": "acme"}]))
        elif path == "/workspaces/acme/projects":
            lists += 1
            connection.send(json_reply({"detail": "of the list"}, status))
        else:
            connection.send(json_reply({"detail": "the first one"}, 404))

    with ScriptedServer(replies(respond)) as server:
        words = ("projects", "get", "acme/absent")
        outcome = run(*words, ANCLA_SERVER=server.url, ANCLA_API_KEY="key")

    assert (outcome.status, lists) == (1, 1)
    assert "the first one" in outcome.err
    assert "of the list" not in outcome.err
