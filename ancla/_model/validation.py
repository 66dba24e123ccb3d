"""The option `extra` of `Model.model_validate`, as in pydantic.

A record is prepared here for it. Then it is decoded like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import InvalidResponseError
from .schema import Dict, Kind, List, Mismatch, ModelKind, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .schema import Decoded


def validate(model_class: type[Decoded], data: object, extra: str) -> Decoded:
    """Returns the model for a record. Raises InvalidResponseError if it does not fit."""
    if extra not in ("allow", "ignore", "forbid"):
        raise ValueError(f'extra must be "allow", "ignore" or "forbid", not {extra!r}')
    if extra == "allow":
        return decode(model_class, data)
    try:
        record = _prepared(ModelKind(model_class), data, "", extra == "forbid")
    except Mismatch as error:
        fault = error.fault
    else:
        return decode(model_class, record)
    # Raised outside of `except`, so that its context does not hold the value.
    raise InvalidResponseError(model_class.__name__ + fault)


def _prepared(kind: Kind, value: object, path: str, forbid: bool) -> object:
    """Returns the value with only the fields that models declare. Raises Mismatch to forbid more.

    path: the steps to the value, such as ".members[0]"
    """
    if isinstance(kind, List) and isinstance(value, (list, tuple)):
        return [_prepared(kind.inner, it, f"{path}[{i}]", forbid) for i, it in enumerate(value)]
    if isinstance(kind, Dict) and isinstance(value, Mapping) and type(kind.inner) is not Kind:
        return {
            key: _prepared(kind.inner, it, f"{path}[{key!r}]", forbid) for key, it in value.items()
        }
    if isinstance(kind, ModelKind) and isinstance(value, Mapping):
        kinds = kind.model_class._schema.kinds
        for key in value if forbid else ():
            if key not in kinds:
                raise Mismatch(f"{path}.{key} is not a declared field")
        return {
            key: _prepared(kinds[key], item, f"{path}.{key}", forbid)
            for key, item in value.items()
            if key in kinds
        }
    return value
