"""The secrets that a request holds, and how they are taken out of what a server says of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from json import dumps

from .._http.checks import Secret, reveal
from .._http.settings import HIDDEN, SHORTEST_SECRET
from .dotenv import parse_dotenv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_PART = 1000


def config_values(body: object) -> list[object]:
    """The values of config variables in the body of a request."""
    body = reveal(body)
    if not isinstance(body, Mapping):
        return []
    variables = reveal(body.get("variables"))
    others = variables.values() if isinstance(variables, Mapping) else ()
    return [reveal(body.get("value")), *_values_in(reveal(body.get("raw"))), *others]


def _values_in(env_text: object) -> list[str]:
    """What stands behind the `=` of each line of a .env file, and the lines of longer values."""
    lines = [line.strip() for line in env_text.splitlines()] if isinstance(env_text, str) else []
    return lines + [line.partition("=")[2].strip().strip("'\"") for line in lines]


def secret_variables(given: Any) -> tuple[dict[str, Secret], list[dict[str, str]]]:
    """The variables of a mapping or of the text of a .env file, which a Secret carries, and what is
    wrong with the lines of the text.
    """
    variables, errors = reveal(given), list[dict[str, str]]()
    if isinstance(variables, str):
        variables, errors = parse_dotenv(variables)
    return {name: Secret(value) for name, value in variables.items()}, errors


def faultless_variables(given: Secret) -> Secret:
    """A mapping as it is, or the variables in the text of a .env file.

    Raises ValueError, which shows no line, if one of the lines is none.
    """
    if not isinstance(given.value, str):
        return given
    variables, errors = secret_variables(given)
    for error in errors:
        raise ValueError(f"variables: {error['name']}: {error['error']}")
    return Secret({name: secret.value for name, secret in variables.items()})


def without(secrets: list[object], text: str) -> str:
    """The text with the secrets in it made unreadable.

    A request may hold thousands of secrets, and an answer a million places where one may begin.
    """
    found = {str.__str__(secret) for secret in secrets if isinstance(secret, str)}
    spellings = sorted(
        {
            part
            for secret in found
            if SHORTEST_SECRET <= len(secret) <= len(text)  # no spelling is shorter
            for spelling in _spellings(secret)
            for part in _parts(spelling)
        }
    )
    if not spellings:
        return text
    longest_starts = _longest_starts(spellings)
    starts = {spelling[:SHORTEST_SECRET] for spelling in spellings}
    shown: list[str] = []
    end = 0
    for start in range(len(text) - SHORTEST_SECRET + 1):
        if text[start : start + SHORTEST_SECRET] in starts:
            # Those that may be here are the last one not behind the text, and its own starts.
            index = bisect_right(spellings, text[start : start + _LONGEST_PART]) - 1
            while index >= 0 and not text.startswith(spellings[index], start):
                index = longest_starts[index]
            if index >= 0:
                if start > end or not shown:
                    shown += [text[end:start], HIDDEN]
                end = max(end, start + len(spellings[index]))
    return "".join([*shown, text[end:]])


def _longest_starts(spellings: list[str]) -> list[int]:
    """For each sorted spelling, the index of the longest other one that it starts with, or -1."""
    found: list[int] = []
    for index, spelling in enumerate(spellings):
        before = index - 1
        while before >= 0 and not spelling.startswith(spellings[before]):
            before = found[before]
        found.append(before)
    return found


def _parts(spelling: str) -> list[str]:
    """A spelling in parts of a length that does not slow the search; the last two may overlap."""
    last = max(0, len(spelling) - _LONGEST_PART)
    return [
        spelling[min(start, last) :][:_LONGEST_PART]
        for start in range(0, len(spelling), _LONGEST_PART)
    ]


def _spellings(secret: str) -> set[str]:
    """A secret as it is, as Python or JSON writes it, and all these as JSON writes them."""
    once = {secret, repr(secret)[1:-1], *_json_spellings(secret)}
    return once.union(*map(_json_spellings, once))


def _json_spellings(text: str) -> tuple[str, str]:
    return dumps(text)[1:-1], dumps(text, ensure_ascii=False)[1:-1]
