"""The secrets that a request holds, and how they are taken out of what a server says of it."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps

_SHORTEST_SECRET = 4


def config_values(body: object) -> list[object]:
    """The values of config variables in the body of a request."""
    if not isinstance(body, Mapping):
        return []
    variables = body.get("variables")
    others = variables.values() if isinstance(variables, Mapping) else ()
    return [body.get("value"), *_values_in(body.get("raw")), *others]


def _values_in(env_text: object) -> list[str]:
    """What stands behind the `=` of each line of a .env file, and the lines of longer values."""
    lines = [line.strip() for line in env_text.splitlines()] if isinstance(env_text, str) else []
    return lines + [line.partition("=")[2].strip().strip("'\"") for line in lines]


def without(secrets: list[object], text: str) -> str:
    """The text with the secrets in it made unreadable."""
    found = {str.__str__(secret) for secret in secrets if isinstance(secret, str)}
    # The longest first, since a shorter one may be part of it.
    for secret in sorted(found, key=len, reverse=True):
        if _SHORTEST_SECRET <= len(secret) <= len(text):  # no spelling is shorter
            for spelling in _spellings(secret):
                text = text.replace(spelling, "********")
    return text


def _spellings(secret: str) -> set[str]:
    """A secret as it is, as Python or JSON writes it, and all these as JSON writes them."""
    once = {secret, repr(secret)[1:-1], *_json_spellings(secret)}
    return once.union(*map(_json_spellings, once))


def _json_spellings(text: str) -> tuple[str, str]:
    return dumps(text)[1:-1], dumps(text, ensure_ascii=False)[1:-1]
