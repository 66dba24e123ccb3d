"""One request: sent as often as the retry policy allows, its answer as JSON or a typed error."""

from __future__ import annotations

from functools import partial

from . import _strict_json
from ._log import open_log
from ._retry import RetryPolicy, parse_retry_after
from ._transport import AttemptFailed, Response, Transport
from .exceptions import (
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    InvalidResponseError,
    error_from_response,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._settings import Settings

_MOST_SHOWN = 200


class Session:
    """Sends requests to one server, over connections that it keeps."""

    _transport: Transport | None = None

    def __init__(self, settings: Settings) -> None:
        self.retry_policy = RetryPolicy(settings.max_retries)
        self._settings = settings
        self._closed = False

    def send(self, method: str, target: str, data: object, harmless: bool, name: str) -> object:
        """The answer's JSON, or None if it is empty; AnclaError for everything else.

        `target` is a quoted path below the API's prefix. `data` is the body, None for no body, and
        `name` the argument that it came from. `harmless`: it may be repeated after a lost answer.
        """
        body = None if data is None else _strict_json.dumps(name, data)
        response, is_repetition = self._send_until_answered(method, target, body, harmless)
        if response.status >= 300:
            error = self._error(method, target, data, response)
            if method == "DELETE" and response.status == 404 and is_repetition:
                error.message += " (an earlier attempt failed, but may have deleted it)"
            raise error
        if not response.body:
            return None
        try:
            return _strict_json.loads(response.body)
        except ValueError as error:
            raise self._not_json(method, target, response, error) from error

    def close(self) -> None:
        """Closes the idle connections; later requests raise AnclaError."""
        self._closed = True
        if self._transport is not None:
            self._transport.close()

    def url(self, target: str) -> str:
        """The URL to show: without the query, which may hold anything."""
        return self._settings.server.url + target.partition("?")[0]

    def _send_until_answered(
        self, method: str, target: str, body: bytes | None, harmless: bool
    ) -> tuple[Response, bool]:
        """The last answer, and whether the server may have seen the request before."""
        policy = self.retry_policy
        log = open_log(method, self._settings.server.path, target)
        retries_made = 0
        is_repetition = False
        while True:
            if log:
                log.start()
            try:
                response = self._open_transport().send(method, target, body)
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
                    log.answered(response, self._shown(response, "x-request-id"))
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
            policy.sleep(wait)
            retries_made += 1

    def _open_transport(self) -> Transport:
        transport = self._transport
        if transport is None:
            # Threads that come at once all get the first one's, and without a lock, which a fork
            # could leave held for ever.
            transport = self.__dict__.setdefault("_transport", Transport(self._settings))
        if self._closed:
            raise AnclaError("the client is closed; make a new AnclaClient")
        return transport

    def _no_answer(self, method: str, target: str, failure: AttemptFailed) -> APIConnectionError:
        error_class = APITimeoutError if failure.timed_out else APIConnectionError
        url = self.url(target)
        error = error_class(f"{method} {url} failed: {failure.reason}", method=method, url=url)
        error.permanent = failure.permanent
        return error

    def _error(self, method: str, target: str, data: object, response: Response) -> AnclaError:
        return error_from_response(
            method,
            self.url(target),
            response.status,
            response.body,
            hide=self._hide(data),
            request_id=self._shown(response, "x-request-id"),
            retry_after=parse_retry_after(response.header("retry-after")),
            hint=self._hint(target, response),
        )

    def _hint(self, target: str, response: Response) -> str | None:
        if response.status == 401 and self._settings.api_key is None:
            return "pass api_key=... or set ANCLA_API_KEY"
        location = response.header("location")
        if 300 <= response.status < 400 and location is not None:
            # Shortened only now, or the end of a long user name would be cut off, and its start
            # taken for the host.
            origin = _origin(self.url(target), self._hide(None)(location))
            return f"it redirects to {_short_line(origin)}, which is not followed"
        return None

    def _not_json(
        self, method: str, target: str, response: Response, error: ValueError
    ) -> InvalidResponseError:
        url = self.url(target)
        content_type = self._shown(response, "content-type") or "no content type"
        return InvalidResponseError(
            f"{method} {url} was answered with status {response.status} and {len(response.body)} "
            f"bytes ({content_type}) that are not the API's JSON: {error}",
            response.status,
            method=method,
            url=url,
            request_id=self._shown(response, "x-request-id"),
        )

    def _shown(self, response: Response, name: str) -> str | None:
        """A header's value as it may be shown: short, and free of the key and of controls."""
        value = response.header(name)
        return None if value is None else _short_line(self._hide(None)(value))

    def _hide(self, data: object) -> Callable[[str], str]:
        """Takes out of a text what a server must not put into our errors by echoing it: the key,
        and the config values in the body that was sent.
        """
        from ._secrets import config_values, without

        return partial(without, [self._settings.api_key, *config_values(data)])


def _short_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:_MOST_SHOWN])


def _origin(url: str, location: str) -> str:
    """Scheme, host and port of a redirect's target; its path and user info may hold secrets."""
    from urllib.parse import urljoin, urlsplit

    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return "a malformed location"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
