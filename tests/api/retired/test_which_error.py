"""Which 404 a new client raises: the one that says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, NotFoundError, ValidationError
from ancla.testing import FakeAncla
from tests.documented_calls import APP, Ids, calls_named, deploy, prepare
from tests.once import on_one_python

pytestmark = on_one_python

Call = Callable[[AnclaClient], object]
NEED_AN_APP: list[Callable[[AnclaClient, Ids], object]] = [
    *calls_named(
        "scale_app list_config get_config set_config delete_config list_images"
        " get_image list_releases get_release create_release list_deployments get_deployment"
        " build_image get_image_log get_pipeline_status deploy_release import_config"
    ),
    lambda c, _: c.update_app(*APP, auto_deploy_branch="main"),
    lambda c, _: deploy(c),
    lambda c, _: c.deploy_and_wait(*APP),
]


def not_found(fake: FakeAncla, call: Call) -> NotFoundError:
    """The error to the first call of a new client."""
    with AnclaClient(fake.api_key, fake.url) as client:
        with pytest.raises(NotFoundError) as caught:
            call(client)
    return caught.value


def where(error: AnclaError) -> str:
    assert error.url is not None
    return f"{error.method} {error.url.partition('/api/v1')[2]}"


def test_on_published_routes_it_is_the_application_that_is_missing() -> None:
    with FakeAncla(routes="published") as fake:
        fake.add_app("acme", "shop", "another")
        for call in NEED_AN_APP:
            with AnclaClient(fake.api_key, fake.url) as client:
                with pytest.raises(NotFoundError) as caught:
                    call(client, Ids("1", "1", "1"))
            assert where(caught.value) == "GET /applications/acme/shop/web"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda c: c.list_projects("no"), "GET /organizations/no"),
        (lambda c: c.create_project("no", "P"), "GET /organizations/no"),
        (lambda c: c.create_app("acme", "no", "A", "wind"), "GET /projects/acme/no"),
        (lambda c: c.get_image(*APP, "no"), "GET /images/no/detail"),
        (lambda c: c.get_release(*APP, "no"), "GET /releases/no/detail"),
        (lambda c: c.get_image_log(*APP, "no"), "GET /images/no/detail"),
        (lambda c: c.deploy_release(*APP, "no"), "GET /releases/no/detail"),
        (lambda c: c.get_deployment_log(*APP, "no"), "GET /deployments/no/detail"),
        (lambda c: c.add_org_member("no", "ada"), "POST /organizations/no/members"),
        (lambda c: c.remove_org_member("acme", "no"), "DELETE /organizations/acme/members/no"),
    ],
)
def test_on_published_routes_the_error_names_what_is_missing(call: Call, told: str) -> None:
    with FakeAncla(routes="published") as fake:
        prepare(fake)
        error = not_found(fake, call)
        assert where(error) == told


@pytest.mark.parametrize("routes", ["slugs", "both"])
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda c: c.get_image(*APP, "no"), "GET /images/acme/shop/web/no"),
        (lambda c: c.get_release(*APP, "no"), "GET /releases/acme/shop/web/no"),
        (lambda c: c.list_projects("no"), "GET /projects/no"),
    ],
)
def test_on_slug_routes_the_error_is_that_of_the_slug_route(
    routes: Any, call: Call, told: str
) -> None:
    with FakeAncla(routes=routes) as fake:
        prepare(fake)
        assert where(not_found(fake, call)) == told


def test_a_server_with_both_retired_sets_is_sent_the_slug_of_a_new_organization() -> None:
    with FakeAncla(routes="both") as fake:
        prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            client.list_images(*APP)
            assert client.create_org("New Org").slug == "new-org"
            assert fake.requests[-1].body == {"name": "New Org", "slug": "new-org"}
            fake.clear_requests()
            client.get_image(*APP, client.list_images(*APP)[0].id)
            assert len(fake.requests) == 2


def test_a_server_that_is_said_to_have_slug_routes_is_not_asked_for_others() -> None:
    with (
        FakeAncla(routes="both") as fake,
        AnclaClient(fake.api_key, fake.url, routes="slugs") as client,
    ):
        fake.fail_next(400)
        with pytest.raises(AnclaError):
            client.create_org("New Org")
        assert len(fake.requests) == 1


def test_a_failed_validation_of_the_framework_is_a_validation_error() -> None:
    with FakeAncla(routes="published") as fake:
        with AnclaClient(fake.api_key, fake.url, routes="published") as client:
            with pytest.raises(ValidationError, match="missing required field `slug`") as caught:
                client.request("POST", "/organizations", json={"name": "x"})
            assert caught.value.status_code == 400
            fake.fail_next(400, body={"status_code": 400, "detail": "no", "extra": {}})
            with pytest.raises(AnclaError) as other:
                client.list_orgs()
            assert type(other.value) is AnclaError
