"""What the calls of the documentation's samples send on slug routes.

Each row may rely on what the rows above did.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.documented_calls import ALL_CALLS, Call


class DocumentedCall(NamedTuple):
    """`path` is below /api/v1; `published` is False for what published routes cannot do."""

    name: str
    method: str
    path: str
    body: object = None
    published: bool = True

    @property
    def call(self) -> Call:
        return ALL_CALLS[self.name]


CALLS = [
    DocumentedCall("list_orgs", "GET", "/organizations/"),
    DocumentedCall("get_org", "GET", "/organizations/acme"),
    DocumentedCall("create_org", "POST", "/organizations/", {"name": "New Org"}),
    DocumentedCall(
        "update_org", "PATCH", "/organizations/acme", {"name": "Acme Inc"}, published=False
    ),
    DocumentedCall("list_projects", "GET", "/projects/acme"),
    DocumentedCall("get_project", "GET", "/projects/acme/shop"),
    DocumentedCall("create_project", "POST", "/projects/acme", {"name": "New Project"}),
    DocumentedCall(
        "update_project", "PATCH", "/projects/acme/shop", {"name": "The Shop"}, published=False
    ),
    DocumentedCall("list_apps", "GET", "/applications/acme/shop"),
    DocumentedCall("get_app", "GET", "/applications/acme/shop/web"),
    DocumentedCall(
        "create_app", "POST", "/applications/acme/shop", {"name": "New App", "platform": "wind"}
    ),
    DocumentedCall(
        "update_app",
        "PATCH",
        "/applications/acme/shop/web",
        {"name": "The Web", "auto_deploy_branch": "main"},
        published=False,
    ),
    # Before there is a newer image: servers with published routes take the newest.
    DocumentedCall(
        "create_release", "POST", "/releases/acme/shop/web/create", {"image_id": "{image}"}
    ),
    DocumentedCall("deploy_app", "POST", "/applications/acme/shop/web/deploy"),
    DocumentedCall(
        "scale_app",
        "POST",
        "/applications/acme/shop/web/scale",
        {"process_counts": {"web": 2, "worker": 0}},
    ),
    DocumentedCall("list_config", "GET", "/configurations/acme/shop/web"),
    DocumentedCall("get_config", "GET", "/configurations/acme/shop/web/MODE"),
    DocumentedCall(
        "set_config",
        "POST",
        "/configurations/acme/shop/web",
        {"name": "TOKEN", "value": "t0k3n", "secret": True},
    ),
    DocumentedCall("delete_config", "DELETE", "/configurations/acme/shop/web/MODE"),
    DocumentedCall("list_images", "GET", "/images/acme/shop/web"),
    DocumentedCall("get_image", "GET", "/images/acme/shop/web/{image}"),
    DocumentedCall("list_releases", "GET", "/releases/acme/shop/web"),
    DocumentedCall("get_release", "GET", "/releases/acme/shop/web/{release}"),
    DocumentedCall("list_deployments", "GET", "/deployments/acme/shop/web"),
    DocumentedCall("get_deployment", "GET", "/deployments/{deployment}/detail"),
    DocumentedCall("delete_app", "DELETE", "/applications/acme/shop/web", published=False),
    DocumentedCall("delete_project", "DELETE", "/projects/acme/shop", published=False),
    DocumentedCall("delete_org", "DELETE", "/organizations/acme", published=False),
]
