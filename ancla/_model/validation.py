"""The options strict, from_attributes and extra of `Model.model_validate`, as in pydantic.

A record is prepared here for these options. Then it is decoded like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from .schema import Dict, Kind, List, Mismatch, ModelKind, Record, check_each, mismatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Preparation:
    """Prepares values for `decode`. Raises Mismatch.

    strict:          reject values that `decode` would convert
    from_attributes: make a dict of an object that is given for a model
    extra:           "ignore" or "forbid" fields that a model does not declare
    """

    def __init__(
        self, strict: bool | None, from_attributes: bool | None, extra: str | None
    ) -> None:
        if extra not in (None, "allow", "ignore", "forbid"):
            raise ValueError(f'extra must be "allow", "ignore" or "forbid", not {extra!r}')
        self._strict = strict
        self._from_attributes = from_attributes
        self._extra = extra

    def decode(self, model_class: type[Record], data: object) -> Any:
        """Returns the model for a record that is prepared first."""
        return model_class._schema.decode(self.prepare(ModelKind(model_class), data))

    def prepare(self, kind: Kind, value: object) -> object:
        if self._strict and isinstance(value, kind.converts) and not isinstance(value, dict):
            raise mismatch(kind.name, value)
        if isinstance(kind, List) and isinstance(value, (list, tuple)):
            return check_each([*value], enumerate(value), (), partial(self.prepare, kind.inner))
        if isinstance(kind, Dict) and isinstance(value, Mapping) and type(kind.inner) is not Kind:
            return check_each({**value}, value.items(), (), partial(self.prepare, kind.inner))
        if isinstance(kind, ModelKind):
            return self._record(kind.model_class, value)
        return value

    def _record(self, model_class: type[Record], value: object) -> object:
        kinds = model_class._schema.kinds
        members: Iterable[tuple[Any, object]]
        if isinstance(value, Mapping):
            members = value.items()
        # As in pydantic, attributes are not read from values of built-in types.
        elif (
            self._from_attributes
            and not isinstance(value, model_class)
            and type(value).__module__ != "builtins"
        ):
            members = _attributes(value, kinds)
        else:
            return value
        record = {}
        for key, item in members:
            if key in kinds:
                try:
                    record[key] = self.prepare(kinds[key], item)
                except Mismatch as error:
                    error.add_step(f".{key}")
                    raise
            elif self._extra == "forbid":
                raise Mismatch(f".{key} is not a declared field")
            elif self._extra != "ignore":
                record[key] = item
        return record


def _attributes(value: object, names: Iterable[str]) -> Iterable[tuple[str, object]]:
    for name in names:
        try:
            yield name, getattr(value, name)
        except AttributeError:
            continue
        except Exception as error:
            raise Mismatch(f".{name}: reading it raised {type(error).__name__}") from None
