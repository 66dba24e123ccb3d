"""Replaces the client's methods in errors by the commands that call them."""

from __future__ import annotations

import re

from .all_commands import COMMANDS

# Methods that commands call in a function of their own.
_CALLED_IN_FUNCTIONS = {
    "create_app": "apps create",
    "update_app": "apps update",
    "scale_app": "apps scale",
    "deploy_app": "apps deploy",
    "deploy_and_wait": "apps deploy --wait",
    "rollback_app": "apps rollback",
    "rollback_and_wait": "apps rollback --wait",
    "promote_app": "apps promote",
    "promote_and_wait": "apps promote --wait",
    "preview_promotion": "apps promote --preview",
    "get_pipeline_status": "apps status",
    "list_pipeline_history": "apps history",
    "list_config": "config list",
    "get_config": "config get",
    "set_config": "config set",
    "delete_config": "config delete",
    "import_config": "config import",
    "list_shared_config": "config list --scope",
    "get_shared_config": "config get --scope",
    "set_shared_config": "config set --scope",
    "delete_shared_config": "config delete --scope",
    "import_shared_config": "config import --scope",
    "build_image": "images build",
    "wait_for_image": "images log --follow",
    "get_image": "images list",
    "get_image_log": "images log",
    "follow_image_log": "images log --follow",
    "create_release": "releases create",
    "wait_for_release": "releases list",
    "get_release": "releases list",
    "deploy_release": "releases deploy",
    "get_release_log": "releases log",
    "wait_for_deployment": "deployments log --follow",
    "get_deployment": "deployments get",
    "get_deployment_log": "deployments log",
    "follow_deployment_log": "deployments log --follow",
    "get_session": "whoami",
}
_METHOD = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b(?:\(\))?")


def in_words_of_commands(reason: str) -> str:
    """Returns the text of an error, with `deployments list` instead of list_deployments."""
    return _METHOD.sub(lambda it: command_of(it[0].removesuffix("()")) or it[0], reason)


def command_of(method: str) -> str | None:
    """Returns the command that does what the method does, in backquotes, or None."""
    by_name = {command.method: command.words for command in COMMANDS if command.method}
    words = by_name.get(method) or _CALLED_IN_FUNCTIONS.get(method)
    return f"`{words}`" if words else None
