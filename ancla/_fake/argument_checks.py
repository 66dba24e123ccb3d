"""Checks of the arguments of `ancla.testing.FakeAncla`."""

from __future__ import annotations

import threading
from collections.abc import Collection

from .platform import is_slug


def check(argument: str, value: object, is_valid: bool, allowed: str) -> None:
    if not is_valid:
        raise ValueError(f"{argument} must be {allowed}, not {value!r}")


def check_word(argument: str, value: object, words: Collection[str]) -> None:
    *others, last = map(repr, words)
    check(argument, value, value in words, f"{', '.join(others)} or {last}")


def check_slugs(**slugs: object) -> None:
    for argument, slug in slugs.items():
        check(argument, slug, is_slug(slug), "a slug such as 'my-app'")


def check_secret(argument: str, value: object) -> None:
    """Raises ValueError if it is not a string. The error names its type, not the value."""
    if not isinstance(value, str):
        raise ValueError(f"{argument} must be a string, not {type(value).__name__}")


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_whole(value: object, least: int, most: float = float("inf")) -> bool:
    return isinstance(value, int) and least <= value <= most


def is_delay(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= threading.TIMEOUT_MAX
