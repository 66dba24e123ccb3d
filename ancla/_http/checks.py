"""Checks of arguments that several modules share, and the wrapper that hides secret arguments.

Each check raises ValueError with a message that names the argument.

An argument that is secret travels as a `Secret`. Tracebacks may show the local variables of each
frame, as Sentry's do, and show the repr of this wrapper instead of the value.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeGuard, TypeVar

    Checked = TypeVar("Checked")

is_printable_ascii = re.compile(r"[\t\x20-\x7e]*").fullmatch  # What a header value may hold.
is_visible_ascii = re.compile(r"[\x21-\x7e]*").fullmatch  # What a URL or an API key may hold.


class Secret:
    """Carries a value that must not appear among the local variables of a traceback."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def reveal(value: Any) -> Any:
    """Returns the value that a Secret carries. Returns any other value unchanged."""
    return value.value if isinstance(value, Secret) else value


def check_secret(check: Callable[[Any], Checked], secret: Secret) -> Checked:
    """Returns `check(secret.value)`.

    If that raises ValueError, raises a new one with the same message: the traceback of the first
    one refers to frames that hold the value.
    """
    try:
        return check(secret.value)
    except ValueError as error:
        message = str(error)
    raise ValueError(message)


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


def check_callable(name: str, value: object) -> None:
    """Raises ValueError if the argument is neither callable nor None."""
    if value is not None and not callable(value):
        raise ValueError(f"{name} must be a function or None, not {type(value).__name__}")
