"""What is known of one model class: what its fields hold, their defaults. Makes a record a model.

An instance's `__dict__` holds the fields that were given. For the others their defaults stand in,
which dataclasses leave on the class. So a record becomes a model by checking and copying one dict.

Wrong types are not converted, with two exceptions, since JSON has one kind of number: 3.0 is the
int 3, if it is one of 64 bits, and 3 is the float 3.0. `True` is no number. Of a subclass of str or
int, say an enum, a field holds the plain value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import MappingProxyType, MemberDescriptorType

from .._errors import InvalidResponseError
from .hooks import FieldsForReplace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Set
    from typing import Any, ClassVar, TypeVar

    Decoded = TypeVar("Decoded", bound="Record")

_new_object = object.__new__
_NESTED = frozenset([dict, list])

# As deep as Python's 1,000 calls surely let these functions go, though it reads deeper text.
_DEEPEST = 100


class Record:
    """What a model is at bottom: a `__dict__`, in which these may be beside the fields.

    _extra:  what came and is not declared
    _made:   the fields that have a value though nobody gave it
    _absent: the fields that were deleted, or have neither a default nor a value yet
    """

    if TYPE_CHECKING:
        _extra: Mapping[str, Any]
        _made: Set[str]
        _absent: Set[str]
        _schema: ClassVar[Schema]
    else:
        _extra = MappingProxyType({})
        _made = _absent = frozenset()


set_dict = vars(Record)["__dict__"].__set__  # past the model's own __setattr__


class Mismatch(Exception):
    """What does not fit. Its text starts with the way to it, which grows as it is raised on."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def add_step(self, step: str) -> None:
        self.fault = step + self.fault


def mismatch(expected: str, value: Any) -> Mismatch:
    """It never shows the value, which may be a secret."""
    came = "None" if value is None else type(value).__name__
    return Mismatch(f": expected {expected}, got {came}")


class Kind:
    """Any JSON value; and the base of the kinds that are more exact.

    types: a value of exactly one of these types is taken as it is; any other has to be checked
    """

    name = "any"
    types: frozenset[type] = frozenset()

    def check(self, value: Any) -> Any:
        """`value` as the field holds it, or Mismatch."""
        if _is_too_deep(value):
            raise Mismatch(": nested too deeply")
        return value

    def or_none(self) -> Kind:
        self.name += " or None"
        self.types |= {type(None)}
        return self


def _is_too_deep(data: Any) -> bool:
    """Is it nested too deeply to be written? It must not hold itself."""
    level: list[Any] = [[data]]
    for _ in range(_DEEPEST + 1):
        values = (each.values() if type(each) is dict else each for each in level)
        level = [item for each in values for item in each if type(item) in _NESTED]
        if not level:
            return False
    return True


class Scalar(Kind):
    def __init__(self, wanted: type) -> None:
        self.name = wanted.__name__
        self.types = frozenset([wanted])
        self.json_name, self._convert = _SCALARS[wanted]

    def check(self, value: Any) -> Any:
        converted = self._convert(value)
        if converted is None:
            raise mismatch(self.name, value)
        return converted


def _as_str(value: Any) -> str | None:
    return str.__str__(value) if isinstance(value, str) else None


def _as_int(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    # Beyond 64 bits the digits of the int would be ones that nobody sent.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2.0**63:
        return int(value)
    return None


def _as_float(value: Any) -> float | None:
    try:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number else None
    except OverflowError:
        return None


_SCALARS: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    str: ("string", _as_str),
    int: ("integer", _as_int),
    float: ("number", _as_float),
    bool: ("boolean", lambda value: None),
}


class Dict(Kind):
    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"dict[str, {inner.name}]"

    def check(self, value: Any) -> dict[str, Any]:
        mapping = as_dict(value, self.name)
        if type(self.inner) is Kind:
            self.inner.check(mapping)
            return mapping
        types, check = self.inner.types, self.inner.check
        checked = {}
        for key, item in mapping.items():
            try:
                checked[key] = item if type(item) in types else check(item)
            except Mismatch as fault:
                fault.add_step(f"[{key!r}]")
                raise
        return checked


