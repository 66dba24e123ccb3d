"""The retired route sets: which requests a call is, what they lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    InvalidResponseError,
    NotFoundError,
    ValidationError,
)
from ancla.testing import FakeAncla
from tests.api.test_chosen_slugs import SLUG, Create, every_call
from tests.clients import client_of, fake_with_app, sent
from tests.documented_calls import ALL_CALLS, APP, Ids, calls_named, deploy, prepare
from tests.once import on_one_python

pytestmark = on_one_python

Call = Callable[[AnclaClient], object]


@pytest.fixture
def published() -> Iterator[FakeAncla]:
    with FakeAncla(routes="published") as fake:
        prepare(fake)
        yield fake


def app_id(fake: FakeAncla) -> str:
    with client_of(fake) as client:
        identifier = client.get_app(*APP).id
    fake.clear_requests()
    return identifier


@pytest.mark.parametrize(
    "name", ["create_release", "deploy_release", "toggle_org_admin", "set_config"]
)
def test_a_change_whose_response_was_lost_is_not_sent_again(name: str) -> None:
    with FakeAncla(routes="published") as fake, client_of(fake, max_retries=2) as client:
        ids = prepare(fake)
        fake.drop_next(handled=True, method="POST")
        with pytest.raises(APIConnectionError):
            ALL_CALLS[name](client, ids)
        assert [request.method for request in fake.requests].count("POST") == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.delete_org("acme"),
        lambda c: c.delete_config(*APP, "MODE"),
        lambda c: c.scale_app(*APP, {"web": 1}),
    ],
)
def test_a_server_that_says_it_did_not_do_it_is_believed(
    call: Call,
) -> None:
    with FakeAncla(routes="both") as fake, client_of(fake, routes="slugs") as client:
        fake.fail_next(200, body={"ok": False})
        with pytest.raises(InvalidResponseError, match="'ok' is false") as caught:
            call(client)
        assert caught.value.method == fake.requests[0].method
        fake.fail_next(200, body={"ok": True})
        call(client)


CHANGES: list[tuple[str, Call, dict[str, Any]]] = [
    ("both", lambda c: c.scale_app(*APP, {"web": 2}), {"process_counts": {"web": 2}}),
    ("both", lambda c: c.update_app(*APP, subdirectory="x"), {"subdirectory": "x"}),
    (
        "published",
        lambda c: c.add_org_member("acme", "ada", admin=True),
        {"username": "ada", "admin": True},
    ),
    (
        "published",
        lambda c: c.import_config(*APP, {"A": "1"}, secret=True),
        {"variables": {"A": "1"}, "secret": True, "buildtime": False},
    ),
    (
        "published",
        lambda c: c.import_config(*APP, "A=1", buildtime=True),
        {"raw": "A=1", "secret": False, "buildtime": True},
    ),
]


@pytest.mark.parametrize(("routes", "call", "body"), CHANGES)
def test_a_change_sends_what_it_was_given(routes: str, call: Call, body: dict[str, Any]) -> None:
    with FakeAncla(routes="both") as fake:
        prepare(fake)
        for generation in {"published", routes.replace("both", "slugs")}:
            with client_of(fake, routes=generation) as client:
                call(client)
            assert fake.requests[-1].body == body


def test_a_name_that_has_no_slug_is_refused_where_one_is_needed(published: FakeAncla) -> None:
    with client_of(published, routes="published") as client:
        with pytest.raises(ValueError, match="name must hold a letter or digit"):
            client.create_org("日本")
    assert published.requests == []


def test_a_name_that_has_no_slug_does_not_hide_what_the_server_said() -> None:
    with FakeAncla(routes="slugs") as fake, client_of(fake) as client:
        fake.fail_next(422, body={"message": "that name is taken"})
        with pytest.raises(ValidationError, match="that name is taken"):
            client.create_org("日本")


@pytest.mark.parametrize("routes", ["auto", "published"])
@pytest.mark.parametrize(
    ("doubt", "call"),
    [
        ("slug is 'My Org', .* 'my-org'", lambda c: c.get_org("My Org")),
        ("org is 'Acme', .* 'acme'", lambda c: c.create_project("Acme", "Name")),
        ("project is '日本', .* 'my-app'", lambda c: c.list_images("acme", "日本", "web")),
        ("app is 'Web_App', .* 'web-app'", lambda c: c.list_config("acme", "shop", "Web_App")),
    ],
)
def test_what_looks_like_a_name_and_not_like_a_slug_is_pointed_out_when_it_is_not_found(
    published: FakeAncla, routes: Any, doubt: str, call: Call
) -> None:
    with client_of(published, routes=routes) as client:
        with pytest.raises(NotFoundError, match=f"status 404: Not Found .{doubt}"):
            call(client)


def test_creations_on_published_routes_look_up_the_parents_id(published: FakeAncla) -> None:
    with client_of(published, routes="published") as client:
        org_id = client.get_org("acme").id
        project = client.create_project("acme", "New Project")
        app = client.create_app("acme", "new-project", "New App", "wind")
        bodies = [request.body for request in published.requests if request.method == "POST"]
        assert bodies == [
            {"name": "New Project", "slug": "new-project", "organization_id": org_id},
            {"name": "New App", "slug": "new-app", "project_id": project.id},
        ]
        assert app.slug == "new-app"


def test_list_projects_keeps_those_of_the_organization(published: FakeAncla) -> None:
    published.add_app("other", "elsewhere", "app")
    with client_of(published) as client:
        assert [project.slug for project in client.list_projects("acme")] == ["shop"]
        published.clear_requests()
        assert [project.slug for project in client.list_projects("other")] == ["elsewhere"]
        assert sent(published) == ["GET /projects"]
        published.fail_next(200, body=[5])
        with pytest.raises(InvalidResponseError):
            client.list_projects("acme")


def test_config_on_published_routes_is_created_changed_and_deleted_by_id(
    published: FakeAncla,
) -> None:
    identifier = app_id(published)
    with client_of(published, routes="published") as client:
        created = client.set_config(*APP, "NEW", "1", buildtime=True)
        changed = client.set_config(*APP, "NEW", "2")
        assert changed.value == "2"
        assert changed.buildtime is True
        client.delete_config(*APP, "NEW")
        here = f"/configurations/{identifier}"
        created_with, changed_to = (published.requests[number].body for number in (2, 5))
        assert created_with == {"name": "NEW", "value": "1", "secret": False, "buildtime": True}
        assert changed_to == {"value": "2", "secret": False}
        look_up = "GET /applications/acme/shop/web"
        assert sent(published) == [
            *(look_up, f"GET {here}", f"POST {here}"),
            *(look_up, f"GET {here}", f"PATCH {here}/{created.id}"),
            *(look_up, f"GET {here}", f"DELETE {here}/{created.id}"),
        ]


ONLY_TODAY: list[Callable[[AnclaClient, Ids], object]] = [
    *calls_named(
        "list_org_members list_teams create_team check_health list_api_keys create_api_key"
        " list_environments get_environment create_environment update_environment"
        " deploy_environment list_environment_deployments get_environment_deployment"
        " get_environment_deployment_log rollback_app promote_app preview_promotion"
        " list_pipeline_history get_observability get_resolved_config list_shared_config"
        " set_shared_config"
    ),
    lambda c, _: c.get_api_key("some-id"),
    lambda c, _: c.revoke_api_key("some-id"),
    lambda c, _: c.delete_api_key("some-id"),
    lambda c, _: c.wait_for_environment_deployment("acme", "shop", "staging", "some-id"),
    lambda c, _: c.get_shared_config("acme", "shop", key="K"),
    lambda c, _: c.set_shared_config("acme", team="core", key="K", value="v", secret=True),
    lambda c, _: c.delete_shared_config("acme", "shop", environment="staging", key="K"),
    lambda c, _: c.import_shared_config(
        "acme", "shop", environment="staging", variables={"A": "1"}
    ),
]


@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
def test_what_only_todays_api_has_is_refused_pinned_or_after_one_question(routes: Any) -> None:
    with FakeAncla(routes=routes) as fake:
        ids = prepare(fake)
        for call in ONLY_TODAY:
            for pinned in ("auto", "published" if routes == "both" else routes):
                with client_of(fake, routes=pinned) as client:
                    with pytest.raises(AnclaError, match="^this server cannot .*nothing was chang"):
                        call(client, ids)
                requests = sent(fake)
                assert len(requests) == (2 if pinned == "auto" else 0)
                assert requests[1:] in ([], ["GET /workspaces"])


REFUSED: list[tuple[str, Call]] = [
    ("delete an organization", lambda c: c.delete_org("acme")),
    ("rename an organization", lambda c: c.update_org("acme", "New")),
    ("delete a project", lambda c: c.delete_project("acme", "shop")),
    ("rename a project", lambda c: c.update_project("acme", "shop", "New")),
    ("delete an application", lambda c: c.delete_app(*APP)),
    ("change an application's name", lambda c: c.update_app(*APP, name="New")),
    ("change an application's platform", lambda c: c.update_app(*APP, platform="sea")),
    *[
        (f"change an application's {name}", lambda c, name=name: c.update_app(*APP, **{name: None}))
        for name in ("process_counts", "process_pod_classes", "privileged")
    ],
    (
        "change an application's name and platform",
        lambda c: c.update_app(*APP, platform="sea", name="New", auto_deploy_branch="main"),
    ),
]


@pytest.mark.parametrize(("what", "call"), REFUSED)
def test_what_published_routes_cannot_do_is_refused_and_nothing_is_sent(
    published: FakeAncla, what: str, call: Call
) -> None:
    with client_of(published, routes="published") as client:
        with pytest.raises(AnclaError, match=f"this server cannot {what}:") as caught:
            call(client)
    assert type(caught.value) is AnclaError
    assert published.requests == []


def test_an_application_that_is_gone_is_not_taken_for_a_missing_route() -> None:
    with fake_with_app(routes="both") as fake, client_of(fake) as client, client_of(fake) as other:
        client.build_image(*APP)
        other.delete_app(*APP)
        with pytest.raises(NotFoundError) as caught:
            client.build_image(*APP)
        assert str(caught.value).startswith("GET ")
        fake.clear_requests()
        with pytest.raises(NotFoundError):
            client.build_image(*APP)
        assert sent(fake) == ["GET /applications/acme/shop/web"]


@pytest.mark.parametrize("method", ["get_config", "delete_config"])
def test_a_variable_that_is_not_listed_is_missing_where_it_was_looked_for(
    published: FakeAncla, method: str
) -> None:
    with client_of(published, routes="published") as client:
        with pytest.raises(NotFoundError, match="no config variable 'MISSING'") as caught:
            getattr(client, method)(*APP, "MISSING")
    assert (caught.value.method, caught.value.status_code) == ("GET", 404)
    assert caught.value.url == f"{published.url}{published.requests[-1].path}"


@pytest.mark.parametrize("identifier", ["..", "", 5, None])
def test_an_id_that_cannot_be_one_is_the_servers_fault(
    published: FakeAncla, identifier: object
) -> None:
    with client_of(published, routes="published") as client:
        published.fail_next(200, body={"id": identifier, "name": "web", "slug": "web"})
        with pytest.raises(InvalidResponseError, match="no usable id") as caught:
            client.list_images(*APP)
        assert type(caught.value) is InvalidResponseError  # a name that users can look up
        url = f"{published.url}/api/v1/applications/acme/shop/web"
        assert f"GET {url} succeeded, but" in str(caught.value)
        client.list_config(*APP)
        published.fail_next(200, body=[5, {"id": identifier, "name": "MODE"}])
        with pytest.raises(InvalidResponseError, match="no usable id") as caught:
            client.delete_config(*APP, "MODE")
        assert f"GET {published.url}{published.requests[-1].path} succeeded" in str(caught.value)


@every_call
def test_slug_routes_cannot_send_a_slug_so_nothing_is_created(kind: str, create: Create) -> None:
    with fake_with_app(routes="slugs") as fake:
        with AnclaClient(fake.api_key, fake.url, routes="slugs") as client:
            with pytest.raises(AnclaError, match=rf"cannot create an? {kind} with a given slug"):
                create(client, slug=SLUG)
        assert fake.requests == []


@pytest.mark.parametrize("method", ["deploy_app", "deploy_and_wait"])
@pytest.mark.parametrize("routes", ["slugs", "published"])
@pytest.mark.parametrize("is_pinned", [True, False])
def test_servers_with_retired_routes_cannot_do_it_and_do_nothing(
    is_pinned: bool, routes: Any, method: str
) -> None:
    with fake_with_app(routes=routes) as fake:
        with client_of(fake, routes=routes if is_pinned else "auto") as client:
            with pytest.raises(
                AnclaError, match="cannot deploy config variables without a build: .*was changed"
            ):
                getattr(client, method)(*APP, config_only=True)
            assert not is_pinned or sent(fake) == []
            assert client.list_images(*APP) == []
            assert deploy(client).image_id
