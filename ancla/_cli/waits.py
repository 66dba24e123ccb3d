"""Commands that start something, wait for it or follow its log."""

from __future__ import annotations

from urllib.parse import quote

from .._api.progress import Progress
from .argument import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given

_WAIT_SECONDS = 600.0
_STAGES = {"image": "build"}  # the others are called alike
RECORDS = {
    "images log": ("get_image_log", "BuildLog", "/images/{}/log"),
    "releases log": ("get_release_log", "BuildLog", "/releases/{}/log"),
    "deployments get": ("get_deployment", "Deployment", "/deployments/{}/detail"),
    "deployments log": ("get_deployment_log", "DeploymentLog", "/deployments/{}/log"),
}


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