class List(Kind):
    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"list[{inner.name}]"

    def check(self, value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise mismatch(self.name, value)
        types, check = self.inner.types, self.inner.check
        checked: list[Any] = []
        try:
            for item in value:
                checked.append(item if type(item) in types else check(item))
        except Mismatch as fault:
            fault.add_step(f"[{len(checked)}]")
            raise
        return checked


class ModelKind(Kind):
    def __init__(self, model_class: type[Record]) -> None:
        self.name = model_class.__name__
        self.model_class = model_class

    def check(self, value: Any) -> Any:
        # Its schema is asked for as late as this, since a model may hold its own kind; and once.
        decode = self.model_class._schema.decode
        self.check = decode  # type: ignore[assignment, method-assign]
        return decode(value)


def kind_of(annotation: Any) -> Kind:
    """The kind for an annotation; TypeError if there is none."""
    if annotation is object or str(annotation) == "typing.Any":
        return Kind()
    if annotation in _SCALARS:
        return Scalar(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return ModelKind(annotation)
    origin = getattr(annotation, "__origin__", annotation)
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if origin is dict and arguments[:1] in ((), (str,)):
        return Dict(kind_of(arguments[1] if arguments else object))
    if origin is list:
        return List(kind_of(arguments[0] if arguments else object))
    if len(arguments) == 2 and type(None) in arguments and origin is not tuple:
        return kind_of(arguments[arguments[0] is type(None)]).or_none()
    raise TypeError("use str, int, float, bool, Any, list, dict with str keys, a model, or None")


def json_schema(kind: Kind, within: tuple[Schema, ...]) -> dict[str, Any]:
    found: dict[str, Any]
    if isinstance(kind, Scalar):
        found = {"type": kind.json_name}
    elif isinstance(kind, List):
        found = {"type": "array", "items": json_schema(kind.inner, within)}
    elif isinstance(kind, Dict):
        found = {"type": "object", "additionalProperties": json_schema(kind.inner, within)}
    elif isinstance(kind, ModelKind):
        found = kind.model_class._schema.json_schema(within)
    else:
        return {}
    return {"anyOf": [found, {"type": "null"}]} if type(None) in kind.types else found


def as_dict(value: Any, expected: str = "dict") -> dict[str, Any]:
    """The mapping as a dict; Mismatch when it is none or a key is no text."""
    if not isinstance(value, (dict, Mapping)):
        raise mismatch(expected, value)
    for key in value:
        if not isinstance(key, str):
            raise mismatch("keys that are str", key)
    return value if isinstance(value, dict) else dict(value)


def declared_fields(model_class: Any) -> tuple[Field[Any], ...]:
    # No TypeError: help() asks for all attributes, and goes on without this one.
    if not hasattr(model_class, "__dataclass_fields__"):
        raise AttributeError(f"{model_class.__name__} lacks @dataclass(kw_only=True)")
    return fields(model_class)


def is_bare(each: Field[Any]) -> bool:
    return each.default is each.default_factory is MISSING


def default_of(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


class Schema:
    """Made on the first use of its class.

    kinds:      the kind of each field
    types:      the types whose values a field takes as they are
    defaults:   what a dump has where nothing was given, in the order of the fields
    bare:       the fields that have no default
    factories:  what makes the defaults that each instance has to have at once
    deep:       the fields that hold more than a scalar, so that a dump copies what is in them
    floats:     the fields for floats, to which an int may have been assigned
    masked:     a repr does not show these fields while the fields named beside them are true
    arguments:  what the constructor takes; required: always
    slots:      the names of what subclasses hold outside the `__dict__`

    `default_texts`, the JSON text of each default, is there once one was written.
    """

    def __init__(self, model_class: Any) -> None:
        declared = declared_fields(model_class)
        by_name = {each.name: each for each in model_class.__dataclass_fields__.values()}
        for name, each in by_name.items():
            if "InitVar" in str(each.type):
                raise TypeError(f"{model_class.__name__}.{name}: a model cannot have an InitVar")
        self.model_class = model_class
        self.kinds = {each.name: _kind(model_class, each) for each in declared}
        self.types = {name: kind.types for name, kind in self.kinds.items()}
        self.deep = [name for name, kind in self.kinds.items() if not isinstance(kind, Scalar)]
        self.floats = [name for name, types in self.types.items() if float in types]
        self.arguments = {each.name for each in declared if each.init}
        self.required = [each.name for each in declared if each.init and is_bare(each)]
        self.bare = {each.name for each in declared if is_bare(each)}
        self.defaults: dict[str, Any] = {}
        self.factories: dict[str, Callable[[], Any]] = {}
        self.masked: dict[str, str] = {}
        self.default_texts: dict[str, str] = {}
        for each in declared:
            self._add(each)
        self.slots = [
            name
            for base in model_class.__mro__
            for name, member in vars(base).items()
            if isinstance(member, MemberDescriptorType)
        ]
        self.has_post_init = hasattr(model_class, "__post_init__")
        assigned_later = self.bare.difference(self.required)
        self.has_more = bool(self.has_post_init or self.factories or assigned_later)
        model_class.__dataclass_fields__ = FieldsForReplace(by_name)

    def _add(self, each: Field[Any]) -> None:
        name = each.name
        if masked := each.metadata.get("masked"):
            self.masked[name] = name if masked is True else masked
        self.defaults[name] = None if each.default is MISSING else each.default
        if each.default_factory in (list, dict):
            # Most instances are never asked for theirs.
            self.defaults[name] = each.default_factory()
            setattr(self.model_class, name, _MadeOnFirstUse(name, each.default_factory))
        elif each.default_factory is not MISSING:
            self.factories[name] = each.default_factory

    def has_default(self, name: str, value: Any) -> bool:
        make = self.factories.get(name)
        return name not in self.bare and bool(value == (make() if make else self.defaults[name]))

    def json_schema(self, within: tuple[Schema, ...] = ()) -> dict[str, Any]:
        """The class in the words of JSON Schema; a model within itself is any object."""
        described = {"title": self.model_class.__name__, "type": "object"}
        if self in within:
            return described
        properties = {name: json_schema(kind, (*within, self)) for name, kind in self.kinds.items()}
        for name in self.kinds.keys() - self.bare.union(self.deep, self.factories):
            properties[name]["default"] = self.defaults[name]
        return {**described, "properties": properties, "required": self.required}

    def decode(self, data: Any) -> Any:
        """The model for a record, or Mismatch. The record is copied, but not what is free-form."""
        if type(data) is not dict:
            if isinstance(data, self.model_class):
                return data
            data = as_dict(data)
        types = self.types
        values = data.copy()
        extra: dict[str, Any] = {}
        for name, value in data.items():
            if name not in types:
                extra[name] = values.pop(name)
            elif type(value) not in types[name]:
                try:
                    values[name] = self.kinds[name].check(value)
                except Mismatch as fault:
                    fault.add_step(f".{name}")
                    raise
        for name in self.required:
            if name not in data:
                raise Mismatch(f".{name} is missing")
        if extra:
            values["_extra"] = Kind().check(as_dict(extra))
        model = _new_object(self.model_class)
        set_dict(model, values)
        if self.has_more:
            self.complete(model)
        return model

    def complete(self, model: Any) -> None:
        self.fill(model.__dict__)
        if self.has_post_init:
            model.__post_init__()

    def is_read_default(self, model: Record, name: str) -> bool:
        """Returns whether the field holds an empty list or dict that was only ever read."""
        value, default = model.__dict__[name], self.defaults[name]
        is_default = not value and type(value) is type(default) and type(value) in _NESTED
        return is_default and name in model._made and name not in self.factories

    def fill(self, values: dict[str, Any], absent: Iterable[str] = ()) -> None:
        """Add what has to be there though nobody gave it."""
        made = {name: make() for name, make in self.factories.items() if name not in values}
        if made:
            values["_made"] = {*values.get("_made", ()), *made}
            values.update(made)
        if lacking := self.bare.union(absent) - values.keys():
            values["_absent"] = lacking


def _kind(model_class: type[Record], each: Field[Any]) -> Kind:
    place = f"{model_class.__name__}.{each.name}"
    if hasattr(Record, each.name) or hasattr(getattr(model_class, each.name, 0), "__set__"):
        raise TypeError(f"{place}: models have another use for this name")
    try:
        try:
            return kind_of(each.type)
        except TypeError:
            return kind_of(_annotation(model_class, each))
    except (NameError, TypeError) as error:
        raise TypeError(f"{place}: {each.type!r} is no kind of JSON value: {error}") from None


def _annotation(model_class: type[Record], each: Field[Any]) -> Any:
    """What an annotation means that is text, or holds some, where it stands."""
    from typing import get_type_hints  # loads slowly, and our own models need it not

    declared = [(getattr(base, "__dataclass_fields__", {}), base) for base in model_class.__mro__]
    module = next(base.__module__ for own, base in reversed(declared) if own.get(each.name) is each)
    # Not of the class itself: what is annotated beside it may mean nothing at run time.
    alone = {"__annotations__": {each.name: each.type}, "__module__": module}
    return get_type_hints(type("Alone", (), alone))[each.name]


def decode(model_class: type[Decoded], data: Any) -> Decoded:
    """The model for one JSON object, as `json.loads` gives it.

    Raises InvalidResponseError that names the model, the field, and the type that came.
    """
    try:
        model: Decoded = model_class._schema.decode(data)
        return model
    except Mismatch as mismatch:
        fault = mismatch.fault
    raise InvalidResponseError(model_class.__name__ + fault)  # not there: its context has the value


def decode_list(model_class: type[Decoded], records: list[Any]) -> list[Decoded]:
    """The models for a JSON array, as `json.loads` gives it. It is used up: its items become None.

    Raises InvalidResponseError that names the record's index as well.
    """
    decode_record = model_class._schema.decode
    models: list[Decoded] = []
    try:
        for index, data in enumerate(records):
            models.append(decode_record(data))
            records[index] = None  # or memory would hold all of both
        return models
    except Mismatch as mismatch:
        fault = mismatch.fault
    raise InvalidResponseError(f"{model_class.__name__}[{len(models)}]{fault}")


class _MadeOnFirstUse:
    """Stands in a class for the list or dict that an instance has if nothing was given."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self._name = name
        self._make = make

    def __get__(self, model: Any, owner: type) -> Any:
        if model is None:
            # As dataclasses leave it: then it is no default either for a subclass's field.
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        model.__dict__.setdefault("_made", set()).add(self._name)
        return model.__dict__.setdefault(self._name, self._make())
