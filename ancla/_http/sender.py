"""One request: sent as often as the retry policy allows, until an answer came."""

from __future__ import annotations

from ..exceptions import AnclaError, APIConnectionError, APITimeoutError
from .log import open_log
from .retry import RetryPolicy, parse_retry_after
from .transport import AttemptFailed, Response, Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .settings import Settings

_MOST_SHOWN = 200


class Sender:
    """Sends requests to one server, over connections that it keeps."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.retry_policy = RetryPolicy(settings.max_retries)
        self._settings = settings
        self._clock = clock
        self._transport = Transport(settings)

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        harmless: bool,
        hide: Callable[[str], str] = str,
    ) -> tuple[Response, bool]:
        """The last answer, of any status, and whether the server may have seen the request before.

        `target` is a quoted path below the API's prefix. `harmless`: it may be repeated after a
        lost answer. `hide` takes the secrets out of what the log shows of the answer.
        """
        policy = self.retry_policy
        log = open_log(method, self._settings.server.path, target)
        retries_made = 0
        is_repetition = False
        while True:
            if log:
                log.start()
            if self._transport.closed:
                raise AnclaError("the client is closed; make a new AnclaClient")
            try:
                response = self._transport.send(method, target, body)
            except AttemptFailed as failure:
                if log:
                    log.failed(failure)
                wait = policy.wait_after_failure(retries_made, failure, harmless)
                if wait is None:
                    raise self._no_answer(method, target, failure) from (
                        failure.__cause__ or failure
                    )
                reason = failure.reason
                is_repetition |= failure.maybe_processed
            else:
                if log:
                    log.answered(response, shown_header(response, "x-request-id", hide))
                if response.status < 400:
                    return response, is_repetition
                retry_after = parse_retry_after(response.header("retry-after"))
                wait = policy.wait_after_status(
                    retries_made, response.status, retry_after, harmless
                )
                if wait is None:
                    return response, is_repetition
                reason = f"the server answered with status {response.status}"
                is_repetition |= response.status >= 500
            if log:
                log.retrying(reason, wait)
            self._clock.sleep(wait)
            retries_made += 1

    def close(self) -> None:
        """Closes the idle connections; later requests raise AnclaError."""
        self._transport.close()

    def url(self, target: str) -> str:
        """The URL to show: without the query, which may hold anything."""
        return self._settings.server.url + target.partition("?")[0]

    def _no_answer(self, method: str, target: str, failure: AttemptFailed) -> APIConnectionError:
        error_class = APITimeoutError if failure.timed_out else APIConnectionError
        url = self.url(target)
        error = error_class(f"{method} {url} failed: {failure.reason}", method=method, url=url)
        error.permanent = failure.permanent
        return error


def shown_header(response: Response, name: str, hide: Callable[[str], str]) -> str | None:
    """A header's value as it may be shown: short, and free of secrets and of controls."""
    value = response.header(name)
    return None if value is None else short_line(hide(value))


def short_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:_MOST_SHOWN])
