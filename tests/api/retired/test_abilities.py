"""What published routes can do, and how often a server is asked which routes it has."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.api.retired.documented_calls import CALLS
from tests.documented_calls import ALL_CALLS, APP, prepare
from tests.once import on_one_python

pytestmark = on_one_python

# Beside the documented calls.
ON_PUBLISHED_ROUTES = (
    "add_org_member remove_org_member toggle_org_admin get_session get_pipeline_status"
    " get_pipeline_metrics import_config build_image get_image_log get_release_log deploy_release"
    " get_deployment_log"
).split()


def test_what_published_routes_can_do_is_complete() -> None:
    able = [row.name for row in CALLS if row.published] + ON_PUBLISHED_ROUTES
    with FakeAncla(routes="published") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes="published") as client:
            for name, call in ALL_CALLS.items():
                try:
                    call(client, ids)
                    can = True
                except AnclaError as error:
                    can = "this server cannot" not in str(error)
                assert can is (name in able), name


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_the_server_is_asked_once_which_route_sets_it_has(routes: Any) -> None:
    with FakeAncla(routes=routes) as fake:
        prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            client.get_org("acme")
            client.get_app(*APP)
        paths = [request.path.removeprefix("/api/v1") for request in fake.requests]
    assert paths == [
        *("/workspaces/acme", "/workspaces", "/organizations", "/projects", "/projects/acme"),
        *("/organizations/acme", "/applications/acme/shop/web"),
    ]
