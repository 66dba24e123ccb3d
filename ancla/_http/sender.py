"""One request: sent as often as the retry policy allows, until an answer came."""

from __future__ import annotations

import re
import sys
from time import monotonic
from types import MappingProxyType

from ..exceptions import AnclaError, APIConnectionError, APITimeoutError
from .addresses import api_path
from .attempts import Attempt, is_logged, tell
from .checks import without_controls
from .retry import RetryPolicy, wait_asked_for
from .stream import AttemptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import Response
    from .settings import Settings
    from .transport import Transport

_MOST_SHOWN = 200
# Made of these words alone: a server could put the key into the name.
_TELLS_A_RATE_LIMIT = re.compile(
    "retry-after|(x-)?ratelimit(-(after|bucket|burst|day|global|hour|limit|minute|month|observed"
    "|policy|remaining|requests|reset|resource|retry|scope|second|tokens|type|used|window))*"
).fullmatch


class Sender:
    """Sends requests to one server, over connections that it may share with others."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        self.retry_policy = RetryPolicy(settings.max_retries)
        self._settings = settings
        self._transport = transport
        self._clock = settings.clock

    def with_settings(self, settings: Settings) -> Sender:
        """One with settings of its own, but the same connections."""
        return Sender(settings, self._transport)

    def send(
        self,
        method: str,
        target: str,
        body: memoryview | None,
        harmless: bool,
        hide: Callable[[str], str] = str,
    ) -> tuple[Response, bool]:
        """The last answer, of any status, and whether the server may have seen the request before.

        `target` is a quoted path below the API's prefix. `harmless`: it may be repeated after a
        lost answer. `hide` takes the secrets out of what is told of the answer.
        """
        policy, transport, settings = self.retry_policy, self._transport, self._settings
        # Whoever has not loaded logging does not listen to it.
        told = settings.on_attempt is not None or ("logging" in sys.modules and is_logged())
        retries_made = 0
        is_repetition = False
        if transport.closed or self._clock.ended:
            raise AnclaError("the client is closed; make a new AnclaClient")
        while True:
            started = monotonic() if told else 0.0
            try:
                # As an expression: a traceback that shows local variables shows no value.
                response = transport.send(
                    method,
                    target,
                    body,
                    settings.timeout,
                    settings.ask_for_headers()
                    if settings.more_headers is None
                    else settings.more_headers,
                )
            except AttemptFailed as failure:
                wait = policy.wait_after_failure(retries_made, failure, harmless)
                if told:
                    self._tell(method, target, retries_made, started, wait, hide, failure=failure)
                if wait is None or not self._sleep(wait):
                    failure.__traceback__ = None  # its frames hold what came of the response
                    raise self._no_answer(method, target, failure) from (
                        failure.__cause__ or failure
                    )
                is_repetition |= failure.maybe_processed
            else:
                wait = None
                if response.status >= 400:
                    wait = policy.wait_after_status(
                        retries_made, response.status, wait_asked_for(response), harmless
                    )
                if told:
                    self._tell(method, target, retries_made, started, wait, hide, response)
                if wait is None or not self._sleep(wait):
                    return response, is_repetition
                is_repetition |= response.status >= 500
            retries_made += 1

    def close(self) -> None:
        """Closes the idle connections and ends the waits for retries.

        Later requests raise AnclaError.
        """
        self._transport.close()
        self._clock.end()

    def _sleep(self, seconds: float) -> bool:
        """Waits for the next attempt. Returns False if the client was closed meanwhile: the call
        ends with the outcome that it has.
        """
        self._clock.sleep(seconds)
        return not self._clock.ended

    def url(self, target: str) -> str:
        """The URL to show: without the query, which may hold anything."""
        return self._settings.shown(self._settings.server.url + api_path(target.partition("?")[0]))

    def _tell(
        self,
        method: str,
        target: str,
        retries_made: int,
        started: float,
        wait: float | None,
        hide: Callable[[str], str],
        response: Response | None = None,
        failure: AttemptFailed | None = None,
    ) -> None:
        attempt = Attempt(
            method=method,
            path=short_line(hide(self._settings.server.path + api_path(target.partition("?")[0]))),
            number=retries_made + 1,
            seconds=monotonic() - started,
            status_code=response and response.status,
            error=failure and hide(failure.reason),
            request_id=response and shown_header(response, "x-request-id", hide),
            reused=response and response.reused,
            rate_limit=MappingProxyType(_rate_limit(response, hide) if response else {}),
            retries_after=wait,
        )
        tell(attempt, self._settings.on_attempt)

    def _no_answer(self, method: str, target: str, failure: AttemptFailed) -> APIConnectionError:
        error_class = APITimeoutError if failure.timed_out else APIConnectionError
        url = self.url(target)
        error = error_class(f"{method} {url} failed: {failure.reason}", method=method, url=url)
        error.permanent = failure.permanent
        return error


def _rate_limit(response: Response, hide: Callable[[str], str]) -> dict[str, str]:
    return {
        lowered: short_line(hide(value))
        for name, value in response.headers.items()
        if _TELLS_A_RATE_LIMIT(lowered := name.lower())
    }


def shown_header(response: Response, name: str, hide: Callable[[str], str]) -> str | None:
    """A header's value as it may be shown: short, and free of secrets and of controls."""
    value = response.header(name)
    return None if value is None else short_line(hide(value))


def short_line(text: str) -> str:
    return without_controls(text[:_MOST_SHOWN], "?")
