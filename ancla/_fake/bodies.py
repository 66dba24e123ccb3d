"""Checks what a request sends against what its route takes."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from .errors import WHOLE_BODY, Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .routes import Body


class Malformed(Exception):
    """The body is not JSON."""


class NotInQuery(Exception):
    """The query lacks a parameter, which the message names."""


class Faulty(Exception):
    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def read_body(raw: bytes, expected: Body, ignore_unknown: bool) -> dict[str, Any]:
    """The body of a request that takes `expected`, or Malformed, or Faulty."""
    if ignore_unknown and not expected:
        return {}
    data = _parsed(raw) if raw.strip() else {}
    if not expected:
        if data:
            raise Faulty([Fault(WHOLE_BODY, "no body is expected")])
        return {}
    if not isinstance(data, dict):
        raise Faulty([Fault(WHOLE_BODY, f"Expected `object`, got `{_type_name(data)}`")])
    if ignore_unknown:
        data = {name: value for name, value in data.items() if name in expected}
    faults = _faults(data, expected)
    if faults:
        raise Faulty(faults)
    return data


def read_names(query: str, names: tuple[str, ...]) -> dict[str, str]:
    """What the query has for these names, by the names of placeholders; or NotInQuery."""
    values = parse_qs(query)
    for name in names:
        if name not in values:
            raise NotInQuery(name)
    return {"app" if name == "service" else name: values[name][-1] for name in names}


def read_page(query: str) -> tuple[int | None, int | None]:
    """`page` and `per_page` where the query has them, or Faulty."""
    values = parse_qs(query, keep_blank_values=True)
    return _count(values, "page"), _count(values, "per_page")


def _count(values: dict[str, list[str]], key: str) -> int | None:
    if key not in values:
        return None
    text = values[key][-1]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
        raise Faulty([Fault(key, "Expected `int` >= 1", "query")])
    return int(text)


def _parsed(raw: bytes) -> object:
    try:
        data: object = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed from None
    return data


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _faults(data: dict[str, object], expected: Body) -> list[Fault]:
    missing = [
        Fault(WHOLE_BODY, f"Object missing required field `{name}`")
        for name, kind in expected.items()
        if kind.endswith("!") and name not in data
    ]
    unknown = [
        Fault(WHOLE_BODY, f"Object contains unknown field `{name}`")
        for name in data
        if name not in expected
    ]
    wrong = [
        fault
        for name, value in data.items()
        if name in expected
        for fault in _value_faults(name, value, expected[name])
    ]
    return missing + unknown + wrong


def _value_faults(name: str, value: object, kind: str) -> list[Fault]:
    if value is None and kind.endswith("?"):
        return []
    kind = kind.rstrip("!?")
    if kind in ("texts", "numbers"):
        if not isinstance(value, dict):
            return [Fault(name, f"Expected `object`, got `{_type_name(value)}`")]
        inner = kind.removesuffix("s")
        return [
            fault
            for key, item in value.items()
            for fault in _value_faults(f"{name}.{key}", item, inner)
        ]
    if _type_name(value) != _TYPES[kind]:
        return [Fault(name, f"Expected `{_TYPES[kind]}`, got `{_type_name(value)}`")]
    if kind == "name" and not str(value).strip():
        return [Fault(name, "Expected `str` of length >= 1")]
    return []


_TYPES = {"text": "str", "name": "str", "flag": "bool", "number": "int"}


def _type_name(value: object) -> str:
    return {dict: "object", list: "array", type(None): "null"}.get(
        type(value), type(value).__name__
    )
