"""What other libraries ask of a model: dataclasses.replace, msgspec, pydantic and FastAPI."""

from __future__ import annotations

from dataclasses import field

from .._errors import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Any

# dataclasses.replace reads the fields of the old model and passes them to the constructor. This
# one passes the old model itself, so that the new one can keep what is not in the fields.
REPLACED = "_replaced"
_REPLACED: Field[Any] = field(kw_only=True)  # no _field_type: dataclasses.fields() skips it
_REPLACED.name = REPLACED


class FieldsForReplace:
    """The `__dataclass_fields__` of a model class. Only instances show the field for replace."""

    def __init__(self, by_name: dict[str, Field[Any]]) -> None:
        self._of_class = by_name
        # msgspec looks instances up by key: a key that no model has keeps it from recursing.
        self._of_instance = {**by_name, "": _REPLACED}

    def __get__(self, instance: object, owner: type) -> dict[str, Field[Any]]:
        return self._of_class if instance is None else self._of_instance


def keep_from_replaced(values: dict[str, Any], replaced: Any, defaults: dict[str, Any]) -> None:
    """Adds the old model's extra fields to a new one's `values`, and which fields stay unset."""
    old = replaced.__dict__
    given = old.keys() - replaced._made
    values["_made"] = {
        name for name in values.keys() - given if values[name] is old.get(name, defaults.get(name))
    }
    values["_extra"] = dict(replaced._extra)


def pydantic_core_schema(model_class: Any) -> dict[str, Any]:
    """How pydantic validates and serializes a model in a model of its own."""

    def validate(value: object) -> Any:
        try:
            return model_class.model_validate(value)
        except InvalidResponseError as error:
            # FastAPI would show all attributes of our error.
            raise ValueError(str(error)) from None

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": validate},
        "serialization": {"type": "function-plain", "function": _serialize, "info_arg": True},
    }


def _serialize(model: Any, info: Any) -> Any:
    words = ("mode", "include", "exclude", "exclude_unset", "exclude_defaults", "exclude_none")
    return model.model_dump(**{word: getattr(info, word) for word in words})
