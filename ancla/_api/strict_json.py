"""JSON as the standard says it: no NaN, no Infinity, UTF-8 only.

A short text can hold many values, each of which takes up to a hundred times the memory of its text
(`[[],[],...]`). So they are counted before a large text is parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .._http.tracebacks import was_raised_by
from .._http.validation import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_USUAL_BYTES = 64 * 1024 * 1024
MAX_VALUES = 6_000_000  # in so many bytes; each takes up to 100 bytes, beside the text
_WEIGHT_OF_OBJECTS = 3  # and those three times as much
_TOKEN = re.compile(rb'"[^"]*"?|[{\[,]')


def max_values(max_bytes: int) -> int:
    """How many values texts of at most so many bytes may hold."""
    return MAX_VALUES * max(max_bytes, _USUAL_BYTES) // _USUAL_BYTES


def most_values_of(size: int) -> int:
    """How many values a text of that many bytes can hold."""
    return size * _WEIGHT_OF_OBJECTS


def count_at_most(text: bytes) -> int:
    """How many values a JSON text can hold at most; it holds fewer if its strings look like JSON.

    A value is an array, a string or what is behind a comma. An object counts three times.
    """
    objects = text.count(b"{") * _WEIGHT_OF_OBJECTS
    return objects + text.count(b"[") + text.count(b",") + text.count(b'"') // 2 + 1


def _has_more_values(text: bytes, most: int) -> bool:
    if count_at_most(text) <= most:
        return False
    # Without escapes, each quotation mark begins or ends a string.
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")
    left = most
    for token in _TOKEN.finditer(plain):
        left -= _WEIGHT_OF_OBJECTS if token[0] == b"{" else 1
        if left < 0:
            return True
    return False


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if number - number != 0:  # it is infinite
        raise ValueError("a number is too large")
    return number


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode
_decoder = json.JSONDecoder(parse_float=_finite_float, parse_constant=_refuse_constant)


class NotJSONError(ValueError):
    """The text is no JSON; not what a signal handler raised while it was read."""


def dumps(name: str, data: object) -> bytes:
    """The JSON text of `data`; ValueError, which names the argument, if there is none (NaN, a set).

    The error is raised anew, since the original one carries the text, which may hold secrets.
    """
    try:
        return _encode(data).encode()
    except UnicodeEncodeError:
        reason = "it holds text that is not valid Unicode"
    except (TypeError, ValueError) as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    raise ValueError(f"{name} must be JSON data: {reason}")


def loads(text: bytes, most_values: int = MAX_VALUES) -> object:
    """The data behind a JSON text; NotJSONError, which says where, if it is not one.

    The error is raised anew, as above.
    """
    if most_values_of(len(text)) > most_values and _has_more_values(text, most_values):
        raise NotJSONError(f"it holds more than {most_values} values")
    try:
        return _decoder.decode(text.decode("utf-8"))
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
