"""`slug=` of what creates a project or an application, on every route set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import fake_with_app

Create = Callable[..., Any]
NAME, SLUG = "Node.js App", "nodejs-app"
CALLS: dict[str, Create] = {
    "project": lambda client, **slug: client.create_project("acme", NAME, **slug),
    "application": lambda client, **slug: client.create_app("acme", "shop", NAME, "wind", **slug),
}
COMMANDS = {
    "project": ("projects", "create", "acme", NAME, "--slug", SLUG),
    "application": ("apps", "create", "acme/shop", NAME, "--platform", "wind", "--slug", SLUG),
}
every_call = pytest.mark.parametrize(("kind", "create"), CALLS.items())


@every_call
@pytest.mark.parametrize("routes", ["workspaces", "published"])
def test_a_slug_is_sent_or_made_of_the_name(
    routes: Literal["workspaces", "published"], kind: str, create: Create
) -> None:
    with fake_with_app(routes=routes) as fake, AnclaClient(fake.api_key, fake.url) as client:
        assert create(client, slug=SLUG).slug == SLUG
        assert create(client).slug == "node-js-app"


@every_call
def test_another_slug_than_the_given_one_is_a_warning_that_names_both(
    kind: str, create: Create
) -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.fail_next(201, body={"name": NAME, "slug": "node-js-app"}, method="POST")
        with pytest.warns(UserWarning, match=f"'node-js-app', not .*'{SLUG}'") as caught:
            create(client, slug=SLUG)
    assert [warning.filename for warning in caught] == [__file__]


@every_call
@pytest.mark.parametrize("slug", ["", "..", "a/b", 7])
def test_an_invalid_slug_is_refused_before_anything_is_sent(
    slug: object, kind: str, create: Create
) -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        with pytest.raises(ValueError, match=r"^slug must "):
            create(client, slug=slug)
        assert fake.requests == []


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_command_line_takes_a_slug(kind: str) -> None:
    with fake_with_app() as fake:
        outcome = run(*COMMANDS[kind], fake=fake)

    assert (outcome.status, f"/{SLUG}." in outcome.err) == (0, True), outcome.err
