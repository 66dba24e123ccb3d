"""The errors of requests and responses, which need no model. Import them from `ancla.exceptions`.

They stand in a module of their own because the transport and the models raise them, and
`ancla.exceptions` imports the models.
"""

from __future__ import annotations


class AnclaError(Exception):
    """The base of all errors from the platform or from the connection to it.

    `str(error)` is a sentence for people, with at most 500 characters of the server's text. These
    attributes are for programs:

    status_code: the status code, or None if no response arrived
    detail:      the server's error message as readable text, or None if it sent none
    method, url: the failed request (the URL contains no secret), or None
    request_id:  the server's X-Request-ID, to give to its support, or None
    retry_after: the seconds that the server asked to wait, or None
    body:        the first 64 KiB of the response body, or None; if the server repeats the API key
                 or values of config variables, they are redacted
    """

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        detail: str | None = None,
        *,
        method: str | None = None,
        url: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: bytes | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.detail = detail
        self.method = method
        self.url = url
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"


class AuthenticationError(AnclaError):
    """401: the API key is missing, or the server does not accept it."""


class PermissionDeniedError(AnclaError):
    """403: the API key is valid, but may not do this."""


class NotFoundError(AnclaError):
    """404: the record does not exist, or the API key has no access to it."""


class ConflictError(AnclaError):
    """409: the request conflicts with what exists, for example a record of the same name."""


class ValidationError(AnclaError):
    """422, or 400 with a list of invalid fields: the server did not accept the values sent.

    `detail` says which ones and why.
    """


class RateLimitError(AnclaError):
    """429: too many requests, also after the retries. `retry_after` says how long to wait."""


class ServerError(AnclaError):
    """500 and up: the server failed, or a proxy in front of it."""


class APIConnectionError(AnclaError):
    """No complete response arrived: the connection or TLS failed, or the response is malformed.

    The original error is the `__cause__`. `permanent` is True if a retry would fail in the same
    way, for example because the certificate is not trusted or the response is too large.
    """

    permanent = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """No complete response arrived within `timeout` seconds."""


class InvalidResponseError(AnclaError, ValueError):
    """A complete response arrived, but it is not what the API documents."""
