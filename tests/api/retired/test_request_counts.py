"""How many requests a call takes on retired routes: from a new client, and from a warm one."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.documented_calls import ALL_CALLS, APP, prepare
from tests.once import on_one_python

pytestmark = on_one_python

# On published routes: pinned from a new client, and from a warm one.
PUBLISHED = {
    **dict.fromkeys(("list_orgs", "get_org", "get_project", "list_apps", "get_app"), (1, 1)),
    **dict.fromkeys(("create_org", "list_projects", "add_org_member", "get_session"), (1, 1)),
    **dict.fromkeys(("create_project", "create_app", "deploy_app"), (2, 1)),
    **dict.fromkeys(("scale_app", "list_config", "get_config", "list_images"), (2, 1)),
    **dict.fromkeys(("list_releases", "list_deployments", "build_image", "import_config"), (2, 1)),
    **dict.fromkeys(("get_image", "get_release", "get_deployment"), (2, 1)),
    **dict.fromkeys(("get_pipeline_status", "get_pipeline_metrics"), (2, 1)),
    **dict.fromkeys(("set_config", "delete_config"), (3, 2)),
    **dict.fromkeys(("get_image_log", "get_release_log", "get_deployment_log"), (3, 1)),
    **dict.fromkeys(("create_release", "deploy_release"), (3, 1)),
    "create_release": (3, 3),
}
WARMING = ("list_images", "list_projects", "get_image", "get_release", "get_deployment")


def requests_of(name: str, routes: Any, *, warm: bool = False, **options: Any) -> int:
    pinned = options.pop("pinned", "auto")
    with FakeAncla(routes=routes, **options) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, max_retries=0, routes=pinned) as client:
            if warm:
                for each in WARMING:
                    ALL_CALLS[each](client, ids)
                client.create_project("acme", "First")
                client.create_app("acme", "shop", "First", "wind")
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
    new, warm = PUBLISHED[name]
    assert requests_of(name, "published", pinned="published") == new
    assert requests_of(name, "published", warm=True) == warm
    # Today's route, with its recipe, and at most four questions before.
    assert requests_of(name, "published") <= new + 6


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_a_request_of_both_retired_route_sets_needs_no_question_which_one_it_is(
    routes: Any,
) -> None:
    with FakeAncla(routes=routes) as fake:
        prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            client.get_org("acme")
            client.get_app(*APP)
        paths = [request.path.removeprefix("/api/v1") for request in fake.requests]
    assert paths == [
        *("/workspaces/acme", "/workspaces", "/organizations"),
        *("/organizations/acme", "/applications/acme/shop/web"),
    ]
