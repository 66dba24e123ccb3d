"""Models and plain values as JSON text, byte for byte as pydantic v2 writes them."""

from __future__ import annotations

from json.encoder import encode_basestring as quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NESTED = frozenset([dict, list])

# As deep as Python's 1,000 calls surely let these functions go, though it reads deeper text.
DEEPEST = 100


def is_too_deep(data: Any) -> bool:
    """Is it nested too deeply to be written? It must not hold itself."""
    level: list[Any] = [[data]]
    for _ in range(DEEPEST + 1):
        values = (each.values() if type(each) is dict else each for each in level)
        level = [item for each in values for item in each if type(item) in _NESTED]
        if not level:
            return False
    return True


def write_model(model: Any) -> str:
    """The texts of the defaults, and in their place those of what is there."""
    schema, there, find = model._schema, model.__dict__, _WRITERS.get
    texts = schema.default_texts.copy()
    for name, value in there.items():
        if name in texts:
            texts[name] = f'"{name}":{find(type(value), _write_other)(value)}'
    for name in schema.floats:
        value = there.get(name, schema.defaults[name])
        if type(value) is int:
            texts[name] = f'"{name}":{_write_float(float(value))}'
    if "_absent" in there:
        for name in there["_absent"] - there.keys():
            del texts[name]
    members = ",".join(texts.values())
    if not there.get("_extra"):
        return f"{{{members}}}"
    extra = _write_dict(there["_extra"])
    return f"{{{members},{extra[1:]}" if members else extra


def write_value(value: Any) -> str:
    """Compact JSON text. Raises TypeError for what JSON cannot say."""
    return _WRITERS.get(type(value), _write_other)(value)


def write_indented(value: Any, indent: int, level: int = 1) -> str:
    """JSON text with each member and item on a line, `indent` spaces deeper than its container."""
    if not value or not isinstance(value, (dict, list)):
        return write_value(value)
    if isinstance(value, dict):
        start, end = "{}"
        items = [
            f"{quote(key)}: {write_indented(item, indent, level + 1)}"
            for key, item in value.items()
        ]
    else:
        start, end = "[]"
        items = [write_indented(item, indent, level + 1) for item in value]
    outer = "\n" + " " * indent * (level - 1)
    inner = "\n" + " " * indent * level
    return f"{start}{inner}{f',{inner}'.join(items)}{outer}{end}"


def key_text(key: Any) -> str:
    """A dict's key as the name of a member."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, float):
        return str(key) if is_finite(key) else "None"
    return "None" if key is None else write_value(key)


def is_finite(value: float) -> bool:
    return value - value == 0


def _write_dict(value: dict[Any, Any]) -> str:
    members = [f"{quote(key_text(key))}:{write_value(item)}" for key, item in value.items()]
    return f"{{{','.join(members)}}}"


def _write_list(value: list[Any] | tuple[Any, ...]) -> str:
    find = _WRITERS.get
    return f"[{','.join([find(type(item), _write_other)(item) for item in value])}]"


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
    if hasattr(value, "_schema"):
        return write_model(value)
    for base, write in _WRITERS.items():  # an IntEnum, a defaultdict and the like
        if isinstance(value, base):
            return write(value)
    raise TypeError(f"{type(value).__name__} is no kind of JSON value")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quote,
    bool: {True: "true", False: "false"}.__getitem__,
    int: int.__repr__,
    float: _write_float,
    type(None): {None: "null"}.__getitem__,
    dict: _write_dict,
    list: _write_list,
    tuple: _write_list,
}
