"""The schema of a model class: the types and defaults of its fields. Decodes records.

How it works. The `__dict__` of a new model usually holds only the fields that were given. Python
finds the defaults of all other fields on the class, where the dataclass decorator leaves them. So
decoding a record means checking the types of its values and copying one dict.

A `Schema` is made when its class is first used. It has a `Kind` for each field, made from the
annotation. A value whose type is in `Kind.types` is stored at once; `Kind.check` decides about any
other. Fields that the class does not declare go to `_extra`. If something does not fit, `Mismatch`
is raised, and collects the path to the value on its way up (`.members[0].email`).

Wrong types are not converted, with two exceptions, because JSON has a single type of number: an int
field takes 3.0 as 3, if it fits into 64 bits, and a float field takes 3 as 3.0. `True` is not a
number. Instances of subclasses of str and int, such as enums, are stored as plain str and int.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from operator import attrgetter
from types import MappingProxyType

from .._errors import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Set
    from typing import Any, ClassVar, TypeAlias, TypeVar

    Convert: TypeAlias = Callable[[Any], Any]
    Decoded = TypeVar("Decoded", bound="Record")

_new_object = object.__new__
_NESTED = frozenset([dict, list])

# json.loads accepts deeper nesting. Dumping it could exceed Python's limit of 1,000 nested calls.
_MAX_DEPTH = 100


class OfClass:
    """A property that is read from the class itself, not from its instances."""

    def __init__(self, get: Convert) -> None:
        self._get = get

    def __get__(self, instance: object, owner: type) -> Any:
        return self._get(owner)


def _make_schema(model_class: Any) -> Schema:
    model_class._schema = schema = Schema(model_class)  # replaces SCHEMA_ON_FIRST_USE
    return schema


# The `_schema` of each class until it is first read.
SCHEMA_ON_FIRST_USE: Any = OfClass(_make_schema)


class Record:
    """The base of `Model`. Besides the fields, its `__dict__` may hold:

    _extra:  the fields that were given but are not declared, by name
    _filled: the names of the fields that have a value in the `__dict__` but count as unset, such
             as stored defaults
    _absent: the names of the fields that were deleted, or have neither a default nor a value yet
    """

    if TYPE_CHECKING:
        _extra: Mapping[str, Any]
        _filled: Set[str]
        _absent: Set[str]
        _schema: ClassVar[Schema]
    else:
        _extra = MappingProxyType({})
        _filled = _absent = frozenset()
        _schema = SCHEMA_ON_FIRST_USE


set_dict = vars(Record)["__dict__"].__set__  # Bypasses the __setattr__ of models.


class Mismatch(Exception):
    """A value does not fit its field. Each level that it passes adds a step to its path."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def add_step(self, step: str) -> None:
        self.fault = step + self.fault


def mismatch(expected: str, value: Any) -> Mismatch:
    """Returns the error. It names the type and never shows the value, which may be a secret."""
    actual = "None" if value is None else type(value).__name__
    return Mismatch(f": expected {expected}, got {actual}")


class Kind:
    """The values that a field may hold. This class allows any JSON value; subclasses are stricter.

    types: values of exactly these types are stored unchanged; `check` decides about others
    converts: `check` makes another type of values of these types
    """

    name = "any"
    types: frozenset[type] = frozenset()
    converts: type | tuple[type, ...] = ()

    def check(self, value: Any) -> Any:
        """Returns the value to store. Raises Mismatch if the field cannot hold it."""
        if _is_too_deep(value):
            raise Mismatch(": nested too deeply")
        return value

    def or_none(self) -> Kind:
        self.name += " or None"
        self.types |= {type(None)}
        return self


def _is_too_deep(data: Any) -> bool:
    """Returns whether a value is nested too deeply to be dumped.

    This takes exponential time for a value that contains itself more than once. JSON has no such
    values.
    """
    level: list[Any] = [[data]]
    for _ in range(_MAX_DEPTH + 1):
        values = (each.values() if type(each) is dict else each for each in level)
        level = [item for each in values for item in each if type(item) in _NESTED]
        if not level:
            return False
    return True


