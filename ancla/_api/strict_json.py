"""Parses and writes strict JSON (RFC 8259): without NaN and Infinity, and UTF-8 only.

Errors of `json` carry the text, which may contain secrets. So they are replaced by new ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from .._http.tracebacks import was_raised_by
from .._model.dump import is_finite


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if not is_finite(number):
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


def loads(text: bytes) -> object:
    """Returns the data of a JSON text. Raises NotJSONError, which gives the position."""
    try:
        decoded = text.decode("utf-8")
        # `decode` also searches for whitespace at both ends, which most texts do not have.
        if decoded[:1] in ("{", "["):
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
