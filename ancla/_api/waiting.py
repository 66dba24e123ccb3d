"""Polls until a build, release or deployment has finished.

How it works. A wait has one `Poller`, whose deadline all its stages share. The poller calls the
functions that it is given, which send the requests. It retries them after temporary errors until
the deadline, and reports each new state to `on_update`. `wait_for_stage`, and `follow_log` in
logs.py, are loops around it.
"""

from __future__ import annotations

import re

from .._http.attempts import Attempt, find_logger
from .._http.checks import check_callable
from .._http.retry import MAX_RETRY_AFTER, TOO_MANY_REQUESTS
from ..exceptions import (
    AnclaError,
    APIConnectionError,
    BuildFailedError,
    DeploymentFailedError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    WaitTimeoutError,
)
from ..models import (
    BuildResult,
    Deployment,
    DeployReleaseResult,
    DeployResult,
    Image,
    Release,
)
from .arguments import usable_id
from .pages import ReadList, check_time, whole_list
from .progress import ESCAPE_SEQUENCES, Progress, progress
from .response_errors import Redact, shown_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from .._http.clock import Clock
    from .._http.settings import Settings
    from .remote import Remote

    R = TypeVar("R")
    Started = BuildResult | DeployResult | DeployReleaseResult
    Stage = TypeVar("Stage", Image, Release, Deployment)

_MAX_MISSING_SECONDS = 30.0


class Poller:
    """Polls until a deadline, and reports new states to `on_update`.

    As a context manager, it removes the live line of `progress` at the end.
    """

    def __init__(
        self,
        timeout: float | None,
        interval: float,
        clock: Clock,
        redact: Redact = str,
        on_update: Callable[[Any], object] | None = None,
        follow_logs: Callable[[Any, Poller], object] | None = None,
    ) -> None:
        """`redact` removes secrets from the server's texts in errors.

        `follow_logs` is called with the state of each poll, and this object.
        """
        _check_seconds("interval", interval)
        if timeout is not None:
            _check_seconds("timeout", timeout)
        check_callable("on_update", on_update)
        self.timeout = timeout
        self._interval = interval
        self._clock = clock
        self.redact = redact
        self._end = clock.monotonic() + (float("inf") if timeout is None else timeout)
        self._last_state: Image | Release | Deployment | None = None
        self._follow_logs = follow_logs
        shown = Progress(clock) if on_update is progress else on_update
        self._on_update = shown
        self.progress = shown if isinstance(shown, Progress) else Progress(clock, quiet=True)
        # Whether to retry until the deadline. Otherwise the requests have their ordinary retries.
        self.is_patient = True

    def __enter__(self) -> Poller:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.close()

    def report(self, model: Image | Release | Deployment) -> None:
        """Calls `on_update` with a new state. Keeps the last state for a WaitTimeoutError."""
        if self._follow_logs is not None:
            self._follow_logs(model, self)
        if model != self._last_state and self._on_update is not None:
            self._on_update(model)
        self._last_state = model

    def note(self, text: str) -> None:
        """Logs a warning, and shows it with the progress, unless the client is closed."""
        if self._clock.ended:
            return
        logger = find_logger()
        if logger is not None:
            logger.warning("%s", text)
        self.progress.note(text)

    def options_before_trigger(self, settings: Settings) -> dict[str, Any]:
        """Returns the settings of requests that end with the wait, and whose failures are shown.

        A timeout of 0 still leaves time for one attempt.
        """
        on_attempt = settings.on_attempt

        def observe(attempt: Attempt) -> None:
            status = attempt.status_code or 0
            if attempt.error or status >= 500 or status == TOO_MANY_REQUESTS:
                reason = attempt.error or f"the server sent status {status}"
                failure = f"attempt {attempt.number} failed: {reason}"
                self.progress.show_trouble(failure, at_once=True)
            if on_attempt is not None:
                on_attempt(attempt)

        return {"deadline": self._end if self.timeout else None, "on_attempt": observe}

    def poll(self, read: Callable[[], R], label: str) -> R:
        """Returns the result of `read`.

        If it is patient, it retries after temporary errors until the deadline.
        """
        self.progress.show_waiting(label)
        while True:
            try:
                result = self.poll_once(read, label)
            except AnclaError as error:
                if not (self.is_patient and is_temporary(error)):
                    raise
                self.progress.show_trouble(f"retrying, since {error}")
                try:
                    self._sleep(label, min(error.retry_after or 0.0, MAX_RETRY_AFTER))
                except WaitTimeoutError as timeout:
                    raise timeout from error
                if self._clock.ended:
                    raise
            else:
                self.progress.show_recovery()
                return result

    def poll_new(self, read: Callable[[], R], label: str) -> R:
        """Does the same for a record that the server has just named. It may not exist yet.

        Raises NotFoundError if it does not exist after 30 seconds.
        """
        end = self._clock.monotonic() + _MAX_MISSING_SECONDS
        while True:
            try:
                return self.poll(read, label)
            except NotFoundError:
                seconds = end - self._clock.monotonic()
                if seconds <= 0:
                    raise
            self.pause(label, at_most=seconds)

    def poll_once(self, read: Callable[[], R], label: str) -> R:
        """Returns the result of `read`. Raises its error.

        Raises WaitTimeoutError if the deadline passes between the pages of a list.
        """
        token = check_time.set(lambda: self.remaining(label))
        try:
            return read()
        finally:
            check_time.reset(token)

    def remaining(self, label: str) -> float:
        """Returns the seconds left. Raises WaitTimeoutError if the deadline has passed."""
        seconds = self._end - self._clock.monotonic()
        if seconds <= 0:
            raise WaitTimeoutError(
                f"{shown_text(label, self.redact)} did not finish within {self.timeout:.12g} s; "
                "it may still be running on the server",
                self._last_state,
            )
        return seconds

    def failure(
        self, label: str, detail: str | None, model: Any, is_deployment: bool
    ) -> BuildFailedError | DeploymentFailedError:
        """Returns the error for a failed stage. Its message may show only the start of `detail`.

        `model` is the last state, or None if that is unknown.
        """
        plain = re.sub(ESCAPE_SEQUENCES, "", detail or "")
        reason = shown_text(plain, self.redact) or "the server gave no reason"
        message = f"{shown_text(label, self.redact)} failed: {reason}"
        error_class = DeploymentFailedError if is_deployment else BuildFailedError
        return error_class(message, model, None if detail is None else self.redact(detail))

    def pause(self, label: str, at_most: float = float("inf")) -> None:
        """Sleeps until the next poll, but not longer than `at_most` seconds.

        Raises WaitTimeoutError after the deadline, and AnclaError if another thread has closed the
        client.
        """
        self._sleep(label, at_most=at_most)
        if self._clock.ended:
            raise AnclaError(
                f"the client was closed before {shown_text(label, self.redact)} finished; "
                "it may still be running on the server"
            )

    def _sleep(self, label: str, at_least: float = 0.0, at_most: float = float("inf")) -> None:
        """Sleeps for the interval or `at_least` seconds, but not beyond the deadline."""
        remaining = self.remaining(label)
        self.progress.sleep(min(max(self._interval, at_least), at_most, remaining))