class Scalar(Kind):
    def __init__(self, wanted: type) -> None:
        self.name = wanted.__name__
        self.types = frozenset([wanted])
        self.converts = float if wanted is int else ()
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
    # As in pydantic, only a float that fits into 64 bits.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2.0**63:
        return int(value)
    return None


def _as_float(value: Any) -> float | None:
    try:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number else None
    except OverflowError:
        return None


_SCALARS: dict[Any, tuple[str, Convert]] = {
    str: ("string", _as_str),
    int: ("integer", _as_int),
    float: ("number", _as_float),
    bool: ("boolean", lambda value: None),
}


def check_each(items: Any, members: Iterable[Any], types: Container[type], check: Convert) -> Any:
    """Replaces the items of a list or dict by what `check` returns, except those of `types`."""
    for key, item in members:
        if type(item) not in types:
            try:
                items[key] = check(item)
            except Mismatch as error:
                error.add_step(f"[{key!r}]")
                raise
    return items


class Dict(Kind):
    converts = Mapping

    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"dict[str, {inner.name}]"

    def check(self, value: Any) -> Any:
        mapping = as_dict(value, self.name)
        if type(self.inner) is Kind:
            return self.inner.check(mapping)
        inner = self.inner
        return check_each({**mapping}, mapping.items(), inner.types, inner.check)


