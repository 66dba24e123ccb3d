"""Hooks for other libraries: dataclasses.replace, msgspec, pydantic and FastAPI.

`dataclasses.replace(model, ...)` reads the fields in `__dataclass_fields__` from the old model and
passes them to the constructor. Extra fields would be lost, and every field would count as set. So
*instances* show one more field, REPLACED, whose value is the old model itself. The constructor
takes it out and calls `keep_unset_and_extra`. Classes, and `dataclasses.fields`, do not show it.
"""

from __future__ import annotations

from dataclasses import field

from .._errors import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Any

REPLACED = "_replaced"
_REPLACED: Field[Any] = field(kw_only=True)  # no _field_type: dataclasses.fields() skips it
_REPLACED.name = REPLACED


class FieldsForReplace:
    """The `__dataclass_fields__` of a model class, with REPLACED for instances only."""

    def __init__(self, by_name: dict[str, Field[Any]]) -> None:
        self._of_class = by_name
        # The key is "": msgspec reads an attribute for each key, skips this one because no model
        # has it, and would recurse for ever over the name in REPLACED.
        self._of_instance = {**by_name, "": _REPLACED}

    def __get__(self, instance: object, owner: type) -> dict[str, Field[Any]]:
        return self._of_class if instance is None else self._of_instance


def keep_unset_and_extra(values: dict[str, Any], replaced: Any, defaults: dict[str, Any]) -> None:
    """Adds to the `values` of a new model what the replaced one holds besides its fields.

    These are its extra fields, and the names of its unset fields. A field stays unset if its value
    is unchanged.
    """
    old = replaced.__dict__
    given = old.keys() - replaced._filled
    values["_filled"] = {
        name for name in values.keys() - given if values[name] is old.get(name, defaults.get(name))
    }
    values["_extra"] = dict(replaced._extra)


def pydantic_core_schema(model_class: Any) -> dict[str, Any]:
    """Returns how pydantic validates and serializes one of our models inside its own."""

    def validate(value: object) -> Any:
        try:
            return model_class.model_validate(value)
        except InvalidResponseError as error:
            # FastAPI would put all attributes of our error into its response.
            raise ValueError(str(error)) from None

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": validate},
        "serialization": {"type": "function-plain", "function": _serialize, "info_arg": True},
    }


def _serialize(model: Any, info: Any) -> Any:
    words = ("mode", "include", "exclude", "exclude_unset", "exclude_defaults", "exclude_none")
    return model.model_dump(**{word: getattr(info, word) for word in words})
