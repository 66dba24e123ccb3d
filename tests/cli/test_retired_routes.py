"""Commands on servers with retired routes, where they do something else than on today's."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import World, furnish, run
from tests.cli.test_commands import assert_holds, filled
from tests.once import on_one_python

pytestmark = on_one_python

APP = "acme/shop/web"
Retired = Literal["slugs", "published"]
BOTH: tuple[Retired, ...] = ("slugs", "published")
SLUGS: tuple[Retired, ...] = ("slugs",)
PUBLISHED: tuple[Retired, ...] = ("published",)
# The words, what their JSON holds, and the route sets that can do it.
CASES: list[tuple[str, Any, tuple[Retired, ...]]] = [
    ("orgs get acme", {"slug": "acme"}, BOTH),
    ("orgs create New", {"slug": "new"}, BOTH),
    ("projects create acme Blog", {"slug": "blog"}, BOTH),
    ("apps create acme/shop Api --platform wind", {"slug": "api"}, BOTH),
    (f"apps update {APP} --private yes", {"github_repository_is_private": True}, BOTH),
    (f"apps update {APP} --deployment-timeout 5", {"deployment_timeout": 5}, BOTH),
    (f"apps update {APP} --privileged no", {"privileged": False}, SLUGS),
    (f"apps update {APP} --counts web=2", {"process_counts": {"web": 2}}, SLUGS),
    (f"apps update {APP} --pod-classes a=l", {"process_pod_classes": {"a": "l"}}, SLUGS),
    (f"apps deploy {APP} --wait --interval 0.01", {"complete": True}, BOTH),
    (f"apps status {APP}", {"release": {"version": 1}}, BOTH),
    (f"config set {APP} A=1", [{"name": "A", "value": "1"}], BOTH),
    (f"config delete {APP} TOKEN --yes", {"ok": True}, BOTH),
    (f"images build {APP} --wait", {"built": True}, PUBLISHED),
    ("images log {image}", {"version": 1}, PUBLISHED),
    (f"deployments list {APP}", [{"id": "{deployment}"}], BOTH),
    ("deployments get {deployment}", {"id": "{deployment}"}, BOTH),
    ("deployments log {deployment}", {"error": False}, PUBLISHED),
]
SUPPORTED = [(words, held, routes) for words, held, able in CASES for routes in able]


@pytest.fixture
def world(routes: Retired) -> Iterator[World]:
    with FakeAncla(routes=routes, pace=0) as fake:
        yield furnish(fake)


@pytest.mark.parametrize(("words", "held", "routes"), SUPPORTED)
def test_a_command_works_on_retired_routes(words: str, held: Any, world: World) -> None:
    typed = shlex.split(words.format(**world.ids))
    outcome = run(*typed, "--json", "-q", fake=world.fake)

    assert (outcome.status, outcome.err) == (0, "")
    assert_holds(outcome.document, filled(held, world))


@pytest.mark.parametrize("routes", PUBLISHED)
def test_a_release_is_read_by_a_request_and_its_values_are_redacted(world: World) -> None:
    app = run("apps", "get", APP, "--json", fake=world.fake).document
    listed = run("request", "GET", f"/releases/{app['id']}", fake=world.fake).document
    outcome = run("request", "GET", f"/releases/{listed['items'][0]['id']}/detail", fake=world.fake)

    assert outcome.status == 0
    assert outcome.document["configuration"]["TOKEN"] == "********"
