"""Plain values as JSON text, byte for byte as pydantic v2 writes them."""

from __future__ import annotations

from json.encoder import encode_basestring as quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Leaves bytes as they are, but those that JSON text has to escape.
PLAIN = bytes(byte ^ (byte < 32 or byte in b'"\\') for byte in range(256))


def write_value(value: Any) -> str:
    """Compact JSON text. Raises TypeError for what JSON cannot say."""
    return _WRITERS.get(type(value), _write_other)(value)


def write_dict(value: dict[str, Any]) -> str:
    find = _WRITERS.get
    members = [
        f"{quote(key if type(key) is str else key_text(key))}:"
        f"{find(type(item), _write_other)(item)}"
        for key, item in value.items()
    ]
    return f"{{{','.join(members)}}}"


def write_items(texts: list[str]) -> str:
    return f"[{','.join(texts)}]"


def write_indented(value: Any, indent: int, level: int = 1) -> str:
    """JSON text with each member and item on a line, `indent` spaces deeper than its container."""
    if not value or not isinstance(value, (dict, list)):
        return write_value(value)
    if isinstance(value, dict):
        start, end = "{}"
        lines = [
            f"{quote(key)}: {write_indented(item, indent, level + 1)}"
            for key, item in value.items()
        ]
    else:
        start, end = "[]"
        lines = [write_indented(item, indent, level + 1) for item in value]
    outer = "\n" + " " * indent * (level - 1)
    inner = "\n" + " " * indent * level
    return f"{start}{inner}{f',{inner}'.join(lines)}{outer}{end}"


def key_text(key: Any) -> str:
    """A dict's key as the name of a member."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, float):
        return str(key) if is_finite(key) else "None"
    return "None" if key is None else write_value(key)


def is_finite(value: float) -> bool:
    return value - value == 0


def _write_list(value: list[Any] | tuple[Any, ...]) -> str:
    return write_items([write_value(item) for item in value])


def _write_float(value: float) -> str:
    if not is_finite(value):
        return "null"
    digits, small, power = float.__repr__(value).partition("e-")
    if not small:
        return digits
    if int(power) == 5:
        sign = "-" if value < 0 else ""
        return f"{sign}0.0000{digits.lstrip('-').replace('.', '')}"
    return f"{digits}e-{int(power)}"


def _write_other(value: Any) -> str:
    """For a model, an IntEnum, a defaultdict and the like."""
    if hasattr(value, "_shape"):
        text: str = value._shape.write(value)
        return text
    for base, write in _WRITERS.items():
        if isinstance(value, base):
            return write(value)
    raise TypeError(f"{type(value).__name__} is no kind of JSON value")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quote,
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: _write_float,
    type(None): lambda value: "null",
    dict: write_dict,
    list: _write_list,
    tuple: _write_list,
}
