"""Names of the platform's own Python client, and ours for the same.

Whoever comes from it finds our name in the AttributeError.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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


def name_ours_in_errors(client_class: Any) -> None:
    """Gives a client a `__getattr__`, which Python calls only if reading the attribute failed.

    Type checkers and pylint would accept any name, if it were in the class.
    """

    def __getattr__(self: object, name: str) -> object:
        raise_if_renamed(f"{type(self).__name__!r} object", name)
        return object.__getattribute__(self, name)  # Again, for the error of a property.

    client_class.__getattr__ = __getattr__
