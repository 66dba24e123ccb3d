"""The calls of the client as one table: what the user writes, and what goes over the wire.

ALL_CALLS are the calls, and TODAYS_CALLS says what each sends on today's API.

The state before the first of them: organization `acme`, project `shop`, application `web` with one
finished pipeline and the config variable MODE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ancla import AnclaClient, AnclaError, DeployResult
from ancla.testing import FakeAncla

APP = ("acme", "shop", "web")


class Ids(NamedTuple):
    """What the platform chose when the state was made."""

    image: str
    release: str
    deployment: str


Call = Callable[[AnclaClient, Ids], Any]


# The calls of the documentation's samples, in an order that works.
SAMPLES = (
    "list_orgs get_org create_org update_org list_projects get_project create_project"
    " update_project list_apps get_app create_app update_app create_release deploy_app scale_app"
    " list_config get_config set_config delete_config list_images get_image list_releases"
    " get_release list_deployments get_deployment delete_app delete_project delete_org"
).split()

# Each with the arguments that the tables name.
ALL_CALLS: dict[str, Call] = {
    "list_orgs": lambda c, _: c.list_orgs(),
    "get_org": lambda c, _: c.get_org("acme"),
    "create_org": lambda c, _: c.create_org("New Org"),
    "update_org": lambda c, _: c.update_org("acme", "Acme Inc"),
    "list_projects": lambda c, _: c.list_projects("acme"),
    "get_project": lambda c, _: c.get_project("acme", "shop"),
    "create_project": lambda c, _: c.create_project("acme", "New Project"),
    "update_project": lambda c, _: c.update_project("acme", "shop", "The Shop"),
    "list_apps": lambda c, _: c.list_apps("acme", "shop"),
    "get_app": lambda c, _: c.get_app(*APP),
    "create_app": lambda c, _: c.create_app("acme", "shop", "New App", "wind"),
    "update_app": lambda c, _: c.update_app(*APP, name="The Web", auto_deploy_branch="main"),
    "create_release": lambda c, ids: c.create_release(*APP, ids.image),
    "deploy_app": lambda c, _: c.deploy_app(*APP),
    "scale_app": lambda c, _: c.scale_app(*APP, {"web": 2, "worker": 0}),
    "list_config": lambda c, _: c.list_config(*APP),
    "get_config": lambda c, _: c.get_config(*APP, "MODE"),
    "set_config": lambda c, _: c.set_config(*APP, "TOKEN", "t0k3n", True),
    "delete_config": lambda c, _: c.delete_config(*APP, "MODE"),
    "list_images": lambda c, _: c.list_images(*APP),
    "get_image": lambda c, ids: c.get_image(*APP, ids.image),
    "list_releases": lambda c, _: c.list_releases(*APP),
    "get_release": lambda c, ids: c.get_release(*APP, ids.release),
    "list_deployments": lambda c, _: c.list_deployments(*APP),
    "get_deployment": lambda c, ids: c.get_deployment(*APP, ids.deployment),
    "delete_app": lambda c, _: c.delete_app(*APP),
    "delete_project": lambda c, _: c.delete_project("acme", "shop"),
    "delete_org": lambda c, _: c.delete_org("acme"),
    "add_org_member": lambda c, _: c.add_org_member("acme", "ada"),
    "remove_org_member": lambda c, _: c.remove_org_member("acme", "some-id"),
    "toggle_org_admin": lambda c, _: c.toggle_org_admin("acme", "some-id"),
    "get_session": lambda c, _: c.get_session(),
    "list_environments": lambda c, _: c.list_environments("acme", "shop"),
    "get_environment": lambda c, _: c.get_environment("acme", "shop", "staging"),
    "create_environment": lambda c, _: c.create_environment("acme", "shop", "PR 7"),
    "rollback_app": lambda c, _: c.rollback_app(*APP),
    "promote_app": lambda c, _: c.promote_app(*APP, "production", "staging"),
    "get_pipeline_status": lambda c, _: c.get_pipeline_status(*APP),
    "get_pipeline_metrics": lambda c, _: c.get_pipeline_metrics(*APP),
    "import_config": lambda c, _: c.import_config(*APP, {"A": "1"}),
    "build_image": lambda c, _: c.build_image(*APP),
    "list_org_members": lambda c, _: c.list_org_members("acme"),
    "list_teams": lambda c, _: c.list_teams("acme"),
    "create_team": lambda c, _: c.create_team("acme", "Core"),
    "check_health": lambda c, _: c.check_health(),
    "list_api_keys": lambda c, _: c.list_api_keys(),
    "create_api_key": lambda c, _: c.create_api_key("ci"),
    "update_environment": lambda c, _: c.update_environment("acme", "shop", "staging", "Stage"),
    "deploy_environment": lambda c, _: c.deploy_environment("acme", "shop", "production"),
    "list_environment_deployments": lambda c, _: c.list_environment_deployments(
        "acme", "shop", "production"
    ),
    "get_environment_deployment": lambda c, ids: c.get_environment_deployment(
        "acme", "shop", "production", ids.deployment
    ),
    "get_environment_deployment_log": lambda c, ids: c.get_environment_deployment_log(
        "acme", "shop", "production", ids.deployment
    ),
    "preview_promotion": lambda c, _: c.preview_promotion(*APP, "production", "staging"),
    "list_pipeline_history": lambda c, _: c.list_pipeline_history(*APP),
    "get_observability": lambda c, _: c.get_observability(*APP),
    "get_resolved_config": lambda c, _: c.get_resolved_config(*APP),
    "list_shared_config": lambda c, _: c.list_shared_config("acme"),
    "set_shared_config": lambda c, _: c.set_shared_config("acme", "shop", key="K", value="v"),
    "get_image_log": lambda c, ids: c.get_image_log(*APP, ids.image),
    "get_release_log": lambda c, ids: c.get_release_log(*APP, ids.release),
    "deploy_release": lambda c, ids: c.deploy_release(*APP, ids.release),
    "get_deployment_log": lambda c, ids: c.get_deployment_log(*APP, ids.deployment),
}


def calls_named(names: str) -> list[Call]:
    """The calls of these methods, whose names are separated by spaces."""
    return [ALL_CALLS[name] for name in names.split()]


class TodaysCall(NamedTuple):
    """What a call sends on today's API; a new client looks up the version of a build besides.

    `works`: "yes", "lenient" where the server has the routes that are not published, or "no".
    """

    requests: tuple[str, ...]
    body: object = None
    works: str = "yes"


_P = "/workspaces/acme/projects/shop"
_S = f"{_P}/envs/production/services"
_V = f"{_S}/web"

TODAYS_CALLS = {
    "list_orgs": TodaysCall(("GET /workspaces",)),
    "get_org": TodaysCall(("GET /workspaces/acme",)),
    "create_org": TodaysCall(("POST /workspaces",), {"name": "New Org"}),
    "update_org": TodaysCall(("PATCH /workspaces/acme",), {"name": "Acme Inc"}, "lenient"),
    "list_projects": TodaysCall(("GET /workspaces/acme/projects",)),
    "get_project": TodaysCall((f"GET {_P}",)),
    "create_project": TodaysCall(
        ("POST /workspaces/acme/projects",), {"name": "New Project", "slug": "new-project"}
    ),
    "update_project": TodaysCall((f"PATCH {_P}",), {"name": "The Shop"}),
    "list_apps": TodaysCall((f"GET {_S}",)),
    "get_app": TodaysCall((f"GET {_V}",)),
    "create_app": TodaysCall(
        (f"POST {_S}",), {"name": "New App", "slug": "new-app", "platform": "wind"}
    ),
    "update_app": TodaysCall((f"PATCH {_V}",), {"name": "The Web", "auto_deploy_branch": "main"}),
    "deploy_app": TodaysCall((f"POST {_V}/deploy",)),
    "scale_app": TodaysCall(
        (f"POST {_V}/scale",), {"process_counts": {"web": 2, "worker": 0}}, "lenient"
    ),
    "list_config": TodaysCall((f"GET {_V}/config",)),
    "get_config": TodaysCall((f"GET {_V}/config",)),
    "set_config": TodaysCall(
        (f"GET {_V}/config", f"POST {_V}/config"),
        {"name": "TOKEN", "value": "t0k3n", "secret": True},
    ),
    "delete_config": TodaysCall(
        (f"GET {_V}/config", f"DELETE {_V}/config/VARIABLE"), works="lenient"
    ),
    "list_images": TodaysCall((f"GET {_V}/builds",)),
    "get_image": TodaysCall((f"GET {_V}/builds/1",)),
    "list_releases": TodaysCall((), works="no"),
    "get_release": TodaysCall((), works="no"),
    "create_release": TodaysCall((), works="no"),
    "list_deployments": TodaysCall((f"GET {_V}/deploys",)),
    "get_deployment": TodaysCall((f"GET {_V}/deploys/{{deployment}}",)),
    "delete_app": TodaysCall((f"DELETE {_V}",), works="lenient"),
    "delete_project": TodaysCall((f"DELETE {_P}",), works="lenient"),
    "delete_org": TodaysCall(("DELETE /workspaces/acme",), works="lenient"),
    "add_org_member": TodaysCall(("POST /workspaces/acme/members", "GET /workspaces/acme")),
    "remove_org_member": TodaysCall((), works="no"),
    "toggle_org_admin": TodaysCall((), works="no"),
    "get_session": TodaysCall(("GET /auth/session",)),
    "list_environments": TodaysCall((f"GET {_P}/envs",)),
    "get_environment": TodaysCall((f"GET {_P}/envs/staging",)),
    "create_environment": TodaysCall((f"POST {_P}/envs",), {"name": "PR 7"}),
    "rollback_app": TodaysCall((f"POST {_P}/pipeline/rollback",)),
    "promote_app": TodaysCall((f"POST {_P}/promote",)),
    "get_pipeline_status": TodaysCall((f"GET {_P}/pipeline/status",)),
    "get_pipeline_metrics": TodaysCall((f"GET {_P}/pipeline/metrics",)),
    "import_config": TodaysCall((f"GET {_V}/config", f"POST {_V}/config")),
    "build_image": TodaysCall((f"POST {_V}/builds/trigger",)),
    "get_image_log": TodaysCall((f"GET {_V}/builds/1/log",)),
    "list_org_members": TodaysCall(("GET /workspaces/acme/members",)),
    "list_teams": TodaysCall(("GET /workspaces/acme/teams",)),
    "create_team": TodaysCall(("POST /workspaces/acme/teams",), {"name": "Core"}),
    "check_health": TodaysCall(("GET /integrations/health",)),
    "list_api_keys": TodaysCall(("GET /api/keys",)),
    "create_api_key": TodaysCall(("POST /api/keys",), {"name": "ci"}),
    "update_environment": TodaysCall((f"PATCH {_P}/envs/staging",), {"name": "Stage"}),
    "deploy_environment": TodaysCall((f"POST {_P}/envs/production/deploy",)),
    "list_environment_deployments": TodaysCall((f"GET {_P}/envs/production/deploys",)),
    "get_environment_deployment": TodaysCall((f"GET {_P}/envs/production/deploys/{{deployment}}",)),
    "get_environment_deployment_log": TodaysCall(
        (f"GET {_P}/envs/production/deploys/{{deployment}}/log",)
    ),
    "preview_promotion": TodaysCall((f"GET {_P}/promote/preview",)),
    "list_pipeline_history": TodaysCall((f"GET {_P}/pipeline/history",)),
    "get_observability": TodaysCall((f"GET {_P}/observability",)),
    "get_resolved_config": TodaysCall((f"GET {_V}/config/resolved",)),
    "list_shared_config": TodaysCall(("GET /workspaces/acme/config",)),
    "set_shared_config": TodaysCall((f"GET {_P}/config", f"POST {_P}/config")),
    "get_release_log": TodaysCall((), works="no"),
    "deploy_release": TodaysCall((), works="no"),
    "get_deployment_log": TodaysCall((f"GET {_V}/deploys/{{deployment}}/log",)),
}
NEEDS_A_VERSION = ("get_image", "get_image_log")


def deploy(client: AnclaClient, app: tuple[str, str, str] = APP) -> DeployResult:
    """Starts a deploy."""
    return client.deploy_app(*app)


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
