"""One request and its answer's JSON, or the typed error for an answer that has none."""

from __future__ import annotations

from functools import partial
from urllib.parse import urljoin, urlsplit

from .._http.retry import parse_retry_after
from .._http.sender import Sender, short_line, shown_header
from ..exceptions import AnclaError, InvalidResponseError
from . import strict_json
from .answer_errors import error_from_response
from .secrets import config_values, without

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._http.clock import Clock
    from .._http.settings import Settings
    from .._http.transport import Response


class JSONSender:
    """Sends JSON and gives back JSON: the one place where answers become errors."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.sender = Sender(settings, clock)
        self.url = self.sender.url
        self._settings = settings

    def send(self, method: str, target: str, data: object, harmless: bool, name: str) -> object:
        """The answer's JSON, or None if it is empty; AnclaError for everything else.

        `target` is a quoted path below the API's prefix. `data` is the body, None for no body, and
        `name` the argument that it came from. `harmless`: it may be repeated after a lost answer.
        """
        body = None if data is None else strict_json.dumps(name, data)
        response, is_repetition = self.sender.send(
            method, target, body, harmless, partial(self._hide, data)
        )
        if response.status >= 300:
            error = self._error(method, target, data, response)
            if method == "DELETE" and response.status == 404 and is_repetition:
                error.message += " (an earlier attempt failed, but may have deleted it)"
            raise error
        if not response.body:
            return None
        try:
            return strict_json.loads(response.body)
        except ValueError as error:
            raise self._not_json(method, target, response, error) from error

    def _error(self, method: str, target: str, data: object, response: Response) -> AnclaError:
        return error_from_response(
            method,
            self.url(target),
            response.status,
            response.body,
            hide=partial(self._hide, data),
            request_id=shown_header(response, "x-request-id", partial(self._hide, data)),
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
            origin = _origin(self.url(target), self._hide(None, location))
            return f"it redirects to {short_line(origin)}, which is not followed"
        return None

    def _not_json(
        self, method: str, target: str, response: Response, error: ValueError
    ) -> InvalidResponseError:
        url = self.url(target)
        content_type = shown_header(response, "content-type", partial(self._hide, None)) or "no content type"
        return InvalidResponseError(
            f"{method} {url} was answered with status {response.status} and {len(response.body)} "
            f"bytes ({content_type}) that are not the API's JSON: {error}",
            response.status,
            method=method,
            url=url,
            request_id=shown_header(response, "x-request-id", partial(self._hide, None)),
        )

    def _hide(self, data: object, text: str) -> str:
        """Takes out of a text what a server must not put into our errors by echoing it: the key,
        and the config values in the body that was sent.
        """
        return without([self._settings.api_key, *config_values(data)], text)


def _origin(url: str, location: str) -> str:
    """Scheme, host and port of a redirect's target; its path and user info may hold secrets."""
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return "a malformed location"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
