"""How many requests a call takes: from a new client, and from one that knows the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.documented_calls import APP, CALLS, Ids, prepare

ONLY_PUBLISHED: dict[str, Callable[[AnclaClient, Ids], Any]] = {
    "add_org_member": lambda c, _: c.add_org_member("acme", "ada"),
    "get_session": lambda c, _: c.get_session(),
    "build_image": lambda c, _: c.build_image(*APP),
    "get_image_log": lambda c, ids: c.get_image_log(*APP, ids.image),
    "get_release_log": lambda c, ids: c.get_release_log(*APP, ids.release),
    "deploy_release": lambda c, ids: c.deploy_release(*APP, ids.release),
    "get_deployment_log": lambda c, ids: c.get_deployment_log(*APP, ids.deployment),
    "get_pipeline_status": lambda c, _: c.get_pipeline_status(*APP),
    "get_pipeline_metrics": lambda c, _: c.get_pipeline_metrics(*APP),
    "import_config": lambda c, _: c.import_config(*APP, {"A": "1"}),
}
DOCUMENTED = {row.name: row.call for row in CALLS}
# From a new client and from a warm one. On slug routes each is one, but the first get_deployment.
PUBLISHED = {
    **dict.fromkeys(("list_orgs", "get_org", "get_project", "list_apps", "get_app"), (1, 1)),
    **dict.fromkeys(("create_org", "list_projects"), (2, 1)),
    **dict.fromkeys(("create_project", "create_app", "update_app", "deploy_app"), (3, 1)),
    **dict.fromkeys(("scale_app", "list_config", "get_config", "list_images"), (3, 1)),
    **dict.fromkeys(("get_image", "list_releases", "get_release", "list_deployments"), (3, 1)),
    **dict.fromkeys(("set_config", "delete_config"), (4, 2)),
    "get_deployment": (2, 1),
    "create_release": (4, 3),
    **dict.fromkeys(("add_org_member", "get_session"), (1, 1)),
    **dict.fromkeys(("build_image", "import_config"), (2, 1)),
    **dict.fromkeys(("get_pipeline_status", "get_pipeline_metrics"), (2, 1)),
    **dict.fromkeys(("get_image_log", "get_release_log", "get_deployment_log"), (3, 1)),
    "deploy_release": (3, 1),
}


def requests_of(call: Callable[[AnclaClient, Ids], Any], routes: Any, is_warm: bool) -> int:
    with FakeAncla(routes=routes) as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            if is_warm:
                client.list_images(*APP)
                client.get_org("acme")
                client.get_project("acme", "shop")
                client.get_image(*APP, ids.image)
                client.get_release(*APP, ids.release)
                client.get_deployment(*APP, ids.deployment)
            fake.clear_requests()
            call(client, ids)
        return len(fake.requests)


def test_every_call_that_published_routes_can_do_has_its_number() -> None:
    assert {row.name for row in CALLS if row.published} | ONLY_PUBLISHED.keys() == PUBLISHED.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_on_published_routes_a_call_takes_no_request_that_it_does_not_need(name: str) -> None:
    call = {**DOCUMENTED, **ONLY_PUBLISHED}[name]
    counts = tuple(requests_of(call, "published", is_warm) for is_warm in (False, True))
    assert counts == PUBLISHED[name]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_on_slug_routes_a_call_is_one_request(name: str) -> None:
    counts = tuple(requests_of(DOCUMENTED[name], "slugs", is_warm) for is_warm in (False, True))
    assert counts == ((2, 1) if name == "get_deployment" else (1, 1))
