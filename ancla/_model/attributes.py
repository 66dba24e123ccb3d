"""How a model is constructed, and how its attributes are read, assigned and deleted.

Type checkers read this class, but do not see it as a base of `Model`: because of its `__init__`,
`__getattr__` and `__setattr__` they would accept every argument, name and assignment.
"""

from __future__ import annotations

import dataclasses

from .dump import values_of
from .schema import Record, Schema, declared_fields, default_of, has_no_default, set_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any
else:  # for typing.get_type_hints
    from .._hints import Any


class OfClass:
    """A property that is read from the class itself, not from its instances."""

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self._get = get

    def __get__(self, instance: object, owner: type) -> Any:
        return self._get(owner)


def _make_schema(model_class: Any) -> Schema:
    model_class._schema = schema = Schema(model_class)  # replaces SCHEMA_ON_FIRST_USE
    return schema


def fields_by_name(model_class: Any) -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in declared_fields(model_class)}


def _signature(model_class: Any) -> Signature:
    """Returns the constructor's signature, for help() and inspect.signature."""
    from inspect import Parameter, Signature

    return Signature(
        [
            Parameter(
                field.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if has_no_default(field) else default_of(field),
                annotation=field.type,
            )
            for field in declared_fields(model_class)
            if field.init
        ]
    )


# The `_schema` of each class until it is first read.
SCHEMA_ON_FIRST_USE: Any = OfClass(_make_schema)


class Attributes(Record):
    _schema = SCHEMA_ON_FIRST_USE
    __signature__ = OfClass(_signature)

    def __init__(self, /, *positional: object, **values: Any) -> None:
        schema, name = type(self)._schema, type(self).__name__
        if positional:
            count = 1 + len(positional)
            raise TypeError(
                f"{name}() takes 1 positional argument but {count} were given: "
                "its fields are given by keyword"
            )
        if unknown := values.keys() - schema.arguments:
            raise TypeError(f"{name}() takes no {min(unknown)!r}")
        for field in schema.required:
            if field not in values:
                raise TypeError(f"{name}() needs {field}=")
        set_dict(self, values)
        if schema.needs_completion:
            schema.complete(self)

    def __setattr__(self, name: str, value: object) -> None:
        is_new = not hasattr(type(self), name)
        if name in self._schema.kinds or (is_new and not _is_special(name)):
            assign(self, name, value)
        elif hasattr(getattr(type(self), name, None), "__set__"):  # a property or a slot
            super().__setattr__(name, value)
        else:
            raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    def __getattr__(self, name: str) -> Any:
        if name in self._extra and not _is_special(name):
            return self._extra[name]
        mixin: Any = super()
        if hasattr(mixin, "__getattr__"):
            return mixin.__getattr__(name)
        reason = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(reason, name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        if name in self._extra:
            del extra_of(self)[name]
        elif name in values_of(self):
            self.__dict__.pop(name, None)
            self.__dict__.setdefault("_absent", set()).add(name)
        else:
            super().__delattr__(name)


def extra_of(model: Record) -> dict[str, Any]:
    """Returns the model's own dict of extra fields. Creates it if it is missing."""
    extra: dict[str, Any] = model.__dict__.setdefault("_extra", {})
    return extra


def assign(model: Record, name: str, value: object) -> None:
    """Stores the value, unchecked, and counts the field as set."""
    holder = model.__dict__ if name in model._schema.kinds else extra_of(model)
    holder[name] = value
    if name in model._filled:
        model.__dict__["_filled"].discard(name)


def _is_special(name: str) -> bool:
    """Returns whether Python gives this name a meaning. Such names are never extra fields.

    Otherwise, a server that sends "__deepcopy__" would decide how the model is copied.
    """
    return name.startswith("__") and name.endswith("__")
