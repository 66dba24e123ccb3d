"""The documented calls as one table: what the user writes, and what goes over the wire.

The state before the first of them: organization `acme`, project `shop`, application `web` with one
finished pipeline and the config variable MODE. Each row may rely on what the rows above did.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ancla import AnclaClient
from ancla.testing import FakeAncla

APP = ("acme", "shop", "web")


class Ids(NamedTuple):
    """What the platform chose when the state was made."""

    image: str
    release: str
    deployment: str


class DocumentedCall(NamedTuple):
    """`path` is below /api/v1; `published` is False for what published routes cannot do."""

    name: str
    call: Callable[[AnclaClient, Ids], Any]
    method: str
    path: str
    body: object = None
    published: bool = True


CALLS = [
    DocumentedCall("list_orgs", lambda c, _: c.list_orgs(), "GET", "/organizations/"),
    DocumentedCall("get_org", lambda c, _: c.get_org("acme"), "GET", "/organizations/acme"),
    DocumentedCall(
        "create_org",
        lambda c, _: c.create_org("New Org"),
        "POST",
        "/organizations/",
        {"name": "New Org"},
    ),
    DocumentedCall(
        "update_org",
        lambda c, _: c.update_org("acme", "Acme Inc"),
        "PATCH",
        "/organizations/acme",
        {"name": "Acme Inc"},
        published=False,
    ),
    DocumentedCall("list_projects", lambda c, _: c.list_projects("acme"), "GET", "/projects/acme"),
    DocumentedCall(
        "get_project", lambda c, _: c.get_project("acme", "shop"), "GET", "/projects/acme/shop"
    ),
    DocumentedCall(
        "create_project",
        lambda c, _: c.create_project("acme", "New Project"),
        "POST",
        "/projects/acme",
        {"name": "New Project"},
    ),
    DocumentedCall(
        "update_project",
        lambda c, _: c.update_project("acme", "shop", "The Shop"),
        "PATCH",
        "/projects/acme/shop",
        {"name": "The Shop"},
        published=False,
    ),
    DocumentedCall(
        "list_apps", lambda c, _: c.list_apps("acme", "shop"), "GET", "/applications/acme/shop"
    ),
    DocumentedCall("get_app", lambda c, _: c.get_app(*APP), "GET", "/applications/acme/shop/web"),
    DocumentedCall(
        "create_app",
        lambda c, _: c.create_app("acme", "shop", "New App", "wind"),
        "POST",
        "/applications/acme/shop",
        {"name": "New App", "platform": "wind"},
    ),
    DocumentedCall(
        "update_app",
        lambda c, _: c.update_app(*APP, auto_deploy_branch="main", subdirectory=None),
        "PATCH",
        "/applications/acme/shop/web",
        {"auto_deploy_branch": "main", "subdirectory": None},
    ),
    # Before there is a newer image: servers with published routes take the newest.
    DocumentedCall(
        "create_release",
        lambda c, ids: c.create_release(*APP, ids.image),
        "POST",
        "/releases/acme/shop/web/create",
        {"image_id": "{image}"},
    ),
    DocumentedCall(
        "deploy_app", lambda c, _: c.deploy_app(*APP), "POST", "/applications/acme/shop/web/deploy"
    ),
    DocumentedCall(
        "scale_app",
        lambda c, _: c.scale_app(*APP, {"web": 2, "worker": 0}),
        "POST",
        "/applications/acme/shop/web/scale",
        {"process_counts": {"web": 2, "worker": 0}},
    ),
    DocumentedCall(
        "list_config", lambda c, _: c.list_config(*APP), "GET", "/configurations/acme/shop/web"
    ),
    DocumentedCall(
        "get_config",
        lambda c, _: c.get_config(*APP, "MODE"),
        "GET",
        "/configurations/acme/shop/web/MODE",
    ),
    DocumentedCall(
        "set_config",
        lambda c, _: c.set_config(*APP, "TOKEN", "t0k3n", True),
        "POST",
        "/configurations/acme/shop/web",
        {"name": "TOKEN", "value": "t0k3n", "secret": True},
    ),
    DocumentedCall(
        "delete_config",
        lambda c, _: c.delete_config(*APP, "MODE"),
        "DELETE",
        "/configurations/acme/shop/web/MODE",
    ),
    DocumentedCall("list_images", lambda c, _: c.list_images(*APP), "GET", "/images/acme/shop/web"),
    DocumentedCall(
        "get_image",
        lambda c, ids: c.get_image(*APP, ids.image),
        "GET",
        "/images/acme/shop/web/{image}",
    ),
    DocumentedCall(
        "list_releases", lambda c, _: c.list_releases(*APP), "GET", "/releases/acme/shop/web"
    ),
    DocumentedCall(
        "get_release",
        lambda c, ids: c.get_release(*APP, ids.release),
        "GET",
        "/releases/acme/shop/web/{release}",
    ),
    DocumentedCall(
        "list_deployments",
        lambda c, _: c.list_deployments(*APP),
        "GET",
        "/deployments/acme/shop/web",
    ),
    DocumentedCall(
        "get_deployment",
        lambda c, ids: c.get_deployment(*APP, ids.deployment),
        "GET",
        "/deployments/{deployment}/detail",
    ),
    DocumentedCall(
        "delete_app",
        lambda c, _: c.delete_app(*APP),
        "DELETE",
        "/applications/acme/shop/web",
        published=False,
    ),
    DocumentedCall(
        "delete_project",
        lambda c, _: c.delete_project("acme", "shop"),
        "DELETE",
        "/projects/acme/shop",
        published=False,
    ),
    DocumentedCall(
        "delete_org",
        lambda c, _: c.delete_org("acme"),
        "DELETE",
        "/organizations/acme",
        published=False,
    ),
]


def prepare(fake: FakeAncla) -> Ids:
    """Makes the state that the table starts from, through a client of its own."""
    fake.add_app(*APP)
    with AnclaClient(fake.api_key, fake.url) as client:
        client.set_config(*APP, "MODE", "test")
        deployment = client.deploy_and_wait(*APP, interval=0)
        ids = Ids(client.list_images(*APP)[0].id, client.list_releases(*APP)[0].id, deployment.id)
    fake.clear_requests()
    return ids


def filled_in(template: object, ids: Ids) -> Any:
    """The table's path or body with the ids in place of their {names}."""
    if isinstance(template, str):
        return template.format(**ids._asdict())
    if isinstance(template, dict):
        return {key: filled_in(value, ids) for key, value in template.items()}
    return template
