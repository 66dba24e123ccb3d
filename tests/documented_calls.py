"""The documented calls as one table: what the user writes, and what goes over the wire.

The state before the first of them: organization `acme`, project `shop`, application `web` with one
finished pipeline and the config variable MODE. Each row may rely on what the rows above did.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ancla import AnclaClient, AnclaError
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


class WorkspacesCall(NamedTuple):
    """What a call sends on workspaces routes once they are known.

    `works`: "yes", "lenient" where the server has the routes that are not published, or "no".
    """

    requests: tuple[str, ...]
    body: object = None
    works: str = "yes"


_P = "/workspaces/acme/projects/shop"
_S = f"{_P}/envs/production/services"
_V = f"{_S}/web"

WORKSPACES_CALLS = {
    "list_orgs": WorkspacesCall(("GET /workspaces",)),
    "get_org": WorkspacesCall(("GET /workspaces/acme",)),
    "create_org": WorkspacesCall(("POST /workspaces",), {"name": "New Org"}),
    "update_org": WorkspacesCall(("PATCH /workspaces/acme",), {"name": "Acme Inc"}, "lenient"),
    "list_projects": WorkspacesCall(("GET /workspaces/acme/projects",)),
    "get_project": WorkspacesCall((f"GET {_P}",)),
    "create_project": WorkspacesCall(
        ("POST /workspaces/acme/projects",), {"name": "New Project", "slug": "new-project"}
    ),
    "update_project": WorkspacesCall((f"PATCH {_P}",), {"name": "The Shop"}),
    "list_apps": WorkspacesCall((f"GET {_S}",)),
    "get_app": WorkspacesCall((f"GET {_V}",)),
    "create_app": WorkspacesCall(
        (f"POST {_S}",), {"name": "New App", "slug": "new-app", "platform": "wind"}
    ),
    # Of the two fields that the table changes, `subdirectory` is not known there.
    "update_app": WorkspacesCall((), works="no"),
    "deploy_app": WorkspacesCall((f"POST {_V}/deploy",)),
    "scale_app": WorkspacesCall(
        (f"POST {_V}/scale",), {"process_counts": {"web": 2, "worker": 0}}, "lenient"
    ),
    "list_config": WorkspacesCall((f"GET {_V}/config",)),
    "get_config": WorkspacesCall((f"GET {_V}/config",)),
    "set_config": WorkspacesCall(
        (f"GET {_V}/config", f"POST {_V}/config"),
        {"name": "TOKEN", "value": "t0k3n", "secret": True},
    ),
    "delete_config": WorkspacesCall(
        (f"GET {_V}/config", f"DELETE {_V}/config/VARIABLE"), works="lenient"
    ),
    "list_images": WorkspacesCall((f"GET {_V}/builds",)),
    "get_image": WorkspacesCall((f"GET {_V}/builds/1",)),
    "list_releases": WorkspacesCall((), works="no"),
    "get_release": WorkspacesCall((), works="no"),
    "create_release": WorkspacesCall((), works="no"),
    "list_deployments": WorkspacesCall((f"GET {_V}/deploys",)),
    "get_deployment": WorkspacesCall((f"GET {_V}/deploys/{{deployment}}",)),
    "delete_app": WorkspacesCall((f"DELETE {_V}",), works="lenient"),
    "delete_project": WorkspacesCall((f"DELETE {_P}",), works="lenient"),
    "delete_org": WorkspacesCall(("DELETE /workspaces/acme",), works="lenient"),
}


def prepare(fake: FakeAncla) -> Ids:
    """Makes the state that the table starts from, through a client of its own."""
    fake.add_app(*APP)
    with AnclaClient(fake.api_key, fake.url) as client:
        client.set_config(*APP, "MODE", "test")
        client.deploy_app(*APP)
        while fake.advance():
            pass
        try:
            release = client.list_releases(*APP)[0].id
        except AnclaError:
            release = "servers-with-workspaces-have-none"
        ids = Ids(client.list_images(*APP)[0].id, release, client.list_deployments(*APP)[0].id)
    fake.clear_requests()
    return ids


def filled_in(template: object, ids: Ids) -> Any:
    """The table's path or body with the ids in place of their {names}."""
    if isinstance(template, str):
        return template.format(**ids._asdict())
    if isinstance(template, dict):
        return {key: filled_in(value, ids) for key, value in template.items()}
    return template
