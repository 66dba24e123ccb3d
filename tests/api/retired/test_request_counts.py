"""How many requests a call takes on retired routes."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.documented_calls import ALL_CALLS, APP, prepare
from tests.once import on_one_python

pytestmark = on_one_python

PUBLISHED = {
    **dict.fromkeys(("list_orgs", "get_org", "get_project", "list_apps", "get_app"), 1),
    **dict.fromkeys(("create_org", "list_projects", "add_org_member", "get_session"), 1),
    **dict.fromkeys(("create_project", "create_app", "deploy_app"), 2),
    **dict.fromkeys(("scale_app", "list_config", "get_config", "list_images"), 2),
    **dict.fromkeys(("list_releases", "list_deployments", "build_image", "import_config"), 2),
    **dict.fromkeys(("get_image", "get_release", "get_deployment"), 2),
    **dict.fromkeys(("get_pipeline_status", "get_pipeline_metrics"), 2),
    **dict.fromkeys(("set_config", "delete_config"), 3),
    **dict.fromkeys(("get_image_log", "get_release_log", "get_deployment_log"), 3),
    **dict.fromkeys(("create_release", "deploy_release"), 3),
}


def requests_of(name: str, pinned: Any) -> int:
    with FakeAncla(routes="published") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, max_retries=0, routes=pinned) as client:
            fake.clear_requests()
            ALL_CALLS[name](client, ids)
        return len(fake.requests)


def test_the_numbers_of_published_routes_are_complete() -> None:
    with FakeAncla(routes="published") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes="published") as client:
            for name, call in ALL_CALLS.items():
                try:
                    call(client, ids)
                    can = True
                except AnclaError as error:
                    can = "this server cannot" not in str(error)
                members = ("remove_org_member", "toggle_org_admin")
                assert can is (name in PUBLISHED or name in members), name


@pytest.mark.parametrize("name", PUBLISHED)
def test_on_published_routes_a_call_takes_no_request_that_it_does_not_need(name: str) -> None:
    assert requests_of(name, "published") == PUBLISHED[name]
    # Today's route, with its recipe, and at most four questions before.
    assert requests_of(name, "auto") <= PUBLISHED[name] + 6


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
