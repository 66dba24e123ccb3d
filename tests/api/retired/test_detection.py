"""Which route set a server has: what is sent first, what is asked, and what is remembered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    AuthenticationError,
    InvalidResponseError,
    NotFoundError,
)
from ancla.testing import FakeAncla
from tests.clients import client_of, fake_with_app, sent
from tests.documented_calls import APP, deploy, prepare
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

PROJECT = "/workspaces/acme/projects/shop"
SERVICE = f"{PROJECT}/envs/production/services/web"
RETIRED = ("slugs", "published", "both")
Call = Callable[[AnclaClient], object]


@pytest.fixture
def todays() -> Iterator[FakeAncla]:
    with fake_with_app(routes="workspaces") as fake:
        yield fake


# Today's API


SETTLES: list[tuple[Call, int, Any, bool]] = [
    *((lambda c: c.delete_app(*APP), it, {"ok": True}, True) for it in (200, 201, 202, 203)),
    *((lambda c: c.delete_app(*APP), it, b"", True) for it in (200, 204)),
    (lambda c: c.delete_app(*APP), 200, [], False),
    *((lambda c: c.list_deployments(*APP), it, [], True) for it in (200, 203, 206)),
    (lambda c: c.get_app(*APP), 200, {"name": 5}, False),
    (lambda c: c.get_app(*APP), 200, [], False),
    (lambda c: c.get_app(*APP), 200, {"name": "Web", "slug": "web"}, True),
    (lambda c: c.get_session(), 200, {"authenticated": True}, False),
    (lambda c: deploy(c), 200, {"build_id": "1"}, True),
    (lambda c: c.get_pipeline_status(*APP), 200, {"deploy": {"status": "complete"}}, True),
]


@pytest.mark.parametrize(("call", "status", "body", "settles"), SETTLES)
def test_what_settles_that_a_server_is_todays(
    todays: FakeAncla, call: Call, status: int, body: Any, settles: bool
) -> None:
    with client_of(todays) as client:
        todays.fail_next(status, body=body)
        with contextlib.suppress(InvalidResponseError):
            call(client)
        sent(todays)
        with pytest.raises(AnclaError, match="this server cannot list releases"):
            client.list_releases(*APP)
        assert sent(todays) == ([] if settles else ["GET /workspaces"])


MISSING: list[Call] = [
    lambda c: c.get_app("acme", "shop", "missing"),
    lambda c: c.build_image("acme", "shop", "missing"),
    lambda c: c.get_image(*APP, "missing"),
    lambda c: c.list_projects("missing"),
    lambda c: c.get_environment("acme", "shop", "missing"),
]


@pytest.mark.parametrize("call", MISSING)
def test_a_404_costs_at_most_one_request_more(todays: FakeAncla, call: Call) -> None:
    with client_of(todays) as client:
        with pytest.raises(NotFoundError) as caught:
            call(client)
        assert caught.value.url is not None and "/workspaces/" in caught.value.url
        new = len(sent(todays))
        with pytest.raises(NotFoundError):
            call(client)
        assert new - len(sent(todays)) <= 1


def test_a_refusal_makes_the_client_ask(todays: FakeAncla) -> None:
    with client_of(todays) as client:
        with pytest.raises(AnclaError, match="cannot change an application's platform"):
            client.update_app(*APP, platform="go")
    assert sent(todays) == ["GET /workspaces"]
    with fake_with_app(routes="slugs") as fake:
        with client_of(fake) as client:
            assert client.update_app(*APP, platform="go").platform == "go"


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.create_project("acme", "日本"),
        lambda c: c.create_app("acme", "shop", "日本", "wind"),
    ],
)
def test_a_name_without_a_slug_goes_to_a_server_that_needs_none(call: Call) -> None:
    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        here = ("/organizations", "/projects/acme", "/applications/acme/shop")
        if path not in here:
            connection.send(json_reply({}, 404))
        elif request.method == "POST":
            connection.send(json_reply({"name": "日本", "slug": "x1"}, 201))
        else:
            connection.send(json_reply([{"name": "Acme", "slug": "acme"}]))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            call(client)
        assert [it.method for it in server.requests].count("POST") == 1
    with FakeAncla(routes="workspaces") as fake, client_of(fake) as client:
        with pytest.raises(ValueError, match="name must hold a letter or digit"):
            call(client)
        assert sent(fake) == ["GET /workspaces"]


def test_an_accepted_change_is_never_sent_to_other_routes() -> None:
    """Even if the server then responds as one with retired routes."""

    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        if request.method == "POST" and request.number == 0:
            connection.send(json_reply({"username": "ada"}, 201))
        elif path in ("/organizations", "/projects"):
            connection.send(json_reply([{"name": "Acme", "slug": "acme"}]))
        elif request.method == "POST":
            connection.send(json_reply({"name": "Acme", "slug": "acme"}, 201))
        else:
            connection.send(json_reply({}, 404))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            with pytest.raises(NotFoundError, match="the change was made, but"):
                client.add_org_member("acme", "ada")
        assert [it.method for it in server.requests].count("POST") == 1


# The questions


@pytest.mark.parametrize("status", [401, 403, 500, 503])
@pytest.mark.parametrize("routes", ["workspaces", *RETIRED])
def test_an_error_of_a_question_is_that_of_the_call_and_nothing_is_remembered(
    routes: Any, status: int
) -> None:
    with fake_with_app(routes=routes) as fake:
        with client_of(fake) as client:
            fake.fail_next(404)
            fake.fail_next(status)
            with pytest.raises(AnclaError) as caught:
                client.list_images(*APP)
            assert caught.value.status_code == status
            assert caught.value.url == f"{fake.url}/api/v1/workspaces"
            assert client.list_images(*APP) == []


@pytest.mark.parametrize("body", [b"<html>welcome</html>", {"status": "ok"}, 5, b""])
def test_a_response_that_is_no_list_is_no_yes(body: Any) -> None:
    with fake_with_app(routes="slugs") as fake:
        with client_of(fake) as client:
            fake.fail_next(404)
            fake.fail_next(200, body=body)
            try:
                assert client.list_images(*APP) == []
            except InvalidResponseError:
                assert body == b"<html>welcome</html>"
            assert client.list_images(*APP) == []
            assert sent(fake)[-1] == "GET /images/acme/shop/web"


def test_the_slug_route_is_sent_if_the_server_confirms_no_route_set() -> None:
    with ScriptedServer(replies(json_reply({"detail": "x"}, 404))) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            with pytest.raises(NotFoundError) as caught:
                client.list_images(*APP)
            assert caught.value.url == f"{server.url}/api/v1/images/acme/shop/web"
            count = len(server.requests)
            with pytest.raises(NotFoundError):
                client.list_images(*APP)
            assert len(server.requests) == 2 * count  # nothing was remembered
            elsewhere = client.with_options(environment="staging")
            with pytest.raises(AnclaError, match="cannot reach the environment 'staging'"):
                elsewhere.list_images(*APP)


def test_a_server_that_has_todays_routes_and_older_ones_is_todays() -> None:
    with FakeAncla(routes="workspaces") as fake:
        prepare(fake)
        for path in ("/organizations", "/projects", "/releases/acme/shop/web"):
            fake.fail_next(200, path=path, method="GET", body=[])
        with client_of(fake) as client:
            client.list_images(*APP)
            client.get_app(*APP)
            with pytest.raises(AnclaError, match="this server cannot list releases"):
                client.list_releases(*APP)
        assert all("workspaces" in request for request in sent(fake))


def test_views_share_what_is_known_and_other_clients_do_not(todays: FakeAncla) -> None:
    with client_of(todays) as client, client_of(todays) as other:
        client.with_options(timeout=5).list_orgs()
        sent(todays)
        for each, asked in ((client, []), (other, ["GET /workspaces"])):
            with pytest.raises(AnclaError, match="this server cannot list releases"):
                each.list_releases(*APP)
            assert sent(todays) == asked


# Faults


def outcome(call: Call, client: AnclaClient) -> object:
    """What a call comes to, in a form that can be compared between servers."""
    try:
        result = call(client)
    except AnclaError as error:
        return str(error).partition(" (")[0].split("http:")[0], error.status_code
    return type(result).__name__


AFTERWARDS: list[Call] = [
    lambda c: c.list_images(*APP),
    lambda c: c.list_projects("acme"),
    lambda c: c.get_config(*APP, "MODE"),
    lambda c: c.list_releases(*APP),
    lambda c: c.list_environments("acme", "shop"),
    lambda c: c.build_image(*APP),
    lambda c: c.update_project("acme", "shop", "Shop"),
    lambda c: c.get_session(),
]
FIRST: list[Call] = [
    lambda c: c.get_app(*APP),
    lambda c: c.list_images(*APP),
    lambda c: c.build_image(*APP),
    lambda c: c.list_releases(*APP),
    lambda c: c.list_orgs(),
]
FAULTS = (404, 405, 401, 403, 500, 503, "drop")


@on_one_python
@pytest.mark.parametrize("routes", ["workspaces", *RETIRED])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_during_the_first_call_never_leave_a_wrong_idea(routes: Any, fault: Any) -> None:
    with FakeAncla(routes=routes) as fake:
        prepare(fake)
        with client_of(fake) as knowing:
            expected = [outcome(call, knowing) for call in AFTERWARDS]
        for first in FIRST:
            for times in range(1, 7):
                with client_of(fake) as client:
                    if fault == "drop":
                        fake.drop_next(times)
                    else:
                        fake.fail_next(fault, times=times)
                    outcome(first, client)
                    fake.clear_faults()
                    assert [outcome(call, client) for call in AFTERWARDS] == expected, times


# Pinned


@pytest.mark.parametrize("routes", ["workspaces", *RETIRED[:2]])
def test_a_pinned_route_set_is_never_asked_for(routes: Any) -> None:
    with ScriptedServer(replies(json_reply({"detail": "x"}, 404))) as server:
        with AnclaClient("key", server.url, max_retries=0, routes=routes) as client:
            with pytest.raises(NotFoundError):
                client.list_images(*APP)
            assert len(server.requests) == 1
            lacking: Call = {
                "workspaces": lambda c: c.list_releases(*APP),
                "published": lambda c: c.delete_app(*APP),
                "slugs": lambda c: c.build_image(*APP),
            }[routes]
            with pytest.raises(AnclaError, match="this server cannot") as caught:
                lacking(client)
            assert type(caught.value) is AnclaError
            assert len(server.requests) == 1


def test_the_variable_pins_and_an_argument_beats_it(
    todays: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCLA_ROUTES", "slugs")
    with client_of(todays) as pinned, client_of(todays, routes="auto") as auto:
        with pytest.raises(NotFoundError):
            pinned.get_app(*APP)
        assert sent(todays) == ["GET /applications/acme/shop/web"]
        assert auto.get_app(*APP).slug == "web"
        assert sent(todays) == [f"GET {SERVICE}"]
    monkeypatch.setenv("ANCLA_ROUTES", "")
    with client_of(todays) as client:
        assert client.get_app(*APP).slug == "web"


@pytest.mark.parametrize("value", ["Slugs", "both", " auto", 5])
def test_an_unknown_route_set_is_refused_with_the_allowed_words(
    value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = "must be one of auto, workspaces, published, slugs, not"
    with pytest.raises(ValueError, match=f"^routes {allowed} {value!r}"):
        AnclaClient("key", routes=value)
    if isinstance(value, str):
        monkeypatch.setenv("ANCLA_ROUTES", value)
        with pytest.raises(ValueError, match=f"^ANCLA_ROUTES {allowed} {value!r}"):
            AnclaClient("key")


# Environments


OF_AN_ENVIRONMENT: list[Call] = [
    lambda c: c.list_apps("acme", "shop"),
    lambda c: c.create_app("acme", "shop", "New", "wind"),
    lambda c: c.get_app(*APP),
    lambda c: c.delete_app(*APP),
    lambda c: deploy(c),
    lambda c: c.deploy_and_wait(*APP),
    lambda c: c.list_config(*APP),
    lambda c: c.set_config(*APP, "A", "1"),
    lambda c: c.list_releases(*APP),
]


@pytest.mark.parametrize("routes", RETIRED)
@pytest.mark.parametrize("pinned", [True, False])
def test_a_server_without_environments_does_nothing_for_another_than_production(
    routes: Any, pinned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeAncla(routes=routes) as fake:
        prepare(fake)
        options = {"routes": routes.replace("both", "slugs")} if pinned else {}
        with client_of(fake, environment="staging", **options) as client:
            for call in OF_AN_ENVIRONMENT:
                with pytest.raises(AnclaError, match="this server cannot .*'staging'"):
                    call(client)
            requests = sent(fake)
            if pinned:
                assert requests == []
            assert not any("/acme/shop" in it for it in requests if "workspaces" not in it)
            assert client.list_orgs()
            assert client.get_project("acme", "shop").slug == "shop"
            assert client.with_options(environment="production").get_app(*APP).slug == "web"
        monkeypatch.setenv("ANCLA_ENV", "staging")
        with client_of(fake, **options) as client:
            with pytest.raises(AnclaError, match="'staging'"):
                client.get_app(*APP)
            sent(fake)


def test_a_wrong_key_is_told_by_the_route_that_there_is(todays: FakeAncla) -> None:
    with AnclaClient("wrong", todays.url) as client:
        with pytest.raises(AuthenticationError) as caught:
            client.list_apps("acme", "shop")
        assert caught.value.url == f"{todays.url}/api/v1{PROJECT}/envs/production/services"


def test_a_lost_response_is_no_reason_to_ask(todays: FakeAncla) -> None:
    with client_of(todays) as client:
        todays.drop_next()
        with pytest.raises(APIConnectionError):
            deploy(client)
    assert len(todays.requests) == 1


# What follows from what was sent


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.get_app(*APP),
        lambda c: c.create_app("acme", "shop", "New", "wind"),
    ],
)
def test_a_value_error_of_a_users_function_comes_through_and_nothing_is_asked(call: Call) -> None:
    calls: list[int] = []

    def headers() -> dict[str, str]:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("no token yet")
        return {}

    with fake_with_app(routes="slugs") as fake:
        with client_of(fake) as client:
            with pytest.raises(ValueError, match="^no token yet$"):
                call(client.with_options(headers=headers))
            assert sent(fake) == []
            call(client.with_options(headers=headers))


@pytest.mark.parametrize("orgs", [[], {"items": []}, [{"slug": None}], [{"slug": "a/b"}], [5]])
def test_what_slug_routes_alone_can_do_is_done_where_no_organization_can_be_asked_for(
    orgs: object,
) -> None:
    def respond(connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        if path.startswith("/workspaces") or path == "/projects":
            connection.send(json_reply({"detail": "Not Found"}, 404))
        else:
            connection.send(json_reply(orgs if path == "/organizations" else {}))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            client.delete_app(*APP)
        assert server.requests[-1].method == "DELETE"
        assert server.requests[-1].target == "/api/v1/applications/acme/shop/web"
