"""Checks of arguments that several modules share.

Each check raises ValueError with a message that names the argument.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

is_printable_ascii = re.compile(r"[\t\x20-\x7e]*").fullmatch  # What a header value may hold.
is_visible_ascii = re.compile(r"[\x21-\x7e]*").fullmatch  # What a URL or an API key may hold.


def checked_text(name: str, value: object) -> str:
    """Returns the argument as a plain `str`. Raises ValueError if it is not a string."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    return str.__str__(value)  # A member of an enum would be formatted as its name.


def is_integer(value: object, minimum: float = float("-inf")) -> TypeGuard[int]:
    """Returns whether this is an int of at least `minimum`. True and False are not integers."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= minimum


def checked_integer(name: str, value: object, minimum: int) -> int:
    """Returns the argument. Raises ValueError if it is not an int of at least `minimum`."""
    if not is_integer(value, minimum):
        raise ValueError(f"{name} must be an integer of at least {minimum}, not {value!r}")
    return value


def checked_flag(name: str, value: object) -> bool:
    """Returns the argument. Raises ValueError if it is not True or False."""
    if not isinstance(value, bool):
        # Not the value: it may be the secret itself, in the wrong place.
        raise ValueError(f"{name} must be True or False, not {type(value).__name__}")
    return value


def check_callable(name: str, value: object) -> None:
    """Raises ValueError if the argument is neither callable nor None."""
    if value is not None and not callable(value):
        raise ValueError(f"{name} must be a function or None, not {type(value).__name__}")
