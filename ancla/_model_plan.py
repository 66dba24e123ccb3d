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
from ._model_json import write_dict, write_items, write_value
from ._model_kinds import as_dict, check_key, mismatch
from .exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# A server that leaves out other fields in each record must not let this grow without end.
MOST_SHAPES = 64


class Plan:
    """What is known of one model class; made on its first use."""

    def __init__(self, model_class: Any) -> None:
        self.model_class = model_class
        self.fields = read_fields(model_class)
        self.names = frozenset(field.name for field in self.fields)
        self.required = frozenset(field.name for field in self.fields if field.is_required)
        self.every_field = Shape(self, self.names, is_kept=True)
        self.shapes: dict[frozenset[str], Shape] = {}
        # The class whose instances are filled, before they become the model's.
        self.unguarded: Any = type(
            model_class.__name__,
            (model_class,),
            {"__slots__": (), "__setattr__": object.__setattr__, "__init__": object.__init__},
        )
        # Both are the functions of the shape that came last: the next record will be like it.
        self.decode: Callable[[Any], Any] = self.decode_other
        self.decode_list: Callable[[list[Any]], list[Any]] = self.decode_list_other

    def shape_of(self, names: frozenset[str]) -> Shape:
        shape = self.shapes.get(names)
        if shape is None:
            is_kept = len(self.shapes) < MOST_SHAPES
            shape = Shape(self, names, is_kept)
            if is_kept:
                shape = self.shapes.setdefault(names, shape)
        return shape

    def take_extra(self, record: dict[Any, Any], path: str = "") -> dict[str, Any]:
        """What a record has besides the fields. Raises InvalidResponseError for a key not a str."""
        extra = {
            check_key(key, path): value for key, value in record.items() if key not in self.names
        }
        if extra:
            self.make_extra_readable()
        return extra

    def make_extra_readable(self) -> None:
        """Let the model's extra fields be attributes.

        Python before 3.12 reads every attribute of a class several times slower if the class has
        a __getattr__, and so it gets that only when an instance with an extra field turns up.
        """
        if "__getattr__" not in self.model_class.__dict__:
            self.model_class.__getattr__ = _read_extra

    def decode_other(self, data: Any, tried: Shape | None = None) -> Any:
        """The model for data that did not fit the shape that was tried.

        Raises InvalidResponseError, as `check` does.
        """
        return self.decode(data) if self._turn_to(data, tried) else self.check(data)

    def decode_list_other(self, records: list[Any], tried: Shape | None = None) -> list[Any]:
        """The models for records the first of which did not fit the shape that was tried."""
        if records and self._turn_to(records[0], tried):
            return self.decode_list(records)
        return [self.decode_other(data) for data in records]

    def _turn_to(self, data: Any, tried: Shape | None) -> bool:
        """Make the shape of `data` the one that came last, if its functions are worth a try."""
        if type(data) is not dict:
            return False
        shape = self.shape_of(self.names.intersection(data))
        if shape is tried or not shape.is_kept or not shape.names >= self.required:
            return False
        self.decode = shape.decode
        self.decode_list = shape.decode_list
        return True

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
        model._extra = extra or None
        model._shape = self.shape_of(given)
        model.__class__ = self.model_class
        return model


def _read_extra(model: Any, name: str) -> Any:
    extra = model._extra if name != "_extra" else None
    if extra and name in extra:
        return extra[name]
    raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")


class Shape:
    """A set of fields that records brought, and the functions for records that bring just these."""

    def __init__(self, plan: Plan, names: frozenset[str], is_kept: bool) -> None:
        self.plan = plan
        self.names = names
        self.is_kept = is_kept

    @cached_property
    def fixed_defaults(self) -> frozenset[str]:
        """The fields that are sure to have their default, since nobody gave them a value."""
        return frozenset(
            field.name
            for field in self.plan.fields
            if field.has_fixed_default and field.name not in self.names
        )

    @cached_property
    def decode(self) -> Callable[[Any], Any]:
        return self._generate("decode")

    @cached_property
    def decode_list(self) -> Callable[[list[Any]], list[Any]]:
        return self._generate("decode_list")

    @cached_property
    def dump(self) -> Callable[[Any], dict[str, Any]]:
        if self.is_kept:
            return self._generate("dump")
        return self.plan.every_field.dump

    @cached_property
    def write(self) -> Callable[[Any], str]:
        if self.is_kept:
            return self._generate("write")
        return self.plan.every_field.write

    def source(self, name: str) -> str:
        """The source of the function of that name: decode, decode_list, dump or write."""
        from . import _model_source

        make: Callable[[Shape], str] = getattr(_model_source, f"{name}_source")
        return make(self)

    def _generate(self, name: str) -> Callable[..., Any]:
        import linecache

        source = self.source(name)
        filename = f"<{name} of {self.plan.model_class.__qualname__} {id(self):#x}>"
        # Tracebacks and debuggers find the source of the function here.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        namespace = self._namespace()
        exec(compile(source, filename, "exec"), namespace)
        function: Callable[..., Any] = namespace[name]
        return function

    def _namespace(self) -> dict[str, Any]:
        plan = self.plan
        namespace: dict[str, Any] = {
            "InvalidResponseError": InvalidResponseError,
            "Model": plan.model_class,
            "Unguarded": plan.unguarded,
            "decode_list_other": plan.decode_list_other,
            "decode_other": plan.decode_other,
            "defaults": {field.name: field.default for field in plan.fields},
            "dump_other": Dumper().dump_model,
            "plain": plain,
            "quote": encode_basestring,
            "shape": self,
            "take_extra": plan.take_extra,
            "write_dict": write_dict,
            "write_items": write_items,
            "write_other": lambda model: write_dict(Dumper(for_json=True).dump_model(model)),
            "write_value": write_value,
        }
        for field in plan.fields:
            default = field.default if field.has_fixed_default else field.default_factory
            namespace[f"{field.name}_default"] = default
            namespace.update(field.kind.bindings(f"{field.name}_value"))
        return namespace
