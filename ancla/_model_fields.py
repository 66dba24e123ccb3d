"""What a model's fields are: the kind and the default of each, read from the dataclass.

`typing` is not used, since importing it takes longer than everything here.
"""

from __future__ import annotations

import sys

from ._model_dataclass import Missing, declarations
from ._model_kinds import Bool, Dict, Float, Int, Kind, List, ModelKind, ModelList, Str

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._model_dataclass import Declaration

_SCALARS: dict[Any, type[Kind]] = {str: Str, int: Int, float: Float, bool: Bool}


class FieldPlan:
    """One field of a model: its name, its kind, and what it is when the server leaves it out."""

    __slots__ = ("default", "default_factory", "kind", "masked_when", "name")

    def __init__(self, field: Declaration, kind: Kind) -> None:
        self.name = field.name
        self.kind = kind
        self.default = field.default
        self.default_factory = field.default_factory
        # The name of a field: while that is true, this one's value is not shown in a repr.
        masked = field.metadata.get("masked")
        self.masked_when: str | None = self.name if masked is True else masked

    @property
    def is_required(self) -> bool:
        return self.default is Missing and self.default_factory is Missing

    @property
    def has_fixed_default(self) -> bool:
        """Whether the default is one value for all, not a container made for each instance."""
        return self.default is not Missing

    def make_default(self) -> Any:
        return self.default if self.default_factory is Missing else self.default_factory()


def read_fields(model_class: type) -> tuple[FieldPlan, ...]:
    """The fields of a dataclass, in the order of declaration.

    Raises TypeError for a class that was not made by @dataclass(kw_only=True, slots=True), and,
    naming the field, for an annotation that is no kind of JSON value.
    """
    if "__dataclass_fields__" in vars(model_class) and "__slots__" not in vars(model_class):
        raise TypeError(f"{model_class.__name__} needs slots: @dataclass(kw_only=True, slots=True)")
    return tuple(
        FieldPlan(field, _kind_of(model_class, field)) for field in declarations(model_class)
    )


def _kind_of(model_class: type, field: Declaration) -> Kind:
    try:
        return _kind_from(_annotation(model_class, field))
    except (NameError, TypeError) as error:
        name = f"{model_class.__name__}.{field.name}"
        raise TypeError(f"{name}: {field.type!r} is no kind of JSON value: {error}") from None


def _annotation(model_class: type, field: Declaration) -> Any:
    if not isinstance(field.type, str):
        return field.type
    # The names in an annotation are those of the module where the field was declared.
    declaring = next(
        base
        for base in model_class.__mro__
        if field.name in base.__dict__.get("__annotations__", ())
    )
    return eval(field.type, vars(sys.modules[declaring.__module__]))


def _kind_from(annotation: Any) -> Kind:
    if annotation in _SCALARS:
        return _SCALARS[annotation]()
    if annotation is object or str(annotation) == "typing.Any":
        return Kind()
    if hasattr(annotation, "_shape"):
        return ModelKind(annotation)
    origin = getattr(annotation, "__origin__", annotation)
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if origin is dict and arguments[:1] in ((), (str,)):
        return Dict(_kind_from(arguments[1] if arguments else object))
    if origin is list:
        inner = _kind_from(arguments[0] if arguments else object)
        models = isinstance(inner, ModelKind) and not inner.nullable
        return ModelList(inner) if models else List(inner)
    if len(arguments) == 2 and type(None) in arguments:
        kind = _kind_from(arguments[arguments[0] is type(None)])
        kind.nullable = True
        return kind
    raise TypeError("use str, int, float, bool, Any, list, dict with str keys, a model, or None")
