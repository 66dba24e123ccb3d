"""Sends one request: makes attempts until a response is final or the retry policy gives up.

The transport makes a single attempt, and either returns a response or raises `AttemptFailed`. The
retry policy decides whether there is another one. Each attempt is reported to `on_attempt` and to
the log, if anyone listens.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from types import MappingProxyType

from .._errors import AnclaError, APIConnectionError, APITimeoutError
from .addresses import api_path
from .attempts import Attempt, is_logging, report
from .display import short_line, shown_header
from .response import Response
from .retry import RetryPolicy, requested_wait
from .settings import Settings
from .stream import AttemptFailed
from .transport import Transport

_RATE_LIMIT_HEADERS = ("ratelimit", "x-ratelimit", "retry-after")


class Sender:
    """Sends requests to one server. Several senders may share a transport."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self.retry_policy = RetryPolicy(settings.max_retries)
        self.settings = settings
        self._transport = transport
        self._clock = settings.clock

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        idempotent: bool,
        redact: Callable[[str], str] = str,
    ) -> tuple[Response, bool]:
        """Returns the last response, whatever its status.

        The second value is whether the server may have processed an earlier attempt. Raises
        APIConnectionError if the last attempt got no complete response.

        `target` is a percent-encoded path, with its query if it has one. Only an `idempotent`
        request is sent again after the server may have processed it. `redact` removes secrets from
        what is reported.
        """
        transport, settings = self._transport, self.settings
        # Without `logging` in sys.modules, nobody reads the log.
        is_observed = settings.on_attempt is not None or ("logging" in sys.modules and is_logging())
        retries_made = 0
        maybe_processed = False
        if transport.closed or self._clock.ended:
            raise AnclaError("the client is closed; make a new AnclaClient")
        while True:
            started = monotonic() if is_observed else None
            attempted = method, target, idempotent, redact, retries_made, started
            try:
                added = settings.headers_for_attempt()
                timeout = settings.timeout
                if settings.deadline is not None:
                    timeout = min(settings.seconds_left, timeout or settings.seconds_left)
                response = transport.send(method, target, body, timeout, added)
            except AttemptFailed as failure:
                if not self._wait_for_retry(*attempted, failure):
                    url = self.url(target)
                    text = f"{method} {url} failed: {failure.reason}"
                    error_class = APITimeoutError if failure.timed_out else APIConnectionError
                    error = error_class(text, method=method, url=url)
                    error.permanent = failure.permanent
                    raise error from (failure.__cause__ or failure)
                maybe_processed |= failure.maybe_processed
            else:
                can_return_now = response.status < 400 and not is_observed
                if can_return_now or not self._wait_for_retry(*attempted, response):
                    return response, maybe_processed
                maybe_processed |= response.status >= 500
            retries_made += 1

    def close(self) -> None:
        """Closes the idle connections and ends the waits for retries.

        Later requests raise AnclaError.
        """
        self._transport.close()
        self._clock.end()

    def url(self, target: str) -> str:
        """Returns the URL to show in errors. The query is left out: it may contain secrets."""
        return self.settings.redact_url(
            self.settings.server.url + api_path(target.partition("?")[0])
        )

    def _wait_for_retry(
        self,
        method: str,
        target: str,
        idempotent: bool,
        redact: Callable[[str], str],
        retries_made: int,
        started: float | None,
        outcome: Response | AttemptFailed,
    ) -> bool:
        """Reports an attempt and waits for the next one. Returns False if there is none.

        There is none if the client is closed during the wait: the call ends with this outcome.
        """
        policy, settings = self.retry_policy, self.settings
        response = failure = wait = None
        if isinstance(outcome, AttemptFailed):
            failure = outcome
            wait = policy.wait_after_failure(retries_made, failure, idempotent)
        else:
            response = outcome
            if response.status >= 400:
                seconds = requested_wait(response)
                wait = policy.wait_after_status(retries_made, response.status, seconds, idempotent)
        if wait is not None and wait >= settings.seconds_left:
            wait = None
        if started is not None:
            path = settings.server.path + api_path(target.partition("?")[0])
            attempt = Attempt(
                method=method,
                path=short_line(redact(path)),
                number=retries_made + 1,
                seconds=monotonic() - started,
                status_code=response and response.status,
                error=failure and redact(failure.reason),
                request_id=response and shown_header(response, "x-request-id", redact),
                reused=response and response.reused,
                rate_limit=MappingProxyType(_rate_limit(response, redact) if response else {}),
                retries_after=wait,
            )
            report(attempt, settings.on_attempt)
        if wait is None:
            return False
        self._clock.sleep(wait)
        return not self._clock.ended


def _rate_limit(response: Response, redact: Callable[[str], str]) -> dict[str, str]:
    # A server may repeat a secret in a name, too. Lowering a name may also make it a secret.
    return {
        short_line(redact(redact(name).lower())): short_line(redact(value))
        for name, value in response.headers.items()
        if name.lower().startswith(_RATE_LIMIT_HEADERS)
    }
