"""Dumps models as plain dicts and lists, and as JSON text that is byte for byte pydantic v2's.

How it works. A model's `__dict__` holds only the fields that were given (see schema.py), so every
dump starts from the defaults and puts the given values over them. The rest differs:

* `dump_whole` makes the dict of a complete model. It copies only fields that can hold containers.
* `PartialDump` makes the dict for the keywords of `model_dump`: it visits each field, and takes
  `include` and `exclude` apart level by level.
* `write_model` writes JSON text without a dict in between. The text of the defaults is made once
  per class, as a list of parts. The texts of the given values replace parts of its copy.
"""

from __future__ import annotations

from json.encoder import encode_basestring as quote

from .schema import Record, Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_SCALARS = (str, int, float, type(None))
_ATOMS = frozenset([*_SCALARS, bool])
_EVERY = "__all__"


def values_of(model: Record) -> dict[str, Any]:
    """Returns the declared fields in order, with their defaults. Skips deleted fields."""
    schema = model._schema
    values = schema.defaults | model.__dict__
    if len(values) != schema.size:
        _keep_fields(values, model)
    return values


def _keep_fields(values: dict[str, Any], model: Record) -> None:
    """Removes what the `__dict__` holds besides fields, and the defaults of deleted fields."""
    others = [*values][model._schema.size :]  # The fields are the first ones.
    if model._absent:
        others += model._absent - model.__dict__.keys()
    for name in others:
        del values[name]


def dump_whole(model: Record) -> dict[str, Any]:
    """Returns the complete model as a dict that shares no container with it."""
    schema = model._schema
    data = schema.defaults | model.__dict__
    for name in schema.nested:
        if data[name] is not None:
            data[name] = _plain(data[name])
    if len(data) != schema.size:
        _keep_fields(data, model)
        for name, value in model._extra.items():
            data[name] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    """Returns a copy of a free-form value in which every model is a dict."""
    kind = type(value)
    if kind is dict:
        copied = value.copy()
        for key, item in value.items():
            if type(item) not in _ATOMS:
                copied[key] = _plain(item)
        return copied
    if kind is list:
        items = []
        for item in value:
            if type(item) not in _ATOMS:
                item = dump_whole(item) if isinstance(item, Record) else _plain(item)
            items.append(item)
        return items
    return dump_whole(value) if isinstance(value, Record) else PartialDump().dump(value)


class PartialDump:
    """Dumps what the keywords of `Model.model_dump` select.

    for_json: convert to what JSON can hold: lists for tuples, text for keys, None for NaN
    no_unset, no_defaults, no_none: leave out fields that are unset, have their default or are None
    fallback: returns what to dump for a value that JSON has no form for
    """

    def __init__(
        self,
        for_json: bool = False,
        no_unset: bool = False,
        no_defaults: bool = False,
        no_none: bool = False,
        fallback: Callable[[Any], Any] | None = None,
    ) -> None:
        self._for_json = for_json
        self._no_unset = no_unset
        self._no_defaults = no_defaults
        self._no_none = no_none
        self._fallback = fallback

    def dump(self, value: Any, include: Any = None, exclude: Any = None) -> Any:
        """Returns a copy of the value. With None for both, it is a copy of all of it."""
        if isinstance(value, Record):
            return dict(self._selected(self._members(value), include, exclude))
        if isinstance(value, dict):
            selected = self._selected(value.items(), include, exclude)
            return {key_text(key) if self._for_json else key: item for key, item in selected}
        if isinstance(value, (list, tuple)):
            selected = self._selected(enumerate(value), include, exclude, len(value))
            items = [item for _, item in selected]
            return items if self._for_json or isinstance(value, list) else tuple(items)
        if self._fallback and not isinstance(value, _SCALARS):
            replacement = self._fallback(value)
            return value if replacement is value else self.dump(replacement)
        return _jsonable(value) if self._for_json else value

    def _members(self, model: Record) -> Iterator[tuple[str, Any]]:
        """Yields the fields that the keywords keep: the declared ones, then the extra ones."""
        schema = model._schema
        floats = schema.floats if self._for_json else ()
        for name, value in values_of(model).items():
            is_unset = name not in model.__dict__ or name in model._filled
            left_out = (self._no_unset and is_unset) or (self._no_none and value is None)
            if left_out or (self._no_defaults and schema.is_default(name, value)):
                continue
            yield name, float(value) if type(value) is int and name in floats else value
        for name, value in model._extra.items():
            if not (self._no_none and value is None):
                yield name, value

    def _selected(
        self, members: Any, include: Any, exclude: Any, length: int = 0
    ) -> Iterator[tuple[Any, Any]]:
        include = _by_key(include, "include", length)
        exclude = _by_key(exclude, "exclude", length)
        for key, value in members:
            included, excluded = _selection_for(include, key), _selection_for(exclude, key)
            if excluded is not True and (include is None or included is not None):
                yield key, self.dump(value, None if included is True else included, excluded)


def _jsonable(value: Any) -> Any:
    """Returns a scalar that JSON can hold: None for NaN and infinity, plain values for enums."""
    if isinstance(value, float):
        return float.__float__(value) if is_finite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    return value


