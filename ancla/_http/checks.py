"""What all rooms above share: rules for arguments and texts, each in one place, and the clock."""

from __future__ import annotations

import re
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

# Of ASCII: what a header may hold, and what a URL or a key may.
is_printable_ascii = re.compile(r"[\t\x20-\x7e]*").fullmatch
is_visible_ascii = re.compile(r"[\x21-\x7e]*").fullmatch


def checked_text(name: str, value: object) -> str:
    """The argument as a plain string; ValueError if it is none."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    return str.__str__(value)  # a member of an enum would be formatted as its name


def is_whole(value: object, least: float = float("-inf")) -> TypeGuard[int]:
    """Whether it is a whole number, at least `least`; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def whole_number(name: str, value: object, least: int) -> int:
    """The argument as it is; ValueError if it is no whole number, or less than `least`."""
    if not is_whole(value, least):
        raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")
    return value


def function_or_none(name: str, value: object) -> None:
    """Finds out before anything is sent, and not when it is to be called."""
    if value is not None and not callable(value):
        raise ValueError(f"{name} must be a function or None, not {type(value).__name__}")


def without_controls(text: str, instead: str) -> str:
    """A text that can neither forge a line nor steer a terminal."""
    return "".join(char if char.isprintable() else instead for char in text)


class Clock:
    """What all waits of one client use: between attempts, and between looks at the pipeline."""

    __slots__ = ("monotonic", "sleep")

    def __init__(
        self,
        sleep: Callable[[float], object] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        # Looked up late, as the tests of users replace them in `time`.
        self.sleep = sleep or (lambda seconds: time.sleep(seconds))
        self.monotonic = monotonic or (lambda: time.monotonic())
