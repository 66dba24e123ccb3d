"""The calls that are more than one expression: waiting, following, reading what was given."""

from __future__ import annotations

import sys
from urllib.parse import quote

from .._api.progress import Progress
from .._api.strict_json import loads
from .._http.checks import Secret
from ..exceptions import AnclaError, AuthenticationError
from .arguments import APP_OPTIONS, KEY_SOURCES, UsageError, process_counts, read, segment
from .messages import read_value, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from ..models import ConfigImportResult, ConfigVar, PipelineStatus
    from .arguments import Given

_WAIT_SECONDS = 600.0
_STAGES = {"image": "build"}  # the others are called alike
RECORDS = {
    "images log": ("get_image_log", "BuildLog", "/images/{}/log"),
    "releases log": ("get_release_log", "BuildLog", "/releases/{}/log"),
    "deployments get": ("get_deployment", "Deployment", "/deployments/{}/detail"),
    "deployments log": ("get_deployment_log", "DeploymentLog", "/deployments/{}/log"),
}


# Apps


def update_app(client: AnclaClient, given: Given) -> object:
    values = {option.dest: getattr(given, option.dest) for option in APP_OPTIONS}
    fields: dict[str, Any] = {
        field: None if value == "" else value
        for field, value in values.items()
        if value is not None
    }
    if not fields:
        raise UsageError("nothing to change: give at least one option, such as --branch main")
    return client.update_app(*given.app, **fields)


def scale_app(client: AnclaClient, given: Given) -> None:
    counts = read("argument PROCESS=COUNT:", process_counts, ",".join(given.counts))
    client.scale_app(*given.app, counts=counts)


def pipeline_status(client: AnclaClient, given: Given) -> PipelineStatus:
    try:
        return client.get_pipeline_status(*given.app)
    except AnclaError as error:
        if type(error) is not AnclaError or error.status_code is not None:
            raise
    # The bare AnclaError: the server has no route for the status of a pipeline.
    return _status_from_lists(client, given)


def _status_from_lists(client: AnclaClient, given: Given) -> PipelineStatus:
    from ..models import PipelineStatus

    def newest(models: list[Any]) -> dict[str, Any] | None:
        if not models:
            return None
        model = max(models, key=lambda model: model.created or "")
        known = {name: getattr(model, name, None) for name in ("version", "error_detail")}
        return {"status": model.status, **known}

    return PipelineStatus.model_validate(
        {
            "build": newest(client.list_images(*given.app)),
            "release": newest(client.list_releases(*given.app)),
            "deploy": newest(client.list_deployments(*given.app)),
        }
    )


# Waiting and following


def deploy_app(client: AnclaClient, given: Given) -> object:
    if not given.waits:
        return client.deploy_app(*given.app)
    return _wait(client, given, client.deploy_and_wait)


def starting(method: str, kind: str) -> Callable[[AnclaClient, Given], object]:
    """What starts something by that method, and waits for it, where that is wanted."""

    def call(client: AnclaClient, given: Given) -> object:
        from .._api.waiting import started_id

        ids = [given.id] if hasattr(given, "id") else []
        started = getattr(client, method)(*given.app, *ids)
        if not given.waits:
            return started
        identifier, what = getattr(started, f"{kind}_id"), f"the {_STAGES.get(kind, kind)}"
        wait = getattr(client, f"wait_for_{kind}")
        return _wait(client, given, wait, started_id(started, identifier, what))

    return call


def print_log(client: AnclaClient, given: Given) -> object:
    """The log of an image or a deployment, whole or as it comes."""
    if given.follow:
        if given.id_alone:
            raise UsageError("--follow needs the app: give ORG/PROJECT/APP")
        _follow(client, given)
        if not given.json:
            return {}  # all of it is printed
    return read_record(client, given)


def read_record(client: AnclaClient, given: Given) -> object:
    """What the id names: of the app that is given, or by itself on servers that need no app."""
    method, model, route = RECORDS[given.words]
    if not given.id_alone:
        return getattr(client, method)(*given.app, given.id)
    from .. import models

    answer = client.request("GET", route.format(quote(given.id, safe="")))
    return getattr(models, model).model_validate(answer)


def _follow(client: AnclaClient, given: Given) -> None:
    from .._api.waiting import follow_log

    kind = given.words.partition("s ")[0]
    stage = _STAGES.get(kind, kind)
    progress = _progress(client, given)
    progress.update(f"{stage}: running")
    view, place = client._without_retries(), (*given.app, given.id)
    log, model = getattr(view, f"get_{kind}_log"), getattr(view, f"get_{kind}")
    with client._poller(**_pace(given), on_update=progress) as poller:
        for text in follow_log(
            poller, lambda: log(*place), lambda: model(*place), f"the {stage} {given.id}"
        ):
            if not given.json:
                progress.write(text)
    progress.update(f"{stage}: done", over=True)


def _wait(client: AnclaClient, given: Given, wait: Callable[..., object], *ids: str) -> object:
    return wait(*given.app, *ids, **_pace(given), on_update=_progress(client, given))


def _progress(client: AnclaClient, given: Given) -> Progress:
    if given.follow and not given.json and not given.words.endswith(" log"):
        from .log_progress import LogProgress

        progress: Progress = LogProgress(client, given)
    else:
        progress = Progress(quiet=given.quiet, plain=given.verbose)
    client._clock.sleep = progress.sleep  # between the attempts of a request, too
    return progress


def _pace(given: Given) -> dict[str, Any]:
    timeout = _WAIT_SECONDS if given.timeout is None else given.timeout
    return {"timeout": timeout, "interval": given.interval}


# Config


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


# The rest


def request(client: AnclaClient, given: Given) -> object:
    return client.request(given.method, given.path, json=_json_from(given.data))


def _json_from(data: str | None) -> Any:
    if data is None:
        return None
    if data == "-" or data.startswith("@"):
        data = read_text(data.removeprefix("@"), "--data")
    try:
        return loads(data.encode())
    except ValueError as error:
        raise UsageError(f"--data is no JSON: {error}") from None


def whoami(client: AnclaClient, given: Given) -> object:
    session = client.get_session()
    if not session.authenticated:
        if client.api_key is None:
            raise AuthenticationError(f"no API key was given: {KEY_SOURCES}")
        try:  # some servers know sessions only, here
            client.list_orgs()
        except AuthenticationError:
            raise AuthenticationError(f"{client.server} does not know this API key") from None
        if not given.quiet:
            say(f"{client.server} accepts this API key, but does not tell whose it is")
    return session.user or session


def read_text(name: str, option: str) -> str:
    """The text of the file that an option names, or of standard input for "-"."""
    if name != "-":
        return read_file(name, option)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise UsageError("cannot read standard input: it is no UTF-8 text") from None


def read_file(name: str, option: str) -> str:
    """The text of the file. Errors do not name it: it may be the key that it should hold."""
    try:
        with open(name, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is no UTF-8 text"
    except ValueError:  # of a name with a NUL in it
        reason = "no file can have that name"
    raise UsageError(f"cannot read the file of {option}: {reason}")
