"""Commands that start a build or deployment, wait for it, or follow its log.

Each command calls one of the client's methods. With --wait or --follow, `_wait` and `_follow` poll,
and show the progress.
"""

from __future__ import annotations

from functools import partial

from .._api.progress import Progress
from ..exceptions import AnclaError
from .all_arguments import LATEST
from .argument import Given, Slugs, UsageError
from .output import Exact, as_json, without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from ..models import Deployment, Image

_WAIT_SECONDS = 600.0
_STAGES = {"image": "build", "deployment": "deployment"}


def deploy_app(client: AnclaClient, given: Given) -> object:
    if given.no_follow and given.waits:
        raise UsageError("--no-follow cannot be combined with --wait or --follow")
    return _start(client, given, "deploy", config_only=given.config_only)


def with_restart(
    change: Callable[[AnclaClient, Given], object],
) -> Callable[[AnclaClient, Given], object]:
    """Returns a command that changes an app's variables and, with --restart, deploys them."""

    def command(client: AnclaClient, given: Given) -> object:
        if not given.restart:
            if given.wait:
                raise UsageError("--wait needs --restart")
            return change(client, given)
        from .._api.waiting import check_started

        _check_restart(client, given)
        result = change(client, given)
        try:
            started: Any = _start(client, given, "deploy", config_only=True)
            if not given.waits:
                check_started(started, f"the deploy of {given.app}")
        except AnclaError as error:
            error.message += " (the variables were changed before)"
            raise
        return result

    return command


def _check_restart(client: AnclaClient, given: Given) -> None:
    """Raises an error if the app cannot be restarted, before its variables are changed."""
    if given.scope or given.dry_run:
        option = "--scope" if given.scope else "--dry-run"
        raise UsageError(f"--restart cannot be combined with {option}")
    if client._settings.routes == "auto":
        client.list_config(*given.app)  # Detects the server's routes.
    if not client._remote.retired.is_todays:
        raise AnclaError(
            "this server cannot deploy variables without a build (nothing was changed)"
        )


def rollback_app(client: AnclaClient, given: Given) -> object:
    return _start(client, given, "rollback")


def promote_app(client: AnclaClient, given: Given) -> object:
    source, target = given.source, given.target
    if given.preview:
        if given.waits:
            raise UsageError("--preview cannot be combined with --wait or --follow")
        preview = client.preview_promotion(*given.app, source, target)
        return Exact(as_json(without_secrets(preview)))
    app_in_target: Any = Slugs(given.app, target)
    given.app = app_in_target  # For status, logs and messages.
    in_target = client.with_options(environment=target) if given.waits else client
    return _start(in_target, given, "promote", source, target)


def _start(
    client: AnclaClient, given: Given, verb: str, *environments: str, **options: bool
) -> object:
    """Calls `deploy_app` or the like or, if the command waits, `deploy_and_wait` or the like."""
    if given.waits:
        wait = getattr(client, f"{verb}_and_wait")
        return _wait(client, given, wait, *environments, **options)
    return getattr(client, f"{verb}_app")(*given.app, *environments, **options)


def build_image(client: AnclaClient, given: Given) -> object:
    from .._api.waiting import started_id

    started = client.build_image(*given.app, strategy=given.build_strategy)
    if not given.waits:
        return started
    image_id = started_id(started, started.image_id, "the build")
    return _wait(client, given, client.wait_for_image, image_id)


def print_log(client: AnclaClient, given: Given) -> object:
    """Prints the log of an image or a deployment, as it is or as it grows."""
    kind = given.words.removesuffix("s log")
    if given.id == LATEST:
        return _print_newest(client, given, kind, missing=kind)
    if kind == "image" and given.id.isascii() and given.id.isdigit():
        return _print_log_of_version(client, given)
    return _print_log(client, given, kind, given.id)


def print_newest_log(client: AnclaClient, given: Given) -> object:
    """Prints the log of the newest deployment, or else of the newest build."""
    return _print_newest(client, given, "deployment", "image", missing="deployment and no build")


def _print_newest(client: AnclaClient, given: Given, *kinds: str, missing: str) -> object:
    """Prints the log of the newest record of the first kind that has any."""
    for kind in kinds:
        records = getattr(client, f"list_{kind}s")(*given.app)
        # Among equals the first: lists start with the newest.
        newest = max(records, key=_age, default=None)
        if newest and newest.id:
            return _print_log(client, given, kind, newest.id)
    raise AnclaError(f"the app {given.app} has no {missing} yet")


def _age(record: Image | Deployment) -> tuple[str, int]:
    return record.created or "", getattr(record, "version", 0)


def _print_log_of_version(client: AnclaClient, given: Given) -> object:
    """Prints the log of a build that is named by its version."""
    from ..models import BuildLog

    if not given.follow:
        try:
            return client._call("get_build_log", BuildLog, *given.app, version=given.id)
        except AnclaError as error:
            if type(error) is not AnclaError:  # A plain one: on this server, a build needs its id.
                raise
    for image in client.list_images(*given.app):
        if given.id in (image.id, str(image.version)):
            return _print_log(client, given, "image", image.id)
    raise AnclaError(f"the app {given.app} has no image of version {given.id}")


def _print_log(client: AnclaClient, given: Given, kind: str, identifier: str) -> object:
    if given.follow:
        _follow(client, given, kind, identifier)
        if not given.json:
            return {}  # The complete log is printed.
    return _log_method(client, kind)(*given.app, identifier)


def _log_method(client: AnclaClient, kind: str) -> Callable[..., Any]:
    """Returns get_image_log and the like. What this command has looked up needs no check."""
    if kind == "image":
        return partial(client._image_log, is_checked=True)
    return getattr(client, f"get_{kind}_log")  # type: ignore[no-any-return]


def _follow(client: AnclaClient, given: Given, kind: str, identifier: str) -> None:
    from .._api.logs import follow_log

    stage = _STAGES[kind]
    progress = _progress(client, given)
    progress.update(f"{stage}: running")
    view, place = client.with_options(max_retries=0), (*given.app, identifier)
    log, model = _log_method(view, kind), getattr(view, f"get_{kind}")
    with client._poller(**_pace(given), on_update=progress) as poller:
        for text in follow_log(
            poller, lambda: log(*place), lambda: model(*place), f"the {stage} {identifier}"
        ):
            if not given.json:
                progress.write(text)
    progress.update(f"{stage}: done", finished=True)


def _wait(
    client: AnclaClient, given: Given, wait: Callable[..., object], *ids: str, **options: bool
) -> object:
    progress = _progress(client, given)
    on_log = progress.write if given.follow and not given.json else None
    return wait(*given.app, *ids, **options, **_pace(given), on_update=progress, on_log=on_log)


def _progress(client: AnclaClient, given: Given) -> Progress:
    from ..client import clock_of

    progress = Progress(quiet=given.quiet, plain=given.verbose)
    clock_of(client).sleep = progress.sleep  # Also between the attempts of a request.
    return progress


def _pace(given: Given) -> dict[str, Any]:
    timeout = _WAIT_SECONDS if given.timeout is None else given.timeout
    return {"timeout": timeout, "interval": given.interval}
