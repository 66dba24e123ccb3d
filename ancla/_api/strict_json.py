"""JSON as the standard says it: no NaN, no Infinity, UTF-8 only."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .._http.checks import Secret
from .._http.stream import is_of_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


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


def loads(text: bytes) -> object:
    """The data behind a JSON text; NotJSONError, which says where, if it is not one.

    The error is raised anew, as above.
    """
    try:
        return _decoder.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at character {error.pos}"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        if not is_of_system(error, loads, _decoder):
            raise
        reason = str(error)
    raise NotJSONError(reason)
