"""Commands on servers with retired routes, where they do something else than on today's."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from ancla._cli.all_arguments import APP_OPTIONS
from ancla._cli.argument import pod_classes, process_counts, whole_number, yes_or_no
from ancla.testing import FakeAncla
from tests.cli.command_line import SECRET, World, furnish, run
from tests.cli.test_commands import assert_holds, filled
from tests.cli.test_restart import CHANGES
from tests.cli.test_variables import TEXT, changes, import_text, values_of
from tests.cli.test_waits import SLOWLY
from tests.clients import client_of, fake_with_app, sent
from tests.once import on_one_python
from tests.servers import ScriptedServer, json_reply, replies

pytestmark = on_one_python

APP = "acme/shop/web"
PLACE = ("acme", "shop", "web")
Retired = Literal["slugs", "published"]
BOTH: tuple[Retired, ...] = ("slugs", "published")
SLUGS: tuple[Retired, ...] = ("slugs",)
PUBLISHED: tuple[Retired, ...] = ("published",)
# The words, what their JSON holds, and the route sets that can do it.
CASES: list[tuple[str, Any, tuple[Retired, ...]]] = [
    ("orgs create New", {"slug": "new"}, BOTH),
    ("apps create acme/shop Api --platform wind", {"slug": "api"}, BOTH),
    (f"apps update {APP} --private yes", {"github_repository_is_private": True}, BOTH),
    (f"apps update {APP} --counts web=2", {"process_counts": {"web": 2}}, SLUGS),
    (f"apps update {APP} --pod-classes a=l", {"process_pod_classes": {"a": "l"}}, SLUGS),
    (f"apps deploy {APP} --wait --interval 0.01", {"complete": True}, BOTH),
    (f"apps status {APP}", {"release": {"version": 1}}, PUBLISHED),
    (f"config set {APP} LOG_LEVEL=x --secret", [{"name": "LOG_LEVEL", "secret": True}], BOTH),
    (f"config unset {APP} TOKEN LOG_LEVEL --yes", {"ok": True}, BOTH),
    (f"images build {APP} --wait", {"built": True}, PUBLISHED),
    (f"builds log {APP} 1", {"version": 1}, PUBLISHED),
    (f"deployments get {APP} {{deployment}}", {"id": "{deployment}"}, BOTH),
    (f"deployments log {APP} {{deployment}}", {"error": False}, PUBLISHED),
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


Routes = Literal["workspaces", "published", "slugs"]
ALL: tuple[Routes, ...] = ("workspaces", "published", "slugs")
# How the help of an option ends, and the route sets that cannot change its field.
NOTES: dict[str, tuple[Routes, ...]] = {
    "; not on published routes": ("published",),
    "; only on retired routes": ("workspaces",),
    "; only on slug routes": ("workspaces", "published"),
}
SAMPLES: dict[object, str] = {
    process_counts: "web=2",
    pod_classes: "web=l",
    yes_or_no: "yes",
    whole_number: "5",
}


@pytest.mark.parametrize("routes", ALL)
def test_the_help_says_which_servers_cannot_change_a_setting(routes: Routes) -> None:
    with fake_with_app(routes=routes, pace=0) as fake:
        for option in APP_OPTIONS:
            words = ("apps", "update", APP, option.label, SAMPLES.get(option.type, "x"))
            note = next(filter(option.help.endswith, NOTES), "")

            is_refused = "error: this server cannot change" in run(*words, fake=fake).err
            assert is_refused == (routes in NOTES.get(note, ())), option.label


def test_a_list_of_apps_has_the_versions_that_a_server_sends() -> None:
    with fake_with_app(routes="slugs", pace=0) as fake:
        fake.add_app("acme", "shop", "new")
        run("apps", "deploy", APP, fake=fake)
        outcome = run("apps", "list", "acme/shop", fake=fake)

    lines = outcome.out.splitlines()
    assert (
        lines[0].split() == "NAME SLUG PLATFORM LATEST IMAGE VERSION LATEST RELEASE VERSION".split()
    )
    assert lines[2].split() == ["new", "new", "wind", "-", "-"]


def test_what_an_import_says_of_a_value_does_not_repeat_it() -> None:
    failures = [
        {"name": "TOKEN", "error": f"not allowed: {SECRET}"},
        {"name": "-----BEGIN KEY-----", "error": "there is no '=' in it"},
    ]
    body = {"created": [], "skipped": [], "errors": failures}
    words = ("config", "import", APP, "-f", "-")
    app = {"name": "Web", "slug": "web", "id": "7f2c"}
    with ScriptedServer(replies(json_reply(app), json_reply(body))) as server:
        outcome = run(
            *words,
            "--routes",
            "published",
            "--server",
            server.url,
            stdin=f"TOKEN='{SECRET}'\n-----BEGIN KEY-----\n",
            ANCLA_API_KEY="key",
        )

    assert outcome.status == 1
    assert outcome.err == (
        "error: acme/shop/web: 0 created, 0 changed, 0 kept, 2 failed: "
        "TOKEN: not allowed: ********; ********: there is no '=' in it\n"
    )


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_a_server_that_cannot_overwrite_changes_nothing(world: World) -> None:
    before = values_of(world)
    world.fake.clear_requests()
    outcome = import_text(world, TEXT, "--overwrite")

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "this server cannot " in outcome.err
    assert changes(world) == []
    assert values_of(world) == before


def test_a_server_without_logs_is_asked_for_them_once() -> None:
    with fake_with_app(routes="slugs", pace="reads") as fake:
        outcome = run("apps", "deploy", APP, *SLOWLY, fake=fake)
        asked = [request for request in fake.requests if request.path.endswith("/log")]

    assert outcome.status == 0, outcome.err
    assert len(asked) <= 1


@pytest.mark.parametrize("words", CHANGES)
@pytest.mark.parametrize("routes", ["slugs", "published"])
@pytest.mark.parametrize("is_pinned", [True, False])
def test_on_retired_routes_it_is_refused_and_nothing_is_changed(
    is_pinned: bool, routes: Any, words: str
) -> None:
    with fake_with_app(routes=routes) as fake:
        with client_of(fake, routes=routes) as client:
            client.set_config(*PLACE, "OLD", "1")
            before = client.list_config(*PLACE)
            fake.clear_requests()
            pin = ("--routes", routes) if is_pinned else ()
            outcome = run(*words.split(), "--restart", *pin, fake=fake, stdin=CHANGES[words])
            assert outcome.status == 1
            assert "cannot deploy variables without a build (nothing was changed)" in outcome.err
            requests = sent(fake)
            assert requests == [] if is_pinned else {it[:4] for it in requests} == {"GET "}
            assert client.list_config(*PLACE) == before
