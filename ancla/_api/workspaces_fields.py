"""Converts the fields of today's API to those of the models.

`adapt_response` renames a response's fields to those of the model, drops the model's fields that
are null, adds those known from the arguments, and cleans nested records.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._model import Model

# Today's names of fields, and the models' names.
_MODEL_NAMES = {
    "service_count": "application_count",
    "workspace_slug": "organization_slug",
    "workspace_name": "organization_name",
    "env_slug": "environment",
    "build_id": "image_id",
    "deploy_id": "deployment_id",
}
# Fields that a response may lack, each with the argument that has its value.
_KNOWN_FROM = {"organization_slug": "org", "project_slug": "project", "environment": "environment"}
_NESTED = frozenset(("members", "user", "build", "deploy"))
_RENAMED = frozenset(_MODEL_NAMES)
_CHANGED = _NESTED | _RENAMED


def adapt_response(response: Any, model: type[Model], arguments: Mapping[str, object]) -> Any:
    """Returns a response, an object or a list of objects, with the fields of the model."""
    fields, known_from = _fields_of(model)  # type: ignore[arg-type]  # mypy takes the class for a model
    known = {}
    for field, name in known_from:
        if name in arguments:
            known[field] = arguments[name]
    if isinstance(response, list):
        return [
            # Call nothing for a record that stays as it is: lists are long.
            item
            if not known
            and type(item) is dict
            and _CHANGED.isdisjoint(item)
            and None not in item.values()
            else _adapted(item, fields, known)
            for item in response
        ]
    return _adapted(response, fields, known)


def _adapted(response: Any, fields: frozenset[str], known: dict[str, object]) -> Any:
    if not isinstance(response, dict):
        return response
    if not _RENAMED.isdisjoint(response):
        response = {_MODEL_NAMES.get(name, name): value for name, value in response.items()}
    if None in response.values():
        response = {
            name: value
            for name, value in response.items()
            if value is not None or name not in fields
        }
    nested = _NESTED.intersection(response)
    if known or nested:
        response = {**known, **response}
    for name in nested:
        response[name] = _clean_nested(response[name])
    return response


@cache
def _fields_of(model: type[Model]) -> tuple[frozenset[str], list[tuple[str, str]]]:
    """Returns the names of the fields, and the entries of `_KNOWN_FROM` for those."""
    fields = frozenset(model.model_fields)
    return fields, [(field, name) for field, name in _KNOWN_FROM.items() if field in fields]


def _clean_nested(value: Any) -> Any:
    """Removes nulls from nested records.

    Gives those in a list an empty username if it is missing: the model of a member requires one.
    """
    if type(value) is dict:
        return _without_nulls(value)
    if type(value) is list:
        return [
            {"username": "", **_without_nulls(item)}
            if type(item) is dict and ("username" not in item or None in item.values())
            else item
            for item in value
        ]
    return value


def _without_nulls(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(value) if type(value) is dict else value
        for name, value in record.items()
        if value is not None
    }
