"""Checks a call's arguments before anything is sent, and percent-encodes paths.

`check` finds the checker of each argument in `_CHECKS`, by name. Arguments without one are segments
of the path or values of the query. Every ValueError names the argument, its value and what is
allowed. It never contains the value of a config variable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote, unquote

from .._http.checks import checked_flag, checked_integer, checked_text, is_integer
from ..exceptions import InvalidResponseError
from .strict_json import dumps

_UNRESERVED = re.compile(r"[A-Za-z0-9_~.-]+").fullmatch
# A date, or a date and time. The first group is what every Python's `datetime.fromisoformat` reads.
_ISO_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?)(?:(?<=:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
).fullmatch
_DOTS = (".", "..")
_NOT_IN_SEGMENTS = r"[\x00-\x1f\x7f-\x9f\u2028\u2029/\\]"
_NOT_IN_TARGETS = r"[\x00-\x20\x7f\\#]"
_SAFE_IN_PATHS = "/%?&=:@!$'()*+,;~-._"
_MAX_ID_LENGTH = 500
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def path_segment(name: str, value: object) -> str:
    """Returns `value` as one percent-encoded segment of a path.

    Raises ValueError for a value that could address another resource: an empty one, or one that a
    server may decode to `..` or to several segments.
    """
    if type(value) is str and _UNRESERVED(value) and value not in _DOTS:
        return value
    value = checked_text(name, value)
    read = _as_servers_may_read(value)
    if not read.strip() or _is_dots(read) or re.search(_NOT_IN_SEGMENTS, read):
        raise ValueError(
            f"{name} must be one segment of a path: not empty, not '.' or '..', without slashes, "
            f"backslashes and control characters, percent-encoded or not; not {value!r}"
        )
    return _quoted(name, value, safe="")


def _as_servers_may_read(text: str) -> str:
    """Returns the text as lenient servers decode it.

    Some servers and proxies decode a path several times, and some normalize Unicode.
    """
    return unicodedata.normalize("NFKC", unquote(unquote(unquote(text))))


def _is_dots(segment: str) -> bool:
    """Returns whether servers may read the segment as `.` or `..`.

    Some ignore spaces, and everything after a semicolon.
    """
    return segment.partition(";")[0].strip() in _DOTS


def usable_id(identifier: object, context: str) -> str:
    """Returns an id from a server.

    Raises InvalidResponseError if it does not fit into a path, or is too long for messages.
    """
    if isinstance(identifier, str) and len(identifier) <= _MAX_ID_LENGTH:
        with suppress(ValueError):
            path_segment("id", identifier)
            return identifier
    raise InvalidResponseError(f"{context}, but the server returned no usable id for it")


def request_target(method: object, path: object) -> tuple[str, str]:
    """Returns the method in capitals, and the percent-encoded path and query.

    Raises ValueError for an invalid argument of `AnclaClient.request`.
    """
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}, not {method!r}")
    path = checked_text("path", path)
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"path must start with one slash, as in '/organizations', not {path!r}")
    if re.search(_NOT_IN_TARGETS, path):
        raise ValueError(
            f"path must not hold spaces, '#', backslashes or control characters: {path!r}"
        )
    segments = re.split(r"[/\\]", _as_servers_may_read(path.partition("?")[0]))
    if any(map(_is_dots, segments)):
        raise ValueError(f"path must not hold the segments '.' and '..': {path!r}")
    return method.upper(), _quoted("path", path, safe=_SAFE_IN_PATHS)


def slug_from_name(name: object) -> str:
    """Returns the slug that the client makes of a name, such as "node-js-app" of "Node.js App".

    Raises ValueError if it is empty.
    """
    decomposed = unicodedata.normalize("NFKD", checked_text("name", name))
    ascii_name = decomposed.encode("ascii", "ignore").decode("ascii")
    slug = "-".join(re.findall(r"[a-z0-9]+", ascii_name.lower()))
    if not slug:
        raise ValueError(f"name must hold a letter or digit to derive a slug from, not {name!r}")
    return slug


def _quoted(name: str, value: str, safe: str) -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be valid Unicode text, not {value!r}") from None


def _non_empty_text(name: str, value: object) -> None:
    if not checked_text(name, value).strip():
        raise ValueError(f"{name} must hold more than spaces, not {value!r}")


def _process_counts(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f"{name} must map at least one process name to its count, as in {{'web': 2}}, "
            f"not {value!r}"
        )
    for process, count in value.items():
        if not isinstance(process, str) or not process:
            raise ValueError(f"{name} must have process names as its keys, not {process!r}")
        checked_integer(f"{name}[{process!r}]", count, minimum=0)


def _pod_classes(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError(f"{name} must map process names to the names of classes, not {value!r}")


def _whole_number(name: str, value: object) -> None:
    if not is_integer(value):
        raise ValueError(f"{name} must be an integer, not {value!r}")


def _likeness(typed: str, known: str) -> float:
    """Returns the share of letters that both have. difflib takes more memory than this package."""
    return len({*typed} & {*known}) / len({*typed} | {*known})


def _changed_fields(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("update_app needs at least one field to change, as in name='New name'")
    for field, content in value.items():
        checker = _APP_FIELDS.get(field)
        if checker is None:
            nearest = max(_APP_FIELDS, key=lambda known: _likeness(field, known))
            raise ValueError(
                f"update_app has no {field!r}: did you mean {nearest!r}? Unknown fields "
                "can be sent with request('PATCH', ...)"
            )
        if content is not None:
            checker(field, content)


def _strategy(name: str, value: object) -> None:
    if value not in ("dockerfile", "buildpack"):
        raise ValueError(f"{name} must be dockerfile or buildpack, not {value!r}")


def iso_text(value: object) -> object:
    """Returns a datetime with a time zone as text in ISO 8601, and any other value as it is."""
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value.isoformat()
    return value


def _time(name: str, value: object) -> None:
    if isinstance(value, str) and (match := _ISO_TIME(value)):
        with suppress(ValueError):
            datetime.fromisoformat(match[1])
            return
    raise ValueError(
        f"{name} must be a datetime with a time zone or text in ISO 8601, as in "
        f"'2030-01-01T00:00:00Z', not {value!r}"
    )


def _texts(name: str, value: object) -> None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{name} must be a list of strings, not {value!r}")


def _mapping(name: str, value: object) -> None:
    if not isinstance(value, Mapping) or not all(
        isinstance(text, str) for text in (*value, *value.values())
    ):
        raise ValueError(f"{name} must map strings to strings, not {type(value).__name__}")


def _variables(name: str, value: object) -> None:
    if isinstance(value, str) and value.strip():
        return
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f"{name} must be a non-empty mapping of strings or the text of a .env file, "
            f"not {'an empty' if isinstance(value, (str, Mapping)) else 'a'} "
            f"{type(value).__name__}"
        )
    for key, text in value.items():
        if not isinstance(key, str) or not key:
            raise ValueError(f"{name} must have non-empty strings as its keys, not {key!r}")
        checked_text(f"{name}[{key!r}]", text)


_APP_FIELDS: dict[str, Callable[[str, object], object]] = {
    "name": _non_empty_text,
    "platform": _non_empty_text,
    "process_counts": _process_counts,
    "process_pod_classes": _pod_classes,
    "privileged": checked_flag,
    "github_repository": checked_text,
    "github_repository_is_private": checked_flag,
    "github_app_installation_id": _whole_number,
    "github_environment_name": checked_text,
    "auto_deploy_branch": checked_text,
    "subdirectory": checked_text,
    "deployment_timeout": _whole_number,
    "health_check_path": checked_text,
    "health_check_host": checked_text,
}
_CHECKS: dict[str, Callable[[str, object], object]] = {
    **dict.fromkeys(
        ("name", "platform", "username", "github_repository", "prefix"), _non_empty_text
    ),
    **dict.fromkeys(
        "admin secret buildtime overwrite dry_run config_only is_checked".split(), checked_flag
    ),
    "value": checked_text,
    "counts": _process_counts,
    "fields": _changed_fields,
    "variables": _variables,
    "build_strategy": _strategy,
    "strategy": _strategy,
    "scopes": _texts,
    "expires_at": _time,
    "metadata": _mapping,
}
# Those that may be None.
_OPTIONAL = frozenset(
    "secret buildtime github_repository build_strategy strategy scopes prefix expires_at"
    " metadata".split()
)


def check(arguments: Mapping[str, object]) -> dict[str, str]:
    """Raises ValueError if one of a call's arguments is invalid.

    Returns those without a checker (slugs, keys and ids), percent-encoded as segments of a path.
    """
    segments = {}
    for name, value in arguments.items():
        checker = _CHECKS.get(name)
        if checker is None:
            segments[name] = path_segment(name, value)
        elif value is not None or name not in _OPTIONAL:
            checker(name, value)
            # Check now whether this is JSON. Otherwise, ids would be looked up first.
            if type(value) is not str or not value.isascii():
                dumps(name, value)
    return segments
