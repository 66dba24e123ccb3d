"""Names of the platform's own Python client, and ours for the same.

Whoever comes from it finds our name in the AttributeError. Type checkers do not see any of this.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_OURS = {
    "list_workspaces": "list_orgs",
    "get_workspace": "get_org",
    "create_workspace": "create_org",
    "update_workspace": "update_org",
    "delete_workspace": "delete_org",
    "list_envs": "list_environments",
    "get_env": "get_environment",
    "create_env": "create_environment",
    "list_services": "list_apps",
    "get_service": "get_app",
    "create_service": "create_app",
    "update_service": "update_app",
    "delete_service": "delete_app",
    "deploy_service": "deploy_app",
    "scale_service": "scale_app",
    "list_builds": "list_images",
    "get_build": "get_image",
    "get_build_log": "get_image_log",
    "list_deploys": "list_deployments",
    "get_deploy": "get_deployment",
    "Workspace": "Org",
    "WorkspaceMember": "OrgMember",
    "Service": "App",
    "Build": "Image",
    "BuildList": "list[Image]",
    "Deploy": "Deployment",
    "DeployList": "list[Deployment]",
    "DeployLog": "DeploymentLog",
    "ScaleResult": "None",
    "StageStatus": "PipelineStage",
}


def hint_for(name: str) -> str:
    """Returns the end of the message about a missing attribute, or ""."""
    return f"; {name} is {_OURS[name]} here" if name in _OURS else ""


def raise_for_missing(self: object, name: str) -> NoReturn:
    """The `__getattr__` of the clients: Python calls it only for names that do not exist."""
    message = f"{type(self).__name__!r} object has no attribute {name!r}{hint_for(name)}"
    raise AttributeError(message, name=name, obj=self)
