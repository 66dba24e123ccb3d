"""Names of the platform's own Python client, and ours for the same.

Whoever comes from it finds our name in the AttributeError. Type checkers do not see any of this.
"""

from __future__ import annotations

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


def raise_if_renamed(owner: str, name: str) -> None:
    """Raises AttributeError with our name if this is one of the other client's."""
    if name in _OURS:
        message = f"{owner} has no attribute {name!r}; {name} is {_OURS[name]} here"
        # With a name but no object, Python adds no "Did you mean" with another one.
        raise AttributeError(message, name=name)


def raise_for_missing(self: object, name: str) -> object:
    """The `__getattr__` of the clients: Python calls it only if reading the attribute failed."""
    raise_if_renamed(f"{type(self).__name__!r} object", name)
    return object.__getattribute__(self, name)  # Again, for the error of a property that failed.
