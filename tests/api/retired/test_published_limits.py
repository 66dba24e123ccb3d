"""What published routes cannot do as asked is refused, or told, and never done in another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import KEY, all_text_of, client_for, fake_with_app
from tests.documented_calls import APP, deploy
from tests.once import on_one_python
from tests.servers import ScriptedServer, json_reply, replies

pytestmark = on_one_python


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app(routes="published") as server:
        yield server


@pytest.fixture(params=["auto", "published"])
def client(request: pytest.FixtureRequest, fake: FakeAncla) -> Iterator[AnclaClient]:
    with AnclaClient(fake.api_key, fake.url, routes=request.param) as made:
        yield made


def build(client: AnclaClient, *, wait: bool = True) -> str:
    image_id = client.build_image(*APP).image_id
    if wait:
        client.wait_for_image(*APP, image_id, interval=0)
    return image_id


def posts(fake: FakeAncla) -> list[Any]:
    return [request for request in fake.requests if request.method == "POST"]


# Releases


def test_a_release_of_an_older_image_is_refused_and_nothing_is_made(
    fake: FakeAncla, client: AnclaClient
) -> None:
    older, newest = build(client), build(client)
    fake.clear_requests()
    with pytest.raises(AnclaError, match=f"this server cannot make .*{older}.*{newest}"):
        client.create_release(*APP, older)
    assert all(request.status in (404, 405) for request in posts(fake))
    assert client.list_releases(*APP) == []


def test_a_release_of_the_newest_built_image_is_made_without_a_body(
    fake: FakeAncla, client: AnclaClient
) -> None:
    build(client)
    newest = build(client)
    release = client.create_release(*APP, newest)
    assert client.get_release(*APP, release.release_id).image["id"] == newest
    assert posts(fake)[-1].body is None


@pytest.mark.parametrize("page_size", [None, 1])
def test_an_image_that_is_still_being_built_or_failed_is_not_the_newest(page_size: Any) -> None:
    with fake_with_app(routes="published", pace="manual", page_size=page_size) as fake:
        with AnclaClient(fake.api_key, fake.url) as client:
            built = build(client, wait=False)
            fake.fail_next_build()
            fake.advance(2)
            failed = build(client, wait=False)
            fake.advance(2)
            unfinished = build(client, wait=False)
            for image_id in (failed, unfinished):
                with pytest.raises(AnclaError, match=f"it would use .*{built}"):
                    client.create_release(*APP, image_id)
            assert client.create_release(*APP, built).release_id


def test_without_any_built_image_there_is_no_release(client: AnclaClient) -> None:
    unfinished = build(client, wait=False)
    with pytest.raises(AnclaError, match="no image is built yet"):
        client.create_release(*APP, unfinished)
    assert client.list_releases(*APP) == []


def test_an_image_that_is_the_key_is_not_named() -> None:
    bodies: list[object] = [{"id": "a"}, [{"id": KEY, "version": 1, "built": True}]]
    script = replies(*map(json_reply, bodies))
    with ScriptedServer(script) as server, client_for(server, routes="published") as client:
        with pytest.raises(AnclaError, match=r"'\*{8}'") as caught:
            client.create_release(*APP, "i")
    assert len(server.requests) == len(bodies)
    assert KEY not in all_text_of(caught.value)


def test_the_lines_of_a_text_that_the_server_parses_are_redacted(
    fake: FakeAncla, client: AnclaClient
) -> None:
    client.list_config(*APP)  # Looks the application's id up.
    for line in ("s3cr3t-b", "s3cr3t-c=="):
        fake.fail_next(400, method="POST", body={"detail": f"not allowed: {line}"})
        with pytest.raises(AnclaError, match=r"not allowed: \*{8}$") as caught:
            client.import_config(*APP, "A=1\nexport B = 's3cr3t-b'\nC='\ns3cr3t-c==\n'")
        assert "s3cr3t" not in all_text_of(caught.value)


def test_on_slug_routes_a_release_is_made_of_the_image_that_is_named() -> None:
    with fake_with_app(routes="slugs", pace=0) as fake:
        with AnclaClient(fake.api_key, fake.url) as client:
            older = deploy(client).image_id
            deploy(client)
            fake.clear_requests()
            release = client.create_release(*APP, older)
            assert len(fake.requests) == 1
            assert client.get_release(*APP, release.release_id).image["id"] == older


# The platform of an application


def test_another_platform_than_the_one_asked_for_is_a_warning_that_names_both(
    client: AnclaClient,
) -> None:
    with pytest.warns(UserWarning, match="'wind'.* not 'docker'") as caught:
        client.create_app("acme", "shop", "New", "docker")
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--json",)])
def test_the_command_line_tells_of_another_platform(
    fake: FakeAncla, options: tuple[str, ...]
) -> None:
    outcome = run("apps", "create", "acme/shop", "New", "--platform", "docker", *options, fake=fake)
    assert outcome.status == 0
    last = outcome.err.splitlines()[-1]
    assert last.startswith(
        "warning: the server created the application 'new' on the platform 'wind', "
    )
    assert "docker" in last


# Counts


def test_a_count_that_the_server_did_not_send_is_shown_as_empty(fake: FakeAncla) -> None:
    for words, count in ((["orgs", "get", "acme"], "member"), (["orgs", "list"], "application")):
        outcome = run(*words, "--json", fake=fake)
        [org] = outcome.document if words[1] == "list" else [outcome.document]
        assert org[f"{count}_count"] is None
        assert org["project_count"] == 1
    shown = dict(line.split() for line in run("orgs", "get", "acme", fake=fake).out.splitlines())
    assert (shown["member_count"], shown["project_count"]) == ("-", "1")
    row = run("orgs", "list", fake=fake).out.splitlines()[1].split()
    assert row == ["acme", "acme", "1", "1", "-"]


# Secrets


@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
def test_a_secret_stays_secret_where_nothing_is_said_of_it(routes: Any) -> None:
    with fake_with_app(routes=routes) as fake:
        with AnclaClient(fake.api_key, fake.url) as client:
            assert client.set_config(*APP, "OPEN", "1").secret is False
            client.set_config(*APP, "K", "first", secret=True)
            assert client.set_config(*APP, "K", "second").secret is True
            assert client.set_config(*APP, "K", "third", secret=False).secret is False
            assert client.set_config(*APP, "K", "fourth").secret is False


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_the_command_line_does_not_print_a_secret_that_it_sets_anew(routes: Any) -> None:
    with fake_with_app(routes=routes, mask_secrets=False) as fake:
        run("config", "set", "acme/shop/web", "TOKEN=first", "--secret", fake=fake)
        outcome = run("config", "set", "acme/shop/web", "TOKEN=s3cr3t-value", fake=fake)
        assert outcome.status == 0
        assert "s3cr3t-value" not in outcome.out + outcome.err
