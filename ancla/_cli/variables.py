"""The commands for config variables."""

from __future__ import annotations

import sys

from .._api.secrets import MASKS, is_masked
from .._http.display import REDACTED
from ..exceptions import AnclaError
from ..models import ConfigVar
from .argument import Given, UsageError, parse_text, segment
from .inputs import read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..client import AnclaClient


def call_config(client: AnclaClient, given: Given, verb: str, **arguments: Any) -> Any:
    """Calls `list_config` or the like or, with --scope, `list_shared_config` or the like."""
    owner: dict[str, str] = dict(zip(("org", "project", "app"), given.app))
    if given.scope == "environment":
        owner["environment"] = given.environment
    kind = "shared_config" if given.scope else "config"
    return getattr(client, f"{verb}_{kind}")(**owner, **arguments)


def list_config(client: AnclaClient, given: Given) -> object:
    return call_config(client, given, "list")


def delete_config(client: AnclaClient, given: Given) -> None:
    call_config(client, given, "delete", key=given.key)


def variables_for_programs(client: AnclaClient, given: Given) -> list[ConfigVar]:
    """Returns the app's own variables or, with --resolved, all that it gets.

    Of these the server sends only the values, so only the masked ones are marked as secret.
    """
    if not given.resolved:
        variables: list[ConfigVar] = call_config(client, given, "list")
        return variables
    values = client.get_resolved_config(*given.app)
    for name, value in values.items():
        if not isinstance(value, str):
            raise AnclaError(f"the resolved value of {name} is not text")
    return [ConfigVar(name=name, value=it, secret=it in MASKS) for name, it in values.items()]


def split_masked(variables: Iterable[ConfigVar]) -> tuple[dict[str, str], list[str]]:
    """Returns the values, and the names of the variables whose values the server masks."""
    masked = [it.name for it in variables if is_masked(it.secret, it.value)]
    return {it.name: it.value for it in variables if it.name not in masked}, masked


def secret_names(client: AnclaClient, app: tuple[str, str, str]) -> set[str]:
    """Returns the names of the secrets that the app gets, its own and the shared ones."""
    org, project, _ = app
    lists = (
        client.list_shared_config(org),
        client.list_shared_config(org, project),
        client.list_shared_config(org, project, environment=client.environment),
        client.list_config(*app),
    )
    variables = {it.name: it for each in lists for it in each}  # The narrowest scope wins.
    return {name for name, variable in variables.items() if variable.secret}


def get_config(client: AnclaClient, given: Given) -> ConfigVar:
    variable: ConfigVar = call_config(client, given, "get", key=given.key)
    reason = ""
    if is_masked(variable.secret, variable.value):
        reason = f"the server masks the value of {given.key}"
    elif variable.secret and not given.show_secrets:
        reason = f"{given.key} is secret: --show-secrets shows its value"
    # A script must not take the asterisks for the value.
    if reason and not given.json and not sys.stdout.isatty():
        raise AnclaError(reason)
    if reason:
        given.say(reason)
    return variable


def set_config(client: AnclaClient, given: Given) -> list[ConfigVar]:
    if given.secret and given.no_secret:
        raise UsageError("--secret cannot be combined with --no-secret")
    secret = True if given.secret else False if given.no_secret else None
    flags = {"secret": secret, "buildtime": given.buildtime or None}
    changed = []
    for name, value in _settings(given).items():
        variable: ConfigVar = call_config(client, given, "set", key=name, value=value, **flags)
        if given.secret or f"{name}={value}" not in given.settings:  # It was read from stdin.
            variable = variable.model_copy(update={"value": REDACTED})
        changed.append(variable)
        given.say(f"Set {name} of {given.app}.")
    return changed


def unset_config(client: AnclaClient, given: Given) -> None:
    """Deletes the variables. If one does not exist, none is deleted."""
    names = list(dict.fromkeys(given.keys))
    existing = {variable.name for variable in call_config(client, given, "list")}
    if missing := [name for name in names if name not in existing]:
        raise AnclaError(f"{given.app} has no variable {', '.join(missing)}; nothing was deleted")
    for position, name in enumerate(names):
        try:
            call_config(client, given, "delete", key=name)
        except AnclaError as error:
            if position:
                error.message += f" (already deleted: {', '.join(names[:position])})"
            raise


def _settings(given: Given) -> dict[str, str]:
    """Returns the variables to set. Reads a value from standard input before any is sent."""
    settings = [setting.partition("=") for setting in given.settings]
    if given.stdin is not None:
        settings.append((given.stdin, "", ""))
    if not settings:
        raise UsageError("nothing to set: give KEY=VALUE, or KEY to read its value from stdin")
    names = [name for name, *_ in settings]
    for name in names:
        if not name:
            raise UsageError("a variable needs a name: expected KEY=VALUE")
        parse_text("KEY", segment, name)
        if names.count(name) > 1:
            raise UsageError(f"{name} is given more than once")
    names_alone = [name for name, equals, _ in settings if not equals]
    if len(names_alone) > 1:
        raise UsageError(
            "only one value can be read from standard input, "
            f"but {len(names_alone)} names have no =VALUE"
        )
    return {name: value if equals else read_value(name) for name, equals, value in settings}
