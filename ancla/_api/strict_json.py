"""Parses and writes strict JSON (RFC 8259): without NaN and Infinity, and UTF-8 only.

A short text can contain many values (`[[],[],...]`). Each takes up to a hundred times the memory of
its text. So the values of a large text are counted before it is parsed.

Errors of `json` carry the text, which may contain secrets. So they are replaced by new ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .._http.tracebacks import was_raised_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_DEFAULT_MAX_BYTES = 64 * 1024 * 1024
# The limit for a text of that size. A value takes up to 100 bytes of memory besides its text.
MAX_VALUES = 6_000_000
_WEIGHT_OF_OBJECTS = 3  # An object takes three times as much memory.
_TOKEN = rb'"[^"]*"?|[{\[,]'


def max_values(max_bytes: int) -> int:
    """Returns the maximum number of values in a text of at most `max_bytes`."""
    return MAX_VALUES * max(max_bytes, _DEFAULT_MAX_BYTES) // _DEFAULT_MAX_BYTES


def max_count_for_size(size: int) -> int:
    """Returns the highest possible number of values in a JSON text of this size.

    No text has more than a list of empty objects: `{},` counts as four values in three bytes.
    """
    return size * 4 // 3 + 1


def max_count_of(text: bytes) -> int:
    """Returns an upper bound for the number of values in a JSON text.

    Counts brackets, commas and quotation marks, also those inside strings. An object counts as
    three values.
    """
    objects = text.count(b"{") * _WEIGHT_OF_OBJECTS
    return objects + text.count(b"[") + text.count(b",") + text.count(b'"') // 2 + 1


def _has_more_values(text: bytes, limit: int) -> bool:
    """Returns whether a JSON text has more values. Counts nothing inside strings."""
    if max_count_of(text) <= limit:
        return False
    # Without escapes, each quotation mark starts or ends a string.
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")
    left = limit
    for token in re.finditer(_TOKEN, plain):
        left -= _WEIGHT_OF_OBJECTS if token[0] == b"{" else 1
        if left < 0:
            return True
    return False


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if number - number != 0:  # It is infinite.
        raise ValueError("a number is too large")
    return number


def _plain(value: object) -> object:
    """Converts what `json` cannot encode: mappings that are no dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode
_decoder = json.JSONDecoder(parse_float=_finite_float, parse_constant=_refuse_constant)


_STARTS = ("{", "[")


class NotJSONError(ValueError):
    """The text is not strict JSON."""


def dumps(name: str, data: object) -> bytes:
    """Returns the JSON text of `data`. Raises ValueError, which names the argument."""
    try:
        return _encode(data).encode()
    except UnicodeEncodeError:
        reason = "it contains text that is not valid Unicode"
    except (TypeError, ValueError) as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    raise ValueError(f"{name} must be JSON data: {reason}")


def loads(text: bytes, value_limit: int = MAX_VALUES) -> object:
    """Returns the data of a JSON text. Raises NotJSONError, which gives the position."""
    if max_count_for_size(len(text)) > value_limit and _has_more_values(text, value_limit):
        raise NotJSONError(f"it contains more than {value_limit} values")
    try:
        decoded = text.decode("utf-8")
        # `decode` also searches for whitespace at both ends, which most texts do not have.
        if decoded[:1] in _STARTS:
            data, end = _decoder.raw_decode(decoded)
            if not decoded[end:].strip(" \t\n\r"):
                return data
        return _decoder.decode(decoded)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at character {error.pos}"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        if not was_raised_by(error, loads, _decoder):
            raise
        reason = str(error)
    raise NotJSONError(reason)