class List(Kind):
    converts = tuple

    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"list[{inner.name}]"

    def check(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise mismatch(self.name, value)
        inner = self.inner
        return check_each([*value], enumerate(value), inner.types, inner.check) if value else []


class ModelKind(Kind):
    """Records of a model. `decoder_of` returns the function that decodes one of a model class."""

    converts = Mapping

    def __init__(self, model_class: type[Record]) -> None:
        self.name = model_class.__name__
        self.model_class = model_class
        self.decoder_of: Callable[[type[Record]], Convert] = attrgetter("_schema.decode")

    def check(self, value: Any) -> Any:
        # Do not read the schema in __init__: a model may have fields of its own class. Later calls
        # of `check` go directly to `decode`.
        decode = self.decoder_of(self.model_class)
        self.check = decode  # type: ignore[assignment, method-assign]  # ty: ignore[invalid-assignment]
        return decode(value)


def kind_of(annotation: Any) -> Kind:
    """Returns the kind for an annotation. Raises TypeError if a model cannot hold it."""
    if annotation is object or str(annotation) == "typing.Any":
        return Kind()
    if annotation in _SCALARS:
        return Scalar(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return ModelKind(annotation)
    # dict[str, X], dict, list[X], list or X | None
    origin = getattr(annotation, "__origin__", annotation)
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if origin is dict and arguments[:1] in ((), (str,)):
        return Dict(kind_of(arguments[1] if arguments else object))
    if origin is list:
        return List(kind_of(arguments[0] if arguments else object))
    if len(arguments) == 2 and type(None) in arguments and origin is not tuple:
        inner = arguments[1] if arguments[0] is type(None) else arguments[0]
        return kind_of(inner).or_none()
    raise TypeError(
        "use str, int, float, bool, Any, list, dict with str keys, a model, or one of these with "
        "`| None`"
    )


def as_dict(value: Any, expected: str = "dict") -> dict[str, Any]:
    """Returns a mapping as a dict. Raises Mismatch for anything else, and if a key is not a str."""
    if isinstance(value, dict):
        mapping: dict[str, Any] = value
    elif isinstance(value, Mapping):
        mapping = dict(value)
    else:
        raise mismatch(expected, value)
    for key in mapping:
        if not isinstance(key, str):
            raise mismatch("keys that are str", key)
    return mapping


def fields_by_name(model_class: Any) -> dict[str, Field[Any]]:
    # An AttributeError, because help() reads all attributes and ignores no other error.
    if not hasattr(model_class, "__dataclass_fields__"):
        raise AttributeError(f"{model_class.__name__} lacks @dataclass(kw_only=True)")
    return {each.name: each for each in fields(model_class)}


class Schema:
    """The fields of one model class. Made when the class is first used.

    kinds:      the kind of each field
    types:      the types whose values a field stores unchanged
    defaults:   the value of each field in a dump if none was given, in the order of the fields;
                `size` is their number
    without_default: the fields that have no default
    factories:  the default factories except list and dict; they run when an instance is made
    nested:     the fields that can hold containers, which a dump has to copy
    floats:     the fields for floats; an int may have been assigned to them
    masked:     maps each field that a repr may mask to the field that decides, which can be the
                same; the value is masked if the deciding field is true or has no value
    arguments:  the names that the constructor takes; `required` are those that it needs
    json_template: the position of each field's value in the JSON text of the defaults, and the
                parts of this text, with a comma and the name before each value; None until used
    """

    def __init__(self, model_class: Any) -> None:
        declared = fields_by_name(model_class)
        for name, each in model_class.__dataclass_fields__.items():
            if "InitVar" in str(each.type):
                raise TypeError(f"{model_class.__name__}.{name}: a model cannot have an InitVar")
        self.model_class = model_class
        self.kinds = {name: _kind(model_class, each) for name, each in declared.items()}
        self.types = {name: kind.types for name, kind in self.kinds.items()}
        self.nested = [name for name, kind in self.kinds.items() if not isinstance(kind, Scalar)]
        self.floats = [name for name, types in self.types.items() if float in types]
        self.arguments = {name for name, each in declared.items() if each.init}
        self.defaults: dict[str, Any] = {}
        self.factories: dict[str, Callable[[], Any]] = {}
        self.without_default: set[str] = set()
        self.masked: dict[str, str] = {}
        self.json_template: tuple[dict[str, int], list[str]] | None = None
        for name, each in declared.items():
            factory = each.default_factory
            if masked := each.metadata.get("masked"):
                self.masked[name] = name if masked is True else masked
            self.defaults[name] = None if each.default is MISSING else each.default
            if factory in (list, dict):
                # Dumps use this one. An instance makes its own only when the field is first read.
                self.defaults[name] = factory()
                setattr(model_class, name, _DefaultOnFirstUse(name, factory))
            elif factory is not MISSING:
                self.factories[name] = factory
            elif each.default is MISSING:
                self.without_default.add(name)
        self.required = [name for name in declared if name in self.arguments & self.without_default]
        self.size = len(self.defaults)
        assigned_later = self.without_default - self.arguments
        has_post_init = hasattr(model_class, "__post_init__")
        self.needs_completion = bool(has_post_init or self.factories or assigned_later)

    def is_default(self, name: str, value: Any) -> bool:
        if name in self.without_default:
            return False
        make = self.factories.get(name)
        return bool(value == (make() if make else self.defaults[name]))

    def decode(self, data: Any, known: Mapping[str, object] | None = None) -> Any:
        """Returns the model for a record. Raises Mismatch. Free-form values are not copied.

        `known` has values of fields that the record may lack.
        """
        if type(data) is not dict:
            if isinstance(data, self.model_class):
                return data
            data = dict(as_dict(data))  # A model's `__dict__` is a dict and no subclass.
        types = self.types
        values = data.copy()
        extra: dict[str, Any] = {}
        for name, value in data.items():
            if name not in types:
                extra[name] = values.pop(name)
            elif type(value) not in types[name]:
                self.store(values, name, value)
        if extra:
            self.store_extra(values, extra)
        if known:
            for name in known.keys() - values.keys():
                self.store(values, name, known[name])
        for name in self.required:
            if name not in values:
                raise Mismatch(f".{name} is missing")
        model = _new_object(self.model_class)
        set_dict(model, values)
        if self.needs_completion:
            self.complete(model)
        return model

    def store(self, values: dict[str, Any], name: str, value: Any) -> None:
        """Adds the value of a declared field. Raises Mismatch if the field cannot hold it."""
        try:
            values[name] = self.kinds[name].check(value)
        except Mismatch as error:
            error.add_step(f".{name}")
            raise

    def store_extra(self, values: dict[str, Any], extra: dict[str, Any]) -> None:
        """Adds the fields that are not declared."""
        values["_extra"] = Kind().check(as_dict(extra))

    def complete(self, model: Any) -> None:
        """Finishes a new model whose class has more than plain defaults."""
        self.fill(model.__dict__)
        if hasattr(self.model_class, "__post_init__"):
            model.__post_init__()

    def fill(self, values: dict[str, Any], absent: Iterable[str] = ()) -> None:
        """Adds the defaults of `factories`, and records in `_absent` the fields without a value."""
        made = {name: make() for name, make in self.factories.items() if name not in values}
        if made:
            values["_filled"] = {*values.get("_filled", ()), *made}
            values.update(made)
        if lacking := self.without_default.union(absent) - values.keys():
            values["_absent"] = lacking


def _kind(model_class: type[Record], each: Field[Any]) -> Kind:
    field = f"{model_class.__name__}.{each.name}"
    if hasattr(Record, each.name) or hasattr(getattr(model_class, each.name, 0), "__set__"):
        raise TypeError(f"{field}: models have another use for this name")
    try:
        try:
            return kind_of(each.type)
        except TypeError:
            return kind_of(_annotation(model_class, each))
    except (NameError, TypeError) as error:
        raise TypeError(f"{field}: {each.type!r} is not a type of JSON value: {error}") from None


def _annotation(model_class: type[Record], each: Field[Any]) -> Any:
    """Evaluates an annotation that is or contains a string, in the module of its class."""
    from typing import get_type_hints  # It loads slowly, and the SDK's own models do not need it.

    module = next(
        base.__module__
        for base in reversed(model_class.__mro__)
        if getattr(base, "__dataclass_fields__", {}).get(each.name) is each
    )
    # Ask for this annotation alone: names in others may not exist at run time.
    alone = {"__annotations__": {each.name: each.type}, "__module__": module}
    return get_type_hints(type("Alone", (), alone))[each.name]


def decode(model_class: type[Decoded], data: Any, decode_record: Convert | None = None) -> Decoded:
    """Returns the model for one JSON object, as `json.loads` returns it.

    `decode_record` is another function than that of the model's schema. Raises
    InvalidResponseError, which names the model, the field and the wrong type.
    """
    try:
        model: Decoded = (decode_record or model_class._schema.decode)(data)
        return model
    except Mismatch as error:
        fault = error.fault
    # Raised outside of `except`, so that its context does not hold the value.
    raise InvalidResponseError(model_class.__name__ + fault)


def decode_list(
    model_class: type[Decoded], records: list[Any], decode_record: Convert | None = None
) -> list[Decoded]:
    """Returns the models for a JSON array, as `json.loads` returns it.

    Replaces each item of `records` by None, so that memory never holds all records twice. Raises
    InvalidResponseError, which also names the index of the record.
    """
    decode_record = decode_record or model_class._schema.decode
    models: list[Decoded] = []
    try:
        for index, data in enumerate(records):
            models.append(decode_record(data))
            records[index] = None
        return models
    except Mismatch as error:
        fault = error.fault
    raise InvalidResponseError(f"{model_class.__name__}[{len(models)}]{fault}")


class _DefaultOnFirstUse:
    """A class attribute that makes an instance's default list or dict when it is first read."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self._name = name
        self._make = make

    def __get__(self, model: Any, owner: type) -> Any:
        if model is None:
            # As in any dataclass, the class has no attribute for a field with a default_factory.
            # If this returned itself, @dataclass would take it for the default in a subclass.
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        model.__dict__.setdefault("_filled", set()).add(self._name)
        return model.__dict__.setdefault(self._name, self._make())
