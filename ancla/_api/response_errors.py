"""Converts a response with status code 300 or above to an error.

Frameworks report errors in different JSON objects, proxies in HTML or plain text. `_detail` reads
all of them. Bodies may be large, deeply nested or malicious, so every step has a limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from .._http.display import replace_controls
from ..exceptions import (
    AnclaError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from .secrets import MAX_PART_LENGTH

Redact = Callable[[str], str]

_MAX_BODY_KEPT = 64 * 1024
_MAX_TEXT_SHOWN = 500
_MAX_PARSED = 1024 * 1024
# Redact this much more than is kept, and then drop it: a secret cut off at the end is not found.
_MARGIN = 4 * MAX_PART_LENGTH  # in bytes: a character has up to four
_MAX_SEARCHED = _MAX_BODY_KEPT + _MARGIN
_MAX_LEVELS = 40  # Of objects and lists. Each level may copy the text below it.
# The fields with the error message, in order of preference, and the field with details of it.
MESSAGE_FIELDS = ("detail", "message", "error", "errors")
_DETAILS_FIELD = "extra"

_BY_STATUS: dict[int, type[AnclaError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
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
    redact: Redact = str,
) -> AnclaError:
    """Returns the error for a response with status code 300 or above.

    Reads any body: the documented object, that of a framework, plain text, HTML, an empty body and
    other bytes. `hint` is added to the message, and says what to do. `redact` removes secrets.
    """
    detail = readable_detail(body, redact)
    reason = detail or _REASONS.get(status_code, "no reason given")
    message = f"{method} {url} failed with status {status_code}: {reason}"
    if hint:
        message += f" ({hint})"
    error_class = _BY_STATUS.get(status_code, ServerError if status_code >= 500 else AnclaError)
    if status_code == 400 and _has_invalid_fields(body):
        error_class = ValidationError
    return error_class(
        message,
        status_code,
        detail,
        method=method,
        url=url,
        request_id=request_id,
        retry_after=retry_after,
        body=_kept(body, redact),
    )


def _has_invalid_fields(body: bytes) -> bool:
    """Returns whether the body has a framework's list of invalid fields."""
    if len(body) > _MAX_PARSED:
        return False
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return False
    extra = data.get("extra") if isinstance(data, dict) else None
    return isinstance(extra, list) and any(isinstance(item, dict) for item in extra)


def readable_detail(body: bytes, redact: Redact = str) -> str | None:
    """Returns the error message in a body as one line of text, or None."""
    return shown_text(_detail(body), redact) or None


def shown_text(text: str, redact: Redact) -> str:
    """Returns a server's text as one line of at most 500 characters, with secrets redacted."""
    searched = redact(text[:_MAX_SEARCHED])
    if len(text) > _MAX_SEARCHED:
        searched = searched[:-MAX_PART_LENGTH]
    line = " ".join(replace_controls(searched[: 4 * _MAX_TEXT_SHOWN], " ").split())
    return line if len(line) <= _MAX_TEXT_SHOWN else line[: _MAX_TEXT_SHOWN - 3] + "..."


def _kept(body: bytes, redact: Redact) -> bytes:
    """Returns the first 64 KiB of a body, with secrets redacted in both usual encodings."""
    kept = body[:_MAX_SEARCHED]
    for encoding in ("utf-8", "latin-1"):
        kept = redact(kept.decode(encoding, "surrogateescape")).encode(encoding, "surrogateescape")
    if len(body) > _MAX_SEARCHED:
        kept = kept[:-_MARGIN]
    return kept[:_MAX_BODY_KEPT]


def _detail(body: bytes) -> str:
    """Returns the message in the JSON of a body, the title of its HTML, or its plain text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    stripped = text.strip()
    if stripped[:1] in ("{", "[", '"'):
        if len(stripped) > _MAX_PARSED:  # Parsing would take seconds, and many times its memory.
            return ""
        try:
            return _from_json(json.loads(stripped))
        except (ValueError, RecursionError):
            pass
    if stripped[:1] == "<":
        return _html_title(stripped)
    return stripped


def _from_json(data: object, levels: int = _MAX_LEVELS) -> str:
    """Returns the error message in the data, down to a number of levels. Reads no part twice."""
    if isinstance(data, str):
        return data
    if levels == 0:
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, (_from_json_item(item, levels - 1) for item in data)))
    if not isinstance(data, dict):
        return ""
    messages = (_from_message_field(data.get(key), levels - 1) for key in MESSAGE_FIELDS)
    message = next(filter(None, messages), "")
    details = _from_json(data.get(_DETAILS_FIELD), levels - 1)
    return ": ".join(filter(None, (message, details)))


def _from_message_field(part: object, levels: int) -> str:
    """Returns the message in a field, or else the messages in the fields of its object."""
    message = _from_json(part, levels)
    if message or not isinstance(part, dict) or levels == 0:
        return message
    # Skip the fields that were just read. Otherwise each level would double the work.
    read = (*MESSAGE_FIELDS, _DETAILS_FIELD)
    faults = {name: _from_json(part[name], levels - 1) for name in part if name not in read}
    return "; ".join(f"{name}: {fault}" for name, fault in faults.items() if fault)


def _from_json_item(item: object, levels: int) -> str:
    """Returns the text for an item of a list of errors: {loc, msg} or {message, key, source}."""
    if not isinstance(item, dict) or levels == 0:
        return _from_json(item, levels)
    message = _from_json(item.get("msg"), levels - 1) or _from_json(item, levels)
    location = item.get("loc") or [part for part in (item.get("source"), item.get("key")) if part]
    if isinstance(location, list):
        location = ".".join(str(part) for part in location)
    return ": ".join(str(part) for part in (location, message) if part)


def _html_title(text: str) -> str:
    """Returns the title, or else the first heading: HAProxy's pages have no title."""
    lowered = text.lower()
    for tag in ("title", "h1"):
        start = lowered.find(f"<{tag}>")
        end = lowered.find(f"</{tag}>", start)
        if 0 <= start < end:
            return text[start + len(tag) + 2 : end]
    return "an HTML page"
