"""Follows logs: that of one build or deployment, or those of all stages of a wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from .._http.checks import check_callable
from .._model import has_failed, has_succeeded
from ..exceptions import AnclaError, NotFoundError
from ..models import BuildLog, Deployment, DeploymentLog, Image, Release
from .arguments import usable_id
from .remote import Remote
from .secrets import common_start
from .waiting import Poller, is_temporary


class LogFollower:
    """Calls `on_log` with each new piece of the logs of a wait's builds and deployments."""

    def __init__(
        self,
        remote: Remote,
        last: Remote,
        app: tuple[str, ...],
        on_log: Callable[[str], object],
    ) -> None:
        """`last` is for the last read of a log, which no poll repeats: it should have retries."""
        check_callable("on_log", on_log)
        self._remote = remote
        self._last = last
        self._app = app
        self._on_log = on_log
        self._followed: tuple[type, str] | None = None  # The kind and the id of the record.
        self._known = ""
        self._has_failed = False  # Whether the log could not be read.
        self._gave_up = False

    def follow(self, model: Image | Release | Deployment, poller: Poller) -> None:
        """Passes on what is new in the record's log. If the log cannot be read, notes that once."""
        if self._gave_up or isinstance(model, Release):
            return
        if self._followed != (type(model), model.id):
            self._followed = (type(model), model.id)
            self._known, self._has_failed = "", False
        try:
            text = self._read(model).log_text or ""
        except AnclaError as error:
            if not self._has_failed:
                poller.note(f"cannot read the log: {error}")
            self._has_failed = True
            self._gave_up = not (is_temporary(error) or isinstance(error, NotFoundError))
            return
        piece = new_piece(text, self._known)
        self._known = text or self._known
        if piece:
            poller.progress.clear()
            self._on_log(piece)

    def _read(self, model: Image | Deployment) -> BuildLog | DeploymentLog:
        call = self._last.call if model.done else self._remote.call
        model_id = usable_id(model.id, "the record was read")
        if isinstance(model, Deployment):
            return call("get_deployment_log", DeploymentLog, *self._app, deployment_id=model_id)
        # The image was just read, so its version is right.
        return call("get_image_log", BuildLog, *self._app, image_id=model_id, is_checked=True)


def follow_log(
    poller: Poller,
    read: Callable[[], BuildLog | DeploymentLog],
    read_model: Callable[[], Image | Deployment],
    label: str,
    *,
    is_new: bool = False,
) -> Iterator[str]:
    """Yields the new text of a growing log until the log ends.

    Then raises an error if the build or deployment failed. `is_new` says that the server has just
    named the record, which may not exist yet.

    If the server's log is truncated or restarted, yields it again from the first difference. An
    empty log is ignored.
    """
    known = ""
    poll = poller.poll_new if is_new else poller.poll
    while True:
        log = poll(read, label)
        piece = new_piece(log.log_text or "", known)
        known = log.log_text or known
        if piece:
            yield piece
        if log.error or has_failed(log.status):
            raise _failure_of_log(poller, log, read_model, label)
        if has_succeeded(log.status):
            return
        poller.pause(label)
        poll = poller.poll


def new_piece(text: str, known: str) -> str:
    """Returns what is new in the text of a log: all from the first difference on."""
    same = known if text.startswith(known) else common_start(text, known)
    return text[len(same) :]


def _failure_of_log(
    poller: Poller,
    log: BuildLog | DeploymentLog,
    read_model: Callable[[], Image | Deployment],
    label: str,
) -> AnclaError:
    """Returns the error for a log that reports a failure.

    The error has no model if the model cannot be read.
    """
    model, detail = None, log.error_detail
    with suppress(AnclaError):
        model = poller.poll_once(read_model, label)
        detail = detail or model.error_detail
    return poller.failure(label, detail, model, isinstance(log, DeploymentLog))
