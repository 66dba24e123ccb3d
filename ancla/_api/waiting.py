"""Waiting for the pipeline: polling until it is over, surviving what is temporary.

Nothing here sends a request: what to ask comes in as functions.
"""

from __future__ import annotations

from .._http.attempts import find_logger
from .._http.retry import MAX_RETRY_AFTER, TOO_MANY_REQUESTS
from .._http.validation import check_callable
from .._model import has_failed, has_succeeded
from ..exceptions import (
    AnclaError,
    APIConnectionError,
    BuildFailedError,
    DeploymentFailedError,
    InvalidResponseError,
    ServerError,
    WaitTimeoutError,
)
from ..models import BuildLog, Deployment
from .arguments import usable_id
from .pages import checked_between_pages
from .progress import ESCAPE_SEQUENCES, Progress, progress
from .response_errors import shown_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from .._http.clock import Clock
    from ..models import (
        BuildResult,
        CreateReleaseResult,
        DeploymentLog,
        DeployReleaseResult,
        DeployResult,
        Image,
        Release,
    )

    Started = BuildResult | CreateReleaseResult | DeployResult | DeployReleaseResult
    Answer = TypeVar("Answer")
    Stage = TypeVar("Stage", Image, Release, Deployment)


class Poller:
    """Asks again and again until a deadline that all the stages of one wait share, and tells
    `on_update` of what comes. Left as a context, it takes a live line of `progress` away.
    """

    def __init__(
        self,
        timeout: float | None,
        interval: float,
        clock: Clock,
        redact: Callable[[str], str] = str,
        on_update: Callable[[Any], object] | None = None,
    ) -> None:
        """`redact` takes the secrets out of what errors show of the server's text."""
        _check_seconds("interval", interval)
        if timeout is not None:
            _check_seconds("timeout", timeout)
        check_callable("on_update", on_update)
        self.timeout = timeout
        self._interval = interval
        self._clock = clock
        self.redact = redact
        self._end = None if timeout is None else clock.monotonic() + timeout
        self._last_seen: Image | Release | Deployment | None = None
        shown = Progress(clock) if on_update is progress else on_update
        self._on_update = shown
        self._progress = shown if isinstance(shown, Progress) else Progress(clock, quiet=True)

    def __enter__(self) -> Poller:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.close()

    def report(self, model: Image | Release | Deployment) -> None:
        """Keeps the last state for the error that comes if time runs out, and tells a new one."""
        if model != self._last_seen and self._on_update is not None:
            self._on_update(model)
        self._last_seen = model

    def note(self, text: str) -> None:
        """Logs what is worth knowing before the wait begins, and shows it beside the progress."""
        logger = find_logger()
        if logger is not None:
            logger.warning("%s", text)
        self._progress.note(text)

    def ask(self, ask: Callable[[], Answer], what: str) -> Answer:
        """One response; temporary errors are retried for as long as there is time."""
        self._progress.begin(what)
        while True:
            try:
                result = self.ask_once(ask, what)
            except AnclaError as error:
                if not _is_temporary(error):
                    raise
                self._progress.trouble(str(error))
                try:
                    self._sleep(what, min(error.retry_after or 0.0, MAX_RETRY_AFTER))
                except WaitTimeoutError as timeout:
                    raise timeout from error
                if self._clock.ended:
                    raise
            else:
                self._progress.answered()
                return result

    def ask_once(self, ask: Callable[[], Answer], what: str) -> Answer:
        """One response or error; WaitTimeoutError if the time is up between the pages of a list."""
        with checked_between_pages(lambda: self.check(what)):
            return ask()

    def check(self, what: str) -> float | None:
        """The seconds that are left, None without a timeout; WaitTimeoutError if there are none."""
        left = None if self._end is None else self._end - self._clock.monotonic()
        if left is not None and left <= 0:
            raise WaitTimeoutError(
                f"{shown_text(what, self.redact)} did not finish within {self.timeout:.12g} s; "
                "it may still be running on the server",
                self._last_seen,
            )
        return left

    def pause(self, what: str) -> None:
        """Sleeps until it is time to ask again.

        WaitTimeoutError once the time is up, AnclaError if another thread closed the client.
        """
        self._sleep(what, 0.0)
        if self._clock.ended:
            raise AnclaError(
                f"the client was closed before {shown_text(what, self.redact)} was over; "
                "it may still be running on the server"
            )

    def _sleep(self, what: str, at_least: float) -> None:
        """Sleeps for the interval, or longer, but not beyond the timeout or the client's end."""
        left = self.check(what)
        seconds = max(self._interval, at_least)
        self._progress.sleep(seconds if left is None else min(seconds, left))


