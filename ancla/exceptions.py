"""Every error that the SDK raises, and the one mapper that makes them from answers.

AnclaError                    any answer that is an error, and the base of all below
  AuthenticationError         401
  NotFoundError               404
  ValidationError             422
  ServerError                 500 and up
  APIConnectionError          no whole answer came (also the TLS failures)
    APITimeoutError             ... in time (also a TimeoutError)
  InvalidResponseError        an answer came that is not what the API promises (also a ValueError)
  BuildFailedError            the image or release that was waited for failed
  DeploymentFailedError       the deployment that was waited for failed
  WaitTimeoutError            it was not over in time (also a TimeoutError)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .models import Deployment, Image, Release

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AnclaError",
    "AuthenticationError",
    "BuildFailedError",
    "DeploymentFailedError",
    "InvalidResponseError",
    "NotFoundError",
    "ServerError",
    "ValidationError",
    "WaitTimeoutError",
]


class AnclaError(Exception):
    """An error of the platform or on the way to it.

    `str(error)` is a sentence for people. For programs there are:

    status_code: the HTTP status, or None when no answer came
    detail:      what the server said, made readable, or None when it said nothing
    method, url: the request that failed (the URL holds no secret), or None
    request_id:  the server's X-Request-ID, for its support, or None
    retry_after: seconds that the server asked to wait, or None
    body:        the answer's bytes (at most the first 64 KiB), or None; the key and the values of
                 config variables are replaced where the server repeats them
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
    """401: there is no API key, or the server does not accept it."""


class NotFoundError(AnclaError):
    """404: what was asked for does not exist, or the key may not see it."""


class ValidationError(AnclaError):
    """422: the server found fault with what was sent; `detail` says with what."""


class ServerError(AnclaError):
    """500 and up: the server, or a proxy in front of it, failed."""


class APIConnectionError(AnclaError):
    """No whole answer came: the connection, TLS or the answer's framing failed.

    The original error is the `__cause__`. `permanent` is True if another attempt would fail in the
    same way: a certificate that is not trusted, an answer over the size limit.
    """

    permanent = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """No whole answer came within `timeout` seconds."""


class InvalidResponseError(AnclaError, ValueError):
    """A whole answer came, but it is not what the API promises."""


class BuildFailedError(AnclaError):
    """The image or release that was waited for ended in an error.

    `model` is its last state; `detail` is the server's error_detail.
    """

    def __init__(
        self, message: str, model: Image | Release | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class DeploymentFailedError(AnclaError):
    """The deployment that was waited for ended in an error.

    `model` is its last state; `detail` is the server's error_detail.
    """

    def __init__(
        self, message: str, model: Deployment | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class WaitTimeoutError(AnclaError, TimeoutError):
    """What was waited for was not over in time; it may still go on at the server.

    `model` is the last state that was seen, or None when there was none.
    """

    def __init__(self, message: str, model: Image | Release | Deployment | None = None) -> None:
        super().__init__(message)
        self.model = model


_MOST_BODY_KEPT = 64 * 1024
_MOST_TEXT_SHOWN = 500
_MOST_SEARCHED = 1024 * 1024  # for a reason, and for secrets, which takes a while each

_BY_STATUS: dict[int, type[AnclaError]] = {
    401: AuthenticationError,
    404: NotFoundError,
    422: ValidationError,
}

_REASONS = {
    400: "bad request",
    401: "not authenticated",
    403: "no permission",
    404: "not found",
    405: "method not allowed",
    409: "conflict",
    413: "request too large",
    422: "validation failed",
    429: "too many requests",
    500: "internal server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
}


def error_from_response(
    method: str,
    url: str,
    status_code: int,
    body: bytes,
    *,
    request_id: str | None = None,
    retry_after: float | None = None,
    hint: str | None = None,
    hide: Callable[[str], str] = str,
) -> AnclaError:
    """The typed error for an answer of status 300 and up; it is returned, not raised.

    Takes every body shape: the documented one, the framework's with and without `extra`,
    `detail` as a list, plain text, HTML, nothing, and bytes that are none of these.
    `hint` is added to the sentence: what to do about it. `hide` takes the secrets out of a text.
    """
    detail = readable_detail(body, hide)
    said = detail or _REASONS.get(status_code, "no reason given")
    message = f"{method} {url} failed with status {status_code}: {said}"
    if hint:
        message = f"{message} ({hint})"
    error_class = _BY_STATUS.get(status_code, ServerError if status_code >= 500 else AnclaError)
    return error_class(
        message,
        status_code,
        detail,
        method=method,
        url=url,
        request_id=request_id,
        retry_after=retry_after,
        body=_kept(body, hide),
    )


def readable_detail(body: bytes, hide: Callable[[str], str] = str) -> str | None:
    """What an error's body says, as one line of text, or None when it says nothing."""
    said = _detail(body)
    return _shortened(hide(said[:_MOST_SEARCHED])) or None


def _kept(body: bytes, hide: Callable[[str], str]) -> bytes:
    text = hide(body[:_MOST_SEARCHED].decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogateescape")[:_MOST_BODY_KEPT]


def _detail(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    stripped = text.strip()
    if stripped[:1] in ("{", "[", '"'):
        if len(stripped) > _MOST_SEARCHED:  # it would take seconds, and many times its memory
            return ""
        import json

        try:
            return _from_json(json.loads(stripped))
        except (ValueError, RecursionError):
            pass
    if stripped[:1] == "<":
        return _html_title(stripped)
    return stripped


def _from_json(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(_from_json_item, data)))
    if not isinstance(data, dict):
        return ""
    telling = (data.get(key) for key in ("detail", "message", "error", "errors"))
    said = next((text for part in telling if (text := _from_json(part) or _by_field(part))), "")
    extra = _from_json(data.get("extra"))
    return f"{said}: {extra}" if said and extra else said or extra


def _by_field(faults: Any) -> str:
    """What {name of a field: its faults} says."""
    if not isinstance(faults, dict):
        return ""
    told = ((field, _from_json(fault)) for field, fault in faults.items())
    return "; ".join(f"{field}: {fault}" for field, fault in told if fault)


def _from_json_item(item: Any) -> str:
    """One entry of a framework's list of faults: {loc, msg} or {message, key, source}."""
    if not isinstance(item, dict):
        return _from_json(item)
    said = _from_json(item.get("msg")) or _from_json(item)
    location = item.get("loc") or [part for part in (item.get("source"), item.get("key")) if part]
    if isinstance(location, list):
        location = ".".join(str(part) for part in location)
    return f"{location}: {said}" if location and said else said or str(location)


def _html_title(text: str) -> str:
    """The title, or else the first heading: the pages of HAProxy have no title."""
    lowered = text.lower()
    for tag in ("title", "h1"):
        start = lowered.find(f"<{tag}>")
        end = lowered.find(f"</{tag}>", start)
        if 0 <= start < end:
            return text[start + len(tag) + 2 : end]
    return "an HTML page"


def _shortened(text: str) -> str:
    line = "".join(char if char.isprintable() else " " for char in text[: 4 * _MOST_TEXT_SHOWN])
    line = " ".join(line.split())
    return line if len(line) <= _MOST_TEXT_SHOWN else line[: _MOST_TEXT_SHOWN - 3] + "..."
