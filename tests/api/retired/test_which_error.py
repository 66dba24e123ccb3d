"""Which 404 a new client raises: the one that says what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ancla import AnclaClient, NotFoundError
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


def not_found(fake: FakeAncla, call: Callable[..., object], *ids: Ids) -> str:
    """Where the first call of a new client finds nothing."""
    with AnclaClient(fake.api_key, fake.url) as client:
        with pytest.raises(NotFoundError) as caught:
            call(client, *ids)
    assert caught.value.url is not None
    return f"{caught.value.method} {caught.value.url.partition('/api/v1')[2]}"


def test_on_published_routes_it_is_the_application_that_is_missing() -> None:
    with FakeAncla(routes="published") as fake:
        fake.add_app("acme", "shop", "another")
        for call in NEED_AN_APP:
            where = not_found(fake, call, Ids("1", "1", "1"))
            assert where == "GET /applications/acme/shop/web"


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
        assert not_found(fake, call) == told


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