def wait_for_stage(
    poller: Poller, ask: Callable[[], Stage], what: str, model: Stage | None = None
) -> Stage:
    """The image, release or deployment once it is over; the typed error if it failed.

    `model` is its state if that was told just now.
    """
    while True:
        if model is None:
            model = poller.ask(ask, what)
        poller.report(model)
        if model.failed:
            raise failure_of(model, what, poller.redact)
        if model.succeeded:
            return model
        poller.pause(what)
        model = None


def check_started(started: Started, what: str) -> None:
    """Raises InvalidResponseError if the response to a trigger says that it began nothing."""
    if not started.ok:
        raise InvalidResponseError(f"{what} did not start: the server returned ok=False")


def started_id(started: Started, identifier: str, what: str) -> str:
    """The id in the response to a trigger; InvalidResponseError if it began nothing."""
    check_started(started, what)
    return usable_id(identifier, f"{what} was started")


def failure_of(
    model: Image | Release | Deployment,
    what: str,
    redact: Callable[[str], str],
    detail: str | None = None,
) -> BuildFailedError | DeploymentFailedError:
    """The typed error for a stage that ended in an error."""
    message, detail = _failed(what, detail or model.error_detail, redact)
    if isinstance(model, Deployment):
        return DeploymentFailedError(message, model, detail)
    return BuildFailedError(message, model, detail)


def follow_log(
    poller: Poller,
    ask: Callable[[], BuildLog | DeploymentLog],
    ask_model: Callable[[], Image | Deployment],
    what: str,
) -> Iterator[str]:
    """New text of a growing log as it comes, until its end; a failure is raised after the last.

    A log that was cut or begun anew at the server is given again from where it differs, but an
    empty one tells nothing.
    """
    seen = ""
    while True:
        log = poller.ask(ask, what)
        if log.log_text:
            if not log.log_text.startswith(seen):
                seen = _common_start(seen, log.log_text)
            if len(log.log_text) > len(seen):
                yield log.log_text[len(seen) :]
            seen = log.log_text
        if log.error or has_failed(log.status):
            raise _failure_behind(
                log, lambda: poller.ask_once(ask_model, what), what, poller.redact
            )
        if has_succeeded(log.status):
            return
        poller.pause(what)


def _common_start(text: str, other: str) -> str:
    for index, (here, there) in enumerate(zip(text, other)):
        if here != there:
            return text[:index]
    return min(text, other, key=len)


def _failure_behind(
    log: BuildLog | DeploymentLog,
    ask_model: Callable[[], Image | Deployment],
    what: str,
    redact: Callable[[str], str],
) -> AnclaError:
    """The typed error for what its log says has failed; without the model if that is not told."""
    try:
        return failure_of(ask_model(), what, redact, log.error_detail)
    except AnclaError:
        error_class = BuildFailedError if isinstance(log, BuildLog) else DeploymentFailedError
        message, detail = _failed(what, log.error_detail, redact)
        return error_class(message, None, detail)


def _failed(what: str, detail: str | None, redact: Callable[[str], str]) -> tuple[str, str | None]:
    """The message, which may show the start of a long detail only, and the whole detail."""
    reason = (
        shown_text(ESCAPE_SEQUENCES.sub("", detail or ""), redact) or "the server gave no reason"
    )
    message = f"{shown_text(what, redact)} failed: {reason}"
    return message, None if detail is None else redact(detail)


def _is_temporary(error: AnclaError) -> bool:
    if isinstance(error, APIConnectionError):
        return not error.permanent
    return isinstance(error, ServerError) or error.status_code == TOO_MANY_REQUESTS


def _check_seconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e9:
        raise ValueError(f"{name} must be seconds from 0 to 1000000000, not {value!r}")
