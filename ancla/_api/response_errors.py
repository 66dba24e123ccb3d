"""Maps a response with status code 300 or above to its typed error: the one place that does."""

from __future__ import annotations

import json

from .._http.display import replace_controls
from ..exceptions import (
    AnclaError,
    AuthenticationError,
    NotFoundError,
    ServerError,
    ValidationError,
)
from .secrets import LONGEST_PART

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAX_BODY_KEPT = 64 * 1024
_MAX_TEXT_SHOWN = 500
_MAX_PARSED = 1024 * 1024
# How much is searched for secrets: what is kept, and behind it the start of one that was cut.
_LONGEST_START = 4 * LONGEST_PART  # in bytes
_MAX_SEARCHED = _MAX_BODY_KEPT + _LONGEST_START
_MAX_LEVELS = 40  # of objects and lists; each level may copy the text below it
# Where the frameworks say what is wrong, the most telling first; then details of it.
_TELLING = ("detail", "message", "error", "errors")
_ADDED = "extra"

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
    redact: Callable[[str], str] = str,
) -> AnclaError:
    """The typed error for a response with status code 300 or above; returned, not raised.

    Takes every body shape: the documented one, the framework's with and without `extra`,
    `detail` as a list, plain text, HTML, nothing, and bytes that are none of these.
    `hint` is added to the sentence: what to do about it. `redact` takes the secrets out of a text.
    """
    detail = readable_detail(body, redact)
    said = detail or _REASONS.get(status_code, "no reason given")
    message = f"{method} {url} failed with status {status_code}: {said}"
    if hint:
        message = f"{message} ({hint})"
    error_class = _BY_STATUS.get(status_code, ServerError if status_code >= 500 else AnclaError)
    if status_code == 400 and _has_extra(body):
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


def _has_extra(body: bytes) -> bool:
    """Whether it is the framework's list of what is wrong with a request."""
    if len(body) > _MAX_PARSED:
        return False
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and bool(data.get("extra"))


def readable_detail(body: bytes, redact: Callable[[str], str] = str) -> str | None:
    """What an error's body says, as one line of text, or None when it says nothing."""
    return shown_text(_detail(body), redact) or None


def shown_text(text: str, redact: Callable[[str], str]) -> str:
    """A server's text as messages show it: one line of at most 500 characters, without secrets."""
    searched = redact(text[:_MAX_SEARCHED])
    if len(text) > _MAX_SEARCHED:
        searched = searched[:-LONGEST_PART]
    return _shortened(searched)


def _kept(body: bytes, redact: Callable[[str], str]) -> bytes:
    kept = body[:_MAX_SEARCHED]
    for encoding in ("utf-8", "latin-1"):
        kept = redact(kept.decode(encoding, "surrogateescape")).encode(encoding, "surrogateescape")
    if len(body) > _MAX_SEARCHED:
        kept = kept[:-_LONGEST_START]
    return kept[:_MAX_BODY_KEPT]


def _detail(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    stripped = text.strip()
    if stripped[:1] in ("{", "[", '"'):
        if len(stripped) > _MAX_PARSED:  # it would take seconds, and many times its memory
            return ""
        try:
            return _from_json(json.loads(stripped))
        except (ValueError, RecursionError):
            pass
    if stripped[:1] == "<":
        return _html_title(stripped)
    return stripped


def _from_json(data: Any, levels: int = _MAX_LEVELS) -> str:
    """What the data says. Reads nothing twice, and nothing below so many levels."""
    if isinstance(data, str):
        return data
    if levels == 0:
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, (_from_json_item(item, levels - 1) for item in data)))
    if not isinstance(data, dict):
        return ""
    told = (_from_telling(data.get(key), levels - 1) for key in _TELLING)
    said = next(filter(None, told), "")
    extra = _from_json(data.get(_ADDED), levels - 1)
    return f"{said}: {extra}" if said and extra else said or extra


def _from_telling(part: Any, levels: int) -> str:
    """What a telling part says; if it is an object that says nothing, what its fields say."""
    said = _from_json(part, levels)
    if said or not isinstance(part, dict) or levels == 0:
        return said
    # Without the fields that were just read, or each level would double the work.
    others = ((name, part[name]) for name in part if name not in (*_TELLING, _ADDED))
    faults = ((name, _from_json(fault, levels - 1)) for name, fault in others)
    return "; ".join(f"{name}: {fault}" for name, fault in faults if fault)


def _from_json_item(item: Any, levels: int) -> str:
    """One entry of a framework's list of faults: {loc, msg} or {message, key, source}."""
    if not isinstance(item, dict) or levels == 0:
        return _from_json(item, levels)
    said = _from_json(item.get("msg"), levels - 1) or _from_json(item, levels)
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
    line = " ".join(replace_controls(text[: 4 * _MAX_TEXT_SHOWN], " ").split())
    return line if len(line) <= _MAX_TEXT_SHOWN else line[: _MAX_TEXT_SHOWN - 3] + "..."
