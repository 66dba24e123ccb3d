"""Sends a request, and returns the JSON of its response or raises its error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urljoin, urlsplit

from .._http.display import short_line, shown_header
from .._http.response import Response
from .._http.retry import requested_wait
from .._http.sender import Sender
from .._http.settings import Settings
from ..exceptions import AnclaError, InvalidResponseError
from . import strict_json
from .response_errors import Redact, error_from_response
from .secrets import config_values, without

Measure = Callable[[bytes], object]


class JSONSender:
    """Sends JSON and returns JSON. Only this class converts responses to errors."""

    def __init__(self, settings: Settings, sender: Sender) -> None:
        self.settings = settings
        self.sender = sender
        self.url = sender.url

    def read(
        self,
        target: str,
        secrets: object = None,
        measure: Measure | None = None,
    ) -> object:
        """Sends a GET and returns the JSON."""
        return self.send("GET", target, None, True, "", measure, secrets)

    def send(
        self,
        method: str,
        target: str,
        data: object,
        is_idempotent: bool,
        name: str,
        measure: Measure | None = None,
        secrets: object = None,
    ) -> object:
        """Returns the JSON, or None for an empty body. Raises AnclaError.

        `target` is a percent-encoded path, with its query if it has one. `data` is the body, None
        for no body, and `name` the name of its argument.
        `is_idempotent` says that it is safe to retry after a lost response. `measure` is called
        with the body of a successful response before it is parsed, and may raise. `secrets` are
        config values that are redacted besides those of the body.
        """
        body = None if data is None else strict_json.dumps(name, data)
        redact = partial(self.redact, data=data, secrets=secrets)
        response, is_repetition = self.sender.send(method, target, body, is_idempotent, redact)
        if response.status >= 300:
            raise self._error(method, target, response, is_repetition, redact)
        if not response.body:
            return None
        if measure is not None:
            measure(response.body)
        try:
            return strict_json.loads(response.body)
        except strict_json.NotJSONError as error:
            url = self.url(target)
            content_type = shown_header(response, "content-type", redact) or "no content type"
            raise InvalidResponseError(
                f"{method} {url} returned status {response.status} and {len(response.body)} "
                f"bytes ({content_type}) that are not the API's JSON: {error}",
                response.status,
                method=method,
                url=url,
                request_id=shown_header(response, "x-request-id", redact),
            ) from error

    def redact(self, text: str, data: object = None, secrets: object = None) -> str:
        """Returns a server's text with secrets redacted, in case the server repeats them.

        These are the API key, the config values in `data`, the body that was sent, and in
        `secrets`, those of the whole call. All texts from the server pass through here.
        """
        values = [*config_values(data), *config_values(secrets)]
        return without([*self.settings.secrets, *values], text)

    def _error(
        self,
        method: str,
        target: str,
        response: Response,
        is_repetition: bool,
        redact: Redact,
    ) -> AnclaError:
        hint = None
        location = response.header("location")
        if response.status == 401 and self.settings.api_key is None:
            hint = "pass api_key=... or set ANCLA_API_KEY"
        elif response.status < 400 and location is not None:
            # Shorten it last: a long user name could be cut, and its start taken for the host.
            origin = _origin(self.url(target), redact(location))
            hint = f"it redirects to {short_line(origin)}, which is not followed"
        error = error_from_response(
            method,
            self.url(target),
            response.status,
            response.body,
            redact=redact,
            request_id=shown_header(response, "x-request-id", redact),
            retry_after=requested_wait(response),
            hint=hint,
        )
        if method == "DELETE" and response.status == 404 and is_repetition:
            error.message += " (an earlier attempt failed, but may have deleted it)"
        return error


def _origin(url: str, location: str) -> str:
    """Returns scheme, host and port of a redirect. Its path and user info may hold secrets."""
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return "a malformed location"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