class Pipeline:
    """Reads the records of one application through the Poller of one wait.

    Until something was triggered, requests have their ordinary retries: a server that is down is
    an error at once. Then the Poller retries them as long as the wait lasts.
    """

    def __init__(
        self, before: Remote, after: Remote, poller: Poller, label: str, app: tuple[str, ...]
    ) -> None:
        """`before` and `after` are for the requests before and after the trigger.

        `label` names the aim of the wait, for messages. `app` is org, project and app.
        """
        self.poller = poller
        self.label = label
        self.app = app
        self.remote = before
        self._after = after
        poller.is_patient = False

    def was_triggered(self) -> None:
        self.remote = self._after
        self.poller.is_patient = True

    def list(self, name: str, result: type[R], read_list: ReadList = whole_list) -> R:
        """Returns the list of an operation. Retries after temporary errors."""
        return self.poller.poll(
            lambda: self.remote.call(name, result, *self.app, read_list=read_list), self.label
        )

    def reader(self, model: type[R], identifier: str) -> Callable[[], R]:
        """Returns a function that reads one record, for `Poller.poll`."""
        kind = model.__name__.lower()
        return lambda: self.remote.call(
            f"get_{kind}", model, *self.app, **{f"{kind}_id": identifier}
        )

    def wait_for(
        self,
        model: type[Stage],
        identifier: str,
        read: Callable[[], Stage] | None = None,
        *,
        is_new: bool = True,
    ) -> Stage:
        """Returns a record once it has succeeded, as `wait_for_stage` does."""
        kind = model.__name__.lower()
        label = f"{'the build of image' if kind == 'image' else kind} {identifier}"
        read = read or self.reader(model, identifier)
        return wait_for_stage(self.poller, read, label, is_new=is_new)

    def started_id(self, identifier: object) -> str:
        """Returns the id of what was triggered. Raises InvalidResponseError if it is not usable."""
        return usable_id(identifier, f"{self.label} was started")

    def pause(self) -> None:
        self.poller.pause(self.label)


def wait_for_stage(
    poller: Poller, read: Callable[[], Stage], label: str, *, is_new: bool = False
) -> Stage:
    """Returns the image, release or deployment once it has succeeded. Raises an error if it fails.

    `is_new` says that the server has just named the record, which may not exist yet.
    """
    poll = poller.poll_new if is_new else poller.poll
    while True:
        model = poll(read, label)
        poller.report(model)
        if model.failed:
            is_deployment = isinstance(model, Deployment)
            raise poller.failure(label, model.error_detail, model, is_deployment)
        if model.succeeded:
            return model
        poller.pause(label)
        poll = poller.poll


def check_started(started: Started, label: str) -> None:
    """Raises InvalidResponseError if the response to a trigger says that it started nothing."""
    if not started.ok:
        raise InvalidResponseError(f"{label} did not start: the server returned ok=False")


def started_id(started: Started, identifier: str, label: str) -> str:
    """Returns the id in the response to a trigger.

    Raises InvalidResponseError if the trigger started nothing.
    """
    check_started(started, label)
    return usable_id(identifier, f"{label} was started")


def is_temporary(error: AnclaError) -> bool:
    if isinstance(error, APIConnectionError):
        return not error.permanent
    return isinstance(error, ServerError) or error.status_code == TOO_MANY_REQUESTS


def _check_seconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e9:
        raise ValueError(f"{name} must be seconds from 0 to 1000000000, not {value!r}")
