"""What is known of a model class, and of the shapes that its records come in.

A server's records come in few shapes: all images in lists have the same fields, an image by itself
has more. For each shape, which is a set of fields, functions are generated that decode, dump and
write just such records. Every instance holds its shape; it says which fields were given, in one
object for all the instances that came alike.
"""

from __future__ import annotations

from functools import cached_property
from json.encoder import encode_basestring

from ._model_dump import Dumper, plain
from ._model_fields import read_fields
from ._model_json import PLAIN, write_dict, write_items, write_value
from ._model_kinds import as_dict, check_key, mismatch
from .exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# For each model. A server that leaves out other fields in every record must not let these grow
# without end: more shapes are not kept, and share slower functions.
MOST_SHAPES = 500
MOST_FUNCTIONS_OF_A_KIND = 20


class _Unannounced:
    """Put before a base, it keeps the base's __init_subclass__ from hearing of a class."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        pass


class Plan:
    """What is known of one model class; made on its first use."""

    def __init__(self, model_class: Any) -> None:
        self.model_class = model_class
        self.fields = read_fields(model_class)
        self.names = frozenset(field.name for field in self.fields)
        self.required = frozenset(field.name for field in self.fields if field.is_required)
        self.shapes: dict[frozenset[str], Shape] = {}
        self.every_field = self.shape_of(self.names)
        self.generated = dict.fromkeys(("decode", "decode_list", "dump", "write", "write_exact"), 0)
        # The class whose instances are filled, before they become the model's.
        self.unguarded: Any = type(
            model_class.__name__,
            (_Unannounced, model_class),
            {
                "__slots__": (),
                "__init__": object.__init__,
                # Both: a class that has one of its own is slow at assigning, too.
                "__setattr__": object.__setattr__,
                "__delattr__": object.__delattr__,
            },
        )
        # These become the functions of the shape that came last: the next record will be like it.
        self.decode: Callable[[Any], Any] = self.decode_other
        self.decode_list: Callable[[list[Any]], list[Any]] = self.decode_list_other

    def shape_of(self, names: frozenset[str]) -> Shape:
        shape = self.shapes.get(names)
        if shape is None:
            shape = Shape(self, names, is_kept=len(self.shapes) < MOST_SHAPES)
            if shape.is_kept:
                shape = self.shapes.setdefault(names, shape)
        return shape

    def take_extra(self, record: dict[Any, Any], path: str = "") -> dict[str, Any]:
        """What a record has besides the fields. Raises InvalidResponseError for a key not a str."""
        return {
            check_key(key, path): value for key, value in record.items() if key not in self.names
        }

    def make_extra_readable(self) -> None:
        """Let extra fields be attributes of this class.

        Python before 3.12 reads every attribute of a class several times slower if the class has
        a __getattr__, and so it gets that only when an instance with an extra field turns up.
        """
        if "__getattr__" not in self.model_class.__dict__:
            self.model_class.__getattr__ = _read_extra

    def decode_other(self, data: Any, tried: Shape | None = None) -> Any:
        """The model for data that did not fit the shape that was tried.

        Raises InvalidResponseError, as `check` does.
        """
        shape = self._shape_to_try(data, tried)
        if shape is None or shape.is_new or shape.decode is None:
            return self.check(data)
        self.decode = shape.decode
        return shape.decode(data)

    def decode_list_other(self, records: list[Any], tried: Shape | None = None) -> list[Any]:
        """The models for records the first of which did not fit the shape that was tried."""
        shape = self._shape_to_try(records[0], tried) if len(records) > 1 else None
        if shape is None or shape.decode_list is None:
            return [self.decode_other(data) for data in records]
        self.decode_list = shape.decode_list
        return shape.decode_list(records)

    def _shape_to_try(self, data: Any, tried: Shape | None) -> Shape | None:
        if type(data) is not dict:
            return None
        shape = self.shape_of(self.names.intersection(data))
        return shape if shape is not tried and shape.names >= self.required else None

    def check(self, data: Any, path: str | None = None) -> Any:
        """The model for `data`, value by value.

        Raises InvalidResponseError that names the model, the field, and the type that came.
        """
        path = path or self.model_class.__name__
        if isinstance(data, self.model_class):
            return data
        record = as_dict(data)
        if record is None:
            raise mismatch("dict", data, path)
        values = {}
        for field in self.fields:
            if field.name in record:
                values[field.name] = field.kind.check(record[field.name], f"{path}.{field.name}")
            elif field.is_required:
                raise InvalidResponseError(f"{path}.{field.name} is missing")
        return self.build(values, frozenset(values), self.take_extra(record, path))

    def build(
        self, values: dict[str, Any], given: frozenset[str], extra: dict[str, Any] | None
    ) -> Any:
        """A model of these values, with defaults for the fields that they lack."""
        model = self.unguarded()
        for field in self.fields:
            is_there = field.name in values
            setattr(model, field.name, values[field.name] if is_there else field.make_default())
        shape = self.shape_of(given)
        shape.is_new = False
        model._shape = shape.with_extra(extra) if extra else shape
        model.__class__ = self.model_class
        return model


class Shape:
    """A set of fields that records brought, and the functions for records that bring just these."""

    extra = None

    def __init__(self, plan: Plan, names: frozenset[str], is_kept: bool) -> None:
        self.plan = plan
        self.names = names
        self.is_kept = is_kept
        # Many programs ask for one record of a kind: a function pays from the second one on.
        self.is_new = True
        self.dump: Callable[[Any], dict[str, Any]] = self._dump_first
        self.write: Callable[[Any], str] = self._write_first
        self.write_exact: Callable[[Any], str] = self._write_exact_first

    def with_field(self, name: str) -> Shape:
        return self if name in self.names else self.plan.shape_of(self.names | {name})

    def with_extra(self, extra: dict[str, Any]) -> ShapeWithExtra:
        self.plan.make_extra_readable()
        return ShapeWithExtra(self, extra)

    def with_extra_of(self, record: dict[Any, Any]) -> ShapeWithExtra | None:
        """This shape with what a record has besides, or None if it has fields that are not here."""
        extra = self.plan.take_extra(record)
        return self.with_extra(extra) if len(record) == len(self.names) + len(extra) else None

    @cached_property
    def fixed_defaults(self) -> frozenset[str]:
        """The fields whose default, which a dump holds as it is, is sure to be their value."""
        return frozenset(
            field.name
            for field in self.plan.fields
            if field.has_fixed_default
            and field.name not in self.names
            and not hasattr(field.default, "_shape")
        )

    @cached_property
    def decode(self) -> Callable[[Any], Any] | None:
        return self._generate("decode")

    @cached_property
    def decode_list(self) -> Callable[[list[Any]], list[Any]] | None:
        return self._generate("decode_list")

    def _dump_first(self, model: Any) -> dict[str, Any]:
        self.dump = self._generate("dump") or self._dump_in_general
        return self.dump(model)

    def _dump_in_general(self, model: Any) -> dict[str, Any]:
        return self.plan.every_field.dump(model)

    def _write_first(self, model: Any) -> str:
        self.write = self._generate("write") or self._write_in_general
        return self.write(model)

    def _write_in_general(self, model: Any) -> str:
        return self.plan.every_field.write(model)

    def _write_exact_first(self, model: Any) -> str:
        self.write_exact = self._generate("write_exact") or self._write_in_general
        return self.write_exact(model)

    def source(self, name: str) -> str:
        """The source of decode, decode_list, dump, write or write_exact."""
        from . import _model_source

        make: Callable[[Shape], str] = getattr(_model_source, f"{name}_source")
        return make(self)

    def _generate(self, name: str) -> Callable[[Any], Any] | None:
        """The function of that name, or None when enough have been made."""
        plan = self.plan
        if self is not plan.every_field:
            if not self.is_kept or plan.generated[name] >= MOST_FUNCTIONS_OF_A_KIND:
                return None
            plan.generated[name] += 1
        import linecache

        source = self.source(name)
        filename = f"<{name} of {plan.model_class.__qualname__} {id(self):#x}>"
        # Tracebacks and debuggers find the source of the function here.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        namespace = self._namespace()
        exec(compile(source, filename, "exec"), namespace)
        function: Callable[[Any], Any] = namespace[name]
        return function

    def _namespace(self) -> dict[str, Any]:
        plan = self.plan
        # None of these ends in _value, _text, _default or _plan, as the variables of fields do.
        namespace: dict[str, Any] = {
            "InvalidResponseError": InvalidResponseError,
            "PLAIN": PLAIN,
            "Model": plan.model_class,
            "Unguarded": plan.unguarded,
            "decode_list_other": plan.decode_list_other,
            "decode_other": plan.decode_other,
            "defaults": {field.name: field.default for field in plan.fields},
            "dump_other": Dumper().dump_fields,
            "plain": plain,
            "quote": encode_basestring,
            "shape": self,
            "write_any": write_value,
            "write_items": write_items,
            "write_exact": lambda model: self.write_exact(model),
            "write_other": _write_in_parts,
        }
        for field in plan.fields:
            default = field.default if field.has_fixed_default else field.default_factory
            namespace[f"{field.name}_default"] = default
            namespace.update(field.kind.bindings(f"{field.name}_value"))
        return namespace


class ShapeWithExtra:
    """The shape of one instance that has fields besides those of its class, and these fields."""

    __slots__ = ("_shape", "extra")

    def __init__(self, shape: Shape, extra: dict[str, Any]) -> None:
        self._shape = shape
        self.extra = extra

    @property
    def names(self) -> frozenset[str]:
        return self._shape.names

    def with_field(self, name: str) -> ShapeWithExtra:
        return ShapeWithExtra(self._shape.with_field(name), self.extra)

    def dump(self, model: Any) -> dict[str, Any]:
        data = self._shape.dump(model)
        data.update(plain(self.extra))
        return data

    def write(self, model: Any) -> str:
        text = self._shape.write(model)
        if text == "{}":
            return write_dict(self.extra)
        return f"{text[:-1]},{write_dict(self.extra)[1:]}" if self.extra else text


def _write_in_parts(model: Any) -> str:
    return write_dict(Dumper(for_json=True).dump_fields(model))


def is_special(name: str) -> bool:
    """Is it one of Python's own names? Then it is never an extra field as an attribute.

    A server that sends "__deepcopy__" must not decide how the model is copied.
    """
    return name.startswith("__") and name.endswith("__")


def _read_extra(model: Any, name: str) -> Any:
    extra = None if name == "_shape" or is_special(name) else model._shape.extra
    if extra and name in extra:
        return extra[name]
    raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")
