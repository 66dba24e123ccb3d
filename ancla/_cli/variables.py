"""The commands for config variables."""

from __future__ import annotations

import sys

from ..exceptions import AnclaError
from .argument import UsageError, parse_text, segment
from .messages import read_value, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..client import AnclaClient
    from ..models import ConfigVar
    from .argument import Given


def is_masked(variable: ConfigVar) -> bool:
    from .._api.secrets import is_masked

    return is_masked(variable.secret, variable.value)


class Variables:
    """The variables of an app or, with --scope, those that several apps share."""

    def __init__(self, client: AnclaClient, given: Given) -> None:
        self._client = client
        self._app = given.app
        self._scope_path: dict[str, Any] = {}
        if given.scope:
            self._scope_path = dict(zip(("org", "project"), given.app))
        if given.scope == "environment":
            self._scope_path["environment"] = given.environment

    def all(self) -> list[ConfigVar]:
        if self._scope_path:
            return self._client.list_shared_config(**self._scope_path)
        return self._client.list_config(*self._app)

    def get(self, key: str) -> ConfigVar:
        if self._scope_path:
            return self._client.get_shared_config(**self._scope_path, key=key)
        return self._client.get_config(*self._app, key=key)

    def set(self, key: str, value: str, secret: bool | None, buildtime: bool | None) -> ConfigVar:
        flags: Any = {"secret": secret, "buildtime": buildtime}
        if self._scope_path:
            return self._client.set_shared_config(**self._scope_path, key=key, value=value, **flags)
        return self._client.set_config(*self._app, key, value, **flags)

    def delete(self, key: str) -> None:
        if self._scope_path:
            self._client.delete_shared_config(**self._scope_path, key=key)
        else:
            self._client.delete_config(*self._app, key=key)


def list_config(client: AnclaClient, given: Given) -> object:
    return Variables(client, given).all()


def delete_config(client: AnclaClient, given: Given) -> None:
    Variables(client, given).delete(given.key)


def variables_for_programs(client: AnclaClient, given: Given) -> list[ConfigVar]:
    """Returns the app's own variables or, with --resolved, all that it gets.

    Of these the server sends only the values, so only the masked ones are marked as secret.
    """
    if not given.resolved:
        return Variables(client, given).all()
    from .._api.secrets import MASKS
    from ..models import ConfigVar

    values = client.get_resolved_config(*given.app)
    for name, value in values.items():
        if not isinstance(value, str):
            raise AnclaError(f"the resolved value of {name} is not text")
    return [ConfigVar(name=name, value=it, secret=it in MASKS) for name, it in values.items()]


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
    variable = Variables(client, given).get(given.key)
    reason = ""
    if is_masked(variable):
        reason = f"the server masks the value of {given.key}"
    elif variable.secret and not given.show_secrets:
        reason = f"{given.key} is secret: --show-secrets shows its value"
    # A script must not take the asterisks for the value.
    if reason and not given.json and not sys.stdout.isatty():
        raise AnclaError(reason)
    if reason and not given.quiet:
        say(reason)
    return variable


def set_config(client: AnclaClient, given: Given) -> list[ConfigVar]:
    if given.secret and given.no_secret:
        raise UsageError("--secret cannot be combined with --no-secret")
    variables, changed = Variables(client, given), []
    for name, value in _settings(given).items():
        changed.append(_set_variable(variables, given, name, value))
        if not given.quiet:
            say(f"Set {name} of {given.app}.")
    return changed


def _set_variable(variables: Variables, given: Given, name: str, value: str) -> ConfigVar:
    """Sets a variable, and returns it.

    Its value is redacted if --secret is given or it was read from standard input.
    """
    from .._http.display import REDACTED

    secret = True if given.secret else False if given.no_secret else None
    variable = variables.set(name, value, secret, given.buildtime or None)
    if given.secret or f"{name}={value}" not in given.settings:
        variable = variable.model_copy(update={"value": REDACTED})
    return variable


def unset_config(client: AnclaClient, given: Given) -> None:
    """Deletes the variables. If one does not exist, none is deleted."""
    names = list(dict.fromkeys(given.keys))
    variables = Variables(client, given)
    existing = {variable.name for variable in variables.all()}
    if missing := [name for name in names if name not in existing]:
        raise AnclaError(f"{given.app} has no variable {', '.join(missing)}; nothing was deleted")
    for position, name in enumerate(names):
        try:
            variables.delete(name)
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
    return {name: value if equals else _value_from_stdin(name) for name, equals, value in settings}


def _value_from_stdin(name: str) -> str:
    try:
        value = read_value(name)
    except EOFError:
        value = ""
    except UnicodeDecodeError:
        raise UsageError("the value on standard input is not UTF-8 text") from None
    if not value:
        raise UsageError("no value on standard input; KEY= sets the variable to an empty value")
    return value
