"""The options strict, from_attributes and extra of `Model.model_validate`, as in pydantic.

A record is prepared here for these options. Then it is decoded like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import InvalidResponseError
from .schema import Dict, Kind, List, Mismatch, ModelKind, Record, Scalar, decode, mismatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .schema import Decoded


def validate(
    model_class: type[Decoded], data: object, strict: bool, from_attributes: bool, extra: str | None
) -> Decoded:
    """Returns the model for a record. Raises InvalidResponseError if it does not fit."""
    if extra not in (None, "allow", "ignore", "forbid"):
        raise ValueError(f'extra must be "allow", "ignore" or "forbid", not {extra!r}')
    try:
        record = Preparation(strict, from_attributes, extra).prepare(ModelKind(model_class), data)
    except Mismatch as error:
        fault = error.fault
    else:
        return decode(model_class, record)
    # Raised outside of `except`, so that its context does not hold the value.
    raise InvalidResponseError(model_class.__name__ + fault)


class Preparation:
    """Prepares values for `decode`. Raises Mismatch.

    strict:          reject values that `decode` would convert
    from_attributes: make a dict of an object that is given for a model
    extra:           "ignore" or "forbid" fields that a model does not declare
    """

    def __init__(self, strict: bool, from_attributes: bool, extra: str | None) -> None:
        self._strict = strict
        self._from_attributes = from_attributes
        self._extra = extra

    def prepare(self, kind: Kind, value: object) -> object:
        if self._strict and _is_converted(kind, value):
            raise mismatch(kind.name, value)
        if isinstance(kind, List) and isinstance(value, (list, tuple)):
            return [self._below(f"[{i}]", kind.inner, item) for i, item in enumerate(value)]
        if isinstance(kind, Dict) and isinstance(value, Mapping) and type(kind.inner) is not Kind:
            return {key: self._below(f"[{key!r}]", kind.inner, item) for key, item in value.items()}
        if isinstance(kind, ModelKind):
            return self._record(kind.model_class, value)
        return value

    def _record(self, model_class: type[Record], value: object) -> object:
        kinds = model_class._schema.kinds
        members: Iterable[tuple[Any, object]]
        if isinstance(value, Mapping):
            members = value.items()
        elif self._from_attributes and _has_readable_attributes(value, model_class):
            members = _attributes(value, kinds)
        else:
            return value
        record = {}
        for key, item in members:
            if key in kinds:
                record[key] = self._below(f".{key}", kinds[key], item)
            elif self._extra == "forbid":
                raise Mismatch(f".{key} is not a declared field")
            elif self._extra != "ignore":
                record[key] = item
        return record

    def _below(self, step: str, kind: Kind, value: object) -> object:
        try:
            return self.prepare(kind, value)
        except Mismatch as error:
            error.add_step(step)
            raise


def _is_converted(kind: Kind, value: object) -> bool:
    """Returns whether `decode` would accept the value, but store another type."""
    if isinstance(kind, Scalar):
        return int in kind.types and isinstance(value, float)
    if isinstance(kind, List):
        return isinstance(value, tuple)
    is_object = isinstance(kind, (Dict, ModelKind)) and isinstance(value, Mapping)
    return is_object and not isinstance(value, dict)


def _has_readable_attributes(value: object, model_class: type[Record]) -> bool:
    """Returns whether to read attributes: as in pydantic, if the value's type is not built in."""
    return not isinstance(value, model_class) and type(value).__module__ != "builtins"


def _attributes(value: object, names: Iterable[str]) -> Iterable[tuple[str, object]]:
    for name in names:
        try:
            yield name, getattr(value, name)
        except AttributeError:
            continue
        except Exception as error:
            raise Mismatch(f".{name}: reading it raised {type(error).__name__}") from None
