"""Hooks for pydantic and FastAPI."""

from __future__ import annotations

from .._errors import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