def _by_key(selection: Any, argument: str = "", length: int = 0) -> dict[Any, Any] | None:
    """Returns a selection as a dict from keys to what is selected below them.

    `length` is that of a list, where negative indices count from the end; 0 for anything else.
    Raises TypeError if the selection cannot be iterated.
    """
    if selection is None:
        return None
    if not hasattr(selection, "__iter__"):
        raise TypeError(f"{argument} must be a set or a dict, not {type(selection).__name__}")
    by_key = selection if isinstance(selection, dict) else dict.fromkeys(selection, True)
    return {
        key % length if length and type(key) is int else key: below for key, below in by_key.items()
    }


def _selection_for(selection: dict[Any, Any] | None, key: Any) -> Any:
    """Returns what is selected below a key: True for everything, None for nothing."""
    named = [selection[name] for name in (key, _EVERY) if name in selection] if selection else []
    if not named:
        return None
    below = _merged(*named) if len(named) == 2 else named[0]
    return True if below is ... else below


def _merged(named: Any, every: Any) -> Any:
    """Returns the selection for a key that is named and also covered by "__all__".

    What is named takes precedence.
    """
    if True in (named, every) or ... in (named, every):
        return named
    merged, by_key = dict(_by_key(every) or {}), _by_key(named) or {}
    for key, below in by_key.items():
        merged[key] = _merged(below, merged[key]) if key in merged else below
    return merged


# JSON text


def write_model(model: Record) -> str:
    """Returns the complete model as compact JSON text."""
    schema, stored, find = model._schema, model.__dict__, _WRITERS.get
    positions, parts = schema.json_template or _json_template(schema)
    parts = parts.copy()
    for name, value in stored.items():
        if name in positions:
            parts[positions[name]] = find(type(value), _write_other)(value)
    for name in schema.floats:
        value = stored.get(name, schema.defaults[name])
        if type(value) is int:
            parts[positions[name]] = _write_float(float(value))
    if "_extra" in stored:
        for name, value in stored["_extra"].items():
            if name in positions:
                parts[positions[name]] = write_value(value)
            else:
                parts += f",{quote(key_text(name))}:", write_value(value)
    if "_absent" in stored:
        for name in stored["_absent"] - stored.keys() - model._extra.keys():
            parts[positions[name] - 1] = parts[positions[name]] = ""
    return f"{{{''.join(parts)[1:]}}}"


def _json_template(schema: Schema) -> tuple[dict[str, int], list[str]]:
    positions: dict[str, int] = {}
    parts: list[str] = []
    for name, value in schema.defaults.items():
        positions[name] = len(parts) + 1
        parts += f',"{name}":', write_value(value)
    schema.json_template = positions, parts
    return schema.json_template


def write_value(value: Any) -> str:
    """Returns compact JSON text. Raises TypeError for a value that JSON has no form for."""
    return _WRITERS.get(type(value), _write_other)(value)


def write_indented(value: Any, indent: int, outer: str = "\n") -> str:
    """Returns JSON text with one member or item per line, indented by `indent` spaces per level.

    `outer` is the line break with the indentation of the value itself.
    """
    if not value or not isinstance(value, (dict, list)):
        return write_value(value)
    inner = outer + " " * indent
    if isinstance(value, dict):
        start, end = "{}"
        members = value.items()
        items = [f"{quote(key)}: {write_indented(item, indent, inner)}" for key, item in members]
    else:
        start, end = "[]"
        items = [write_indented(item, indent, inner) for item in value]
    return f"{start}{inner}{f',{inner}'.join(items)}{outer}{end}"


def key_text(key: Any) -> str:
    """Returns the key of a dict as the name of a JSON member."""
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, float):
        return str(key) if is_finite(key) else "None"
    return "None" if key is None else write_value(key)


def is_finite(value: float) -> bool:
    # Infinity minus itself is NaN, and NaN equals nothing.
    return value - value == 0


def _write_dict(value: dict[Any, Any]) -> str:
    find = _WRITERS.get
    members = []
    for key, item in value.items():
        name = key if type(key) is str else key_text(key)
        members.append(f"{quote(name)}:{find(type(item), _write_other)(item)}")
    return f"{{{','.join(members)}}}"


def _write_list(value: list[Any] | tuple[Any, ...]) -> str:
    find = _WRITERS.get
    return f"[{','.join([find(type(item), _write_other)(item) for item in value])}]"


def _write_float(value: float) -> str:
    """Returns the digits as pydantic writes them: 0.00001 and 1e-7 for Python's 1e-05 and 1e-07."""
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
    plain = _jsonable(value)
    if plain is not value:  # a subclass of str, int or float, such as an IntEnum
        return write_value(plain)
    for base, write in _WRITERS.items():  # a subclass, such as a defaultdict
        if isinstance(value, base):
            return write(value)
    raise TypeError(f"{type(value).__name__} is not a type of JSON value")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quote,
    bool: {True: "true", False: "false"}.__getitem__,
    int: repr,
    float: _write_float,
    type(None): {None: "null"}.__getitem__,
    dict: _write_dict,
    list: _write_list,
    tuple: _write_list,
}
