"""The standard library's `dataclass` and `field`, which do most of their work when it is asked for.

`dataclasses` imports `inspect`, and the two take longer to load than this whole package. Here the
decorator makes the slots and notes the defaults; the rest comes from `dataclasses` itself as soon
as `dataclasses.fields`, `replace`, `asdict` or a user's own subclass look for it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


_NOTES = ("__dataclass_params__", "__dataclass_fields__")


class Missing:
    """What stands for a default that there is none of, as `dataclasses.MISSING` does."""


class Declaration:
    """What a class says of one field."""

    __slots__ = ("default", "default_factory", "metadata", "name", "type")

    def __init__(
        self,
        *,
        default: Any = Missing,
        default_factory: Any = Missing,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.metadata = metadata or {}

    def of(self, name: str, annotation: Any) -> Declaration:
        self.name = name
        self.type = annotation
        return self


def field(**options: Any) -> Declaration:
    """A default that is more than a value: `default_factory=list`, `metadata={...}`."""
    return Declaration(**options)


def dataclass(*, kw_only: bool, slots: bool) -> Callable[[type], type]:
    """The decorator; `__init__`, `__repr__` and `__eq__` are left to the class that is decorated."""
    assert kw_only and slots
    return _with_slots


def _with_slots(model_class: type) -> type:
    """The class anew, as slots can only be given to a class that is being made."""
    namespace = dict(vars(model_class))
    declared = {}
    for name, annotation in namespace["__annotations__"].items():
        default = namespace.pop(name, Missing)
        declaration = default if isinstance(default, Declaration) else Declaration(default=default)
        declared[name] = declaration.of(name, annotation)
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace.update(__slots__=tuple(declared), __match_args__=(), _declared=declared)
    namespace.update({name: _MadeByDataclasses() for name in _NOTES})
    namespace["__qualname__"] = model_class.__qualname__
    return type(model_class)(model_class.__name__, model_class.__bases__, namespace)


def declarations(model_class: type) -> list[Declaration]:
    """The fields of a model, in their order; AttributeError for a class that is no dataclass."""
    for base in model_class.__mro__:
        if "_declared" in vars(base):
            return list(vars(base)["_declared"].values())
        if isinstance(vars(base).get("__dataclass_fields__"), dict):
            return _declared_with_dataclasses(base)
    # No TypeError: help() asks for all attributes, and goes on without this one.
    raise AttributeError(f"{model_class.__name__} lacks @dataclass(kw_only=True, slots=True)")


def _declared_with_dataclasses(model_class: Any) -> list[Declaration]:
    from dataclasses import MISSING, fields

    return [
        Declaration(
            default=Missing if each.default is MISSING else each.default,
            default_factory=Missing if each.default_factory is MISSING else each.default_factory,
            metadata=each.metadata,
        ).of(each.name, each.type)
        for each in fields(model_class)
    ]


class _MadeByDataclasses:
    """Stands in a class for what only `dataclasses` reads, until that reads it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        _complete(self._owner)
        return vars(self._owner)[self._name]


def _complete(model_class: type) -> None:
    """Give a class the attributes that the real decorator gives to one with the same fields."""
    import dataclasses

    declared = vars(model_class)["_declared"]
    namespace: dict[str, Any] = {
        "__annotations__": {name: each.type for name, each in declared.items()},
        "__doc__": model_class.__doc__,
        "__module__": model_class.__module__,
    }
    for name, each in declared.items():
        given = {"default": each.default, "default_factory": each.default_factory}
        options = {key: value for key, value in given.items() if value is not Missing}
        namespace[name] = dataclasses.field(**options, metadata=each.metadata)
    decorate = dataclasses.dataclass(kw_only=True, slots=True)
    twin: type = decorate(type(model_class.__name__, (), namespace))
    for name in _NOTES:
        setattr(model_class, name, vars(twin)[name])
