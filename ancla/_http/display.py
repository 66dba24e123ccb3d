"""How texts from the server are shown: redacted, short, and without control characters."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import Response

REDACTED = "********"
# Shorter secrets are not redacted: they would match parts of ordinary words.
MIN_SECRET_LENGTH = 4
_MAX_LINE_LENGTH = 200


def replace_controls(text: str, replacement: str) -> str:
    """Replaces each unprintable character, which could forge a line or control a terminal."""
    return "".join(char if char.isprintable() else replacement for char in text)


def short_line(text: str) -> str:
    """Returns the first 200 characters, with "?" for control characters."""
    return replace_controls(text[:_MAX_LINE_LENGTH], "?")


def shown_header(response: Response, name: str, redact: Callable[[str], str]) -> str | None:
    """Returns a header's value, redacted and shortened, or None if the header is missing."""
    value = response.header(name)
    return None if value is None else short_line(redact(value))
