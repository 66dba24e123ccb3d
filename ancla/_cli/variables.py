"""The commands for config variables."""

from __future__ import annotations

from .._http.checks import Secret
from ..exceptions import AnclaError
from .argument import UsageError, read, segment
from .input_files import read_text
from .messages import read_value, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from ..models import ConfigImportResult, ConfigVar
    from .argument import Given


def get_config(client: AnclaClient, given: Given) -> ConfigVar:
    variable = client.get_config(*given.app, key=given.key)
    if variable.secret and not given.quiet:
        if variable.value == "**secret**":
            say("the server masks this value")
        elif not given.show_secrets:
            say("hidden; --show-secrets shows it")
    return variable


def set_config(client: AnclaClient, given: Given) -> list[ConfigVar]:
    variables = []
    for name, value in _settings(given).items():
        variables.append(_set_variable(client, given, name, value))
        if not given.quiet:
            say(f"Set {name}.")
    return [variable.value for variable in variables]


def _set_variable(client: AnclaClient, given: Given, name: str, value: Secret) -> Secret:
    """The variable as it is then, a ConfigVar, without a value that was typed unseen, say."""
    from .._http.settings import HIDDEN

    variable = client.set_config(
        *given.app,
        key=name,
        value=value.value,
        secret=given.secret or None,
        buildtime=given.buildtime or None,
    )
    if given.secret or f"{name}={value.value}" not in given.settings:
        variable = variable.model_copy(update={"value": HIDDEN})
    return Secret(variable)


def _settings(given: Given) -> dict[str, Secret]:
    """The variables to set, all of them complete before the first one is sent."""
    settings = list(map(_split, given.settings))
    if given.stdin is not None:
        settings.append((given.stdin, "", Secret("")))
    if not settings:
        raise UsageError("nothing to set: give KEY=VALUE, or KEY to read its value from stdin")
    names = [name for name, *_ in settings]
    for name in names:
        if not name:
            raise UsageError("a variable needs a name: expected KEY=VALUE")
        read("KEY", segment, name)
        if names.count(name) > 1:
            raise UsageError(f"{name} is given more than once")
    unseen = [name for name, equals, _ in settings if not equals]
    if len(unseen) > 1:
        raise UsageError(f"standard input holds one value, not {len(unseen)}: write KEY=VALUE")
    return {name: value if equals else _value_from_stdin(name) for name, equals, value in settings}


def _split(setting: str) -> tuple[str, str, Secret]:
    name, equals, value = setting.partition("=")
    return name, equals, Secret(value)


def _value_from_stdin(name: str) -> Secret:
    try:
        value = read_value(name)
    except EOFError:
        value = ""
    except UnicodeDecodeError:
        raise UsageError("the value on standard input is no UTF-8 text") from None
    if not value:
        raise UsageError("no value on standard input; KEY= would set the variable to nothing")
    return Secret(value)


def import_config(client: AnclaClient, given: Given) -> ConfigImportResult:
    from .._api.secrets import config_values, without

    text = Secret(read_text(given.file, "--file"))
    result = client.import_config(
        *given.app, variables=text.value, secret=given.secret, buildtime=given.buildtime
    )
    done = f"{len(result.created)} created"
    if result.skipped:
        done += f", {len(result.skipped)} skipped (they exist already)"
    if result.errors:
        faults = "; ".join(f"{fault.name}: {fault.error}" for fault in result.errors)
        shown = without(config_values({"raw": text}), faults)
        raise AnclaError(f"{done}, {len(result.errors)} failed: {shown}")
    if not given.quiet:
        say(done)
    return result
