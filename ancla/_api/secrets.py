"""Finds the secrets in a request, and redacts them in the server's texts.

A server may repeat a secret as it is, or as JSON or Python writes it. `without` searches the text
for all these spellings at once, by binary search in their sorted list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from json import dumps

from .._http.display import MIN_SECRET_LENGTH, REDACTED
from .dotenv import parse_dotenv

MASKS = ("**secret**", "********")
MAX_PART_LENGTH = 256
_FEW = 100  # Up to so many starts are first searched for one by one: usually none is found.


def config_values(body: object) -> list[object]:
    """Returns the values of config variables in a request body with one variable or many."""
    values: list[object] = []
    for each in body if isinstance(body, (list, tuple)) else [body]:
        if isinstance(each, Mapping):
            variables = each.get("variables")
            if isinstance(variables, Mapping):
                values += variables.values()
            # Either may be the text of a .env file.
            values += [each.get("value"), *_values_in(each.get("raw")), *_values_in(variables)]
    return values


def _values_in(env_text: object) -> list[str]:
    """Returns the values in a .env file, its lines, and the part after the `=` of each."""
    if not isinstance(env_text, str):
        return []
    lines = [line.strip() for line in env_text.splitlines()]
    parts = [line.partition("=")[2].strip().strip("'\"") for line in lines]
    return [*parse_dotenv(env_text)[0].values(), *lines, *parts]


def is_masked(secret: object, value: object) -> bool:
    """Returns whether the server masks the value. Some send an empty value instead of a mask."""
    return bool(secret) and value in (*MASKS, "")


def valid_variables(given: Mapping[str, str] | str) -> Mapping[str, str]:
    """Returns the variables. Raises ValueError, which shows no line, if one is invalid."""
    if not isinstance(given, str):
        return given
    variables, errors = parse_dotenv(given)
    if errors:
        raise ValueError(f"variables: {errors[0]['name']}: {errors[0]['error']}")
    return variables


def without(secrets: list[object], text: str) -> str:
    """Returns the text with all secrets redacted.

    A request may hold thousands of secrets, and a secret may start at any of a million positions in
    a response. So the search must not try each secret at each position.
    """
    found = {str.__str__(secret) for secret in secrets if isinstance(secret, str)}
    parts = {
        part
        for secret in found
        if MIN_SECRET_LENGTH <= len(secret) <= len(text)  # No spelling is shorter than the secret.
        for spelling in _spellings(secret)
        for part in _parts(spelling)
    }
    starts = {part[:MIN_SECRET_LENGTH] for part in parts}
    if len(starts) <= _FEW:
        starts = {start for start in starts if start in text}
    if not starts:
        return text
    spellings = ["", *sorted(parts)]
    shown: list[str] = []
    end = 0
    for start in range(len(text) - MIN_SECRET_LENGTH + 1):
        if text[start : start + MIN_SECRET_LENGTH] not in starts:
            continue
        length = _longest_start(spellings, text[start : start + MAX_PART_LENGTH])
        if length:
            if start > end or not shown:  # Adjacent and overlapping secrets become one.
                shown += [text[end:start], REDACTED]
            end = max(end, start + length)
    return "".join([*shown, text[end:]])


def _longest_start(spellings: list[str], text: str) -> int:
    """Returns the length of the longest spelling that the text starts with.

    The spellings are sorted, and the first one is empty.
    """
    while True:
        # The last spelling that does not sort after the text is the one that it starts with. Or
        # that one is not longer than what both have in common.
        found = spellings[bisect_right(spellings, text) - 1]
        if text.startswith(found):
            return len(found)
        text = common_start(found, text)


def common_start(one: str, other: str) -> str:
    length = 0
    for mine, theirs in zip(one, other):
        if mine != theirs:
            break
        length += 1
    return one[:length]


def _parts(spelling: str) -> list[str]:
    """Splits a spelling into parts that are short to compare. The last two may overlap."""
    last = max(0, len(spelling) - MAX_PART_LENGTH)
    return [
        spelling[min(start, last) :][:MAX_PART_LENGTH]
        for start in range(0, len(spelling), MAX_PART_LENGTH)
    ]


def _spellings(secret: str) -> set[str]:
    """Returns a secret as it is, as Python or JSON writes it, and all these as JSON writes them."""
    once = {secret, repr(secret)[1:-1], *_json_spellings(secret)}
    return once.union(*map(_json_spellings, once))


def _json_spellings(text: str) -> tuple[str, str]:
    return dumps(text)[1:-1], dumps(text, ensure_ascii=False)[1:-1]
