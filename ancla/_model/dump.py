"""Models and free-form values as plain dicts and lists, whole or in part, and as JSON text.

The text is byte for byte what pydantic v2 writes.
"""

from __future__ import annotations

from json.encoder import encode_basestring as quote

from .schema import Record, Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_ATOMS = frozenset([str, int, float, bool, type(None)])
_EVERY = "__all__"


def values_of(model: Record) -> dict[str, Any]:
    """The declared fields in their order, given or not, but none that was deleted."""
    there, defaults = model.__dict__, model._schema.defaults
    values = {**defaults, **there}
    if len(values) > len(defaults):  # more than fields is there
        absent = model._absent - there.keys()
        values = {name: values[name] for name in defaults if name not in absent}
    return values


def dump_whole(model: Record) -> dict[str, Any]:
    schema, there = model._schema, model.__dict__
    data = {**schema.defaults, **there}
    if len(data) > len(schema.defaults):
        data = values_of(model)
    for name in schema.deep:
        value = data.get(name)
        if value is not None:
            data[name] = _plain(value)
    if "_extra" in there:
        data.update(_plain(there["_extra"]))
    return data


def _plain(value: Any) -> Any:
    """A free-form value, with the dicts, lists and models in it dumped whole."""
    kind = type(value)
    if kind is dict:
        return {key: item if type(item) in _ATOMS else _plain(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _ATOMS else _plain(item) for item in value]
    return dump_whole(value) if isinstance(value, Record) else Part().dump(value)


class Part:
    """What the keywords of `Model.model_dump` leave in."""

    def __init__(
        self, for_json: bool = False, unset: bool = True, defaults: bool = True, none: bool = True
    ) -> None:
        self._for_json = for_json
        self._with_unset = unset
        self._with_defaults = defaults
        self._with_none = none

    def dump(self, value: Any, include: Any = None, exclude: Any = None) -> Any:
        """`include` and `exclude` hold for what is in the value; None is all, or nothing."""
        if isinstance(value, Record):
            return dict(self._chosen(self._members(value), include, exclude))
        if isinstance(value, dict):
            chosen = self._chosen(value.items(), include, exclude)
            return {key_text(key) if self._for_json else key: item for key, item in chosen}
        if isinstance(value, (list, tuple)):
            chosen = self._chosen(enumerate(value), include, exclude, len(value))
            items = [item for _, item in chosen]
            return items if self._for_json or isinstance(value, list) else tuple(items)
        return _jsonable(value) if self._for_json else value

    def _members(self, model: Record) -> Iterator[tuple[str, Any]]:
        schema = model._schema
        for name, value in values_of(model).items():
            if not self._with_unset and (name not in model.__dict__ or name in model._made):
                continue
            if not self._with_defaults and schema.has_default(name, value):
                continue
            if self._with_none or value is not None:
                is_int = self._for_json and type(value) is int and name in schema.floats
                yield name, float(value) if is_int else value
        for name, value in model._extra.items():
            if self._with_none or value is not None:
                yield name, value

    def _chosen(
        self, members: Any, include: Any, exclude: Any, length: int = 0
    ) -> Iterator[tuple[Any, Any]]:
        include = _by_key(include, "include", length)
        exclude = _by_key(exclude, "exclude", length)
        for key, value in members:
            taken, left_out = _below(include, key), _below(exclude, key)
            if left_out is not True and (include is None or taken is not None):
                yield key, self.dump(value, None if taken is True else taken, left_out)


def _jsonable(value: Any) -> Any:
    """A scalar as JSON has it: no infinity, and of an enum that is a str or int, that."""
    if isinstance(value, float):
        return float.__float__(value) if is_finite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    return value


def _by_key(selection: Any, argument: str = "", length: int = 0) -> dict[Any, Any] | None:
    """What is selected below each key. In a list, that has a length, -1 is the last, and so on."""
    if selection is None:
        return None
    if not hasattr(selection, "__iter__"):
        raise TypeError(f"{argument} must be a set or a dict, not {type(selection).__name__}")
    by_key = selection if isinstance(selection, dict) else dict.fromkeys(selection, True)
    if not length:
        return by_key
    return {key % length if type(key) is int else key: below for key, below in by_key.items()}


def _below(selection: dict[Any, Any] | None, key: Any) -> Any:
    """What a selection has for a key: True for everything, None if it does not name it."""
    named = [selection[name] for name in (key, _EVERY) if name in selection] if selection else []
    if not named:
        return None
    below = _merged(*named) if len(named) == 2 else named[0]
    return True if below is ... else below


def _merged(one: Any, other: Any) -> Any:
    if True in (one, other) or ... in (one, other):
        return one
    merged, by_key = dict(_by_key(other) or {}), _by_key(one) or {}
    for key, below in by_key.items():
        merged[key] = _merged(below, merged[key]) if key in merged else below
    return merged


# JSON text


def write_model(model: Record) -> str:
    """The texts of the defaults, and in their place those of what is there."""
    schema, there, find = model._schema, model.__dict__, _WRITERS.get
    texts = (schema.default_texts or _default_texts(schema)).copy()
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
    if "_extra" in there:
        for name, value in there["_extra"].items():
            texts[name] = f"{quote(key_text(name))}:{write_value(value)}"
    return f"{{{','.join(texts.values())}}}"


def _default_texts(schema: Schema) -> dict[str, str]:
    defaults = schema.defaults.items()
    schema.default_texts = {name: f'"{name}":{write_value(value)}' for name, value in defaults}
    return schema.default_texts


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
    if isinstance(value, Record):
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
