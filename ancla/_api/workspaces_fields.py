"""Converts the fields of today's API to those of the models.

`adapt_response` renames a response's fields to those of the model, drops the model's fields that
are null, adds those known from the arguments, and does the same for nested records. What the model
does not declare stays as the server sent it.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._model import Model

# Today's names of fields, and the models' names.
MODEL_NAMES = {
    "service_count": "application_count",
    "workspace_slug": "organization_slug",
    "workspace_name": "organization_name",
    "env_slug": "environment",
    "build_id": "image_id",
    "deploy_id": "deployment_id",
}
# Fields that a response may lack, each with an argument that has its value.
_KNOWN_FROM = (
    ("organization_slug", "org"),
    ("project_slug", "project"),
    ("environment", "environment"),
    ("id", "image_id"),
    ("id", "deployment_id"),
)


class _Fields:
    """The fields of a model.

    names:      all of them
    renamed:    the entries of `MODEL_NAMES` for these
    known_from: the entries of `_KNOWN_FROM` for these
    nested:     those that hold a record or a list of records, with the fields of that model
    changed:    the names in a response that are renamed or nested
    """

    def __init__(self, model: type[Model]) -> None:
        declared = model.model_fields
        self.names = frozenset(declared)
        self.renamed = {old: name for old, name in MODEL_NAMES.items() if name in declared}
        self.known_from = [each for each in _KNOWN_FROM if each[0] in declared]
        self.nested: dict[str, _Fields] = {}
        for name, field in declared.items():
            for part in (field.type, *getattr(field.type, "__args__", ())):
                if hasattr(part, "model_fields"):
                    self.nested[name] = _fields_of(part)
        self.changed = self.renamed.keys() | self.nested.keys()


@cache
def _fields_of(model: type[Model]) -> _Fields:
    return _Fields(model)


def adapt_response(response: Any, model: type[Model], arguments: Mapping[str, object]) -> Any:
    """Returns a response, an object or a list of objects, with the fields of the model."""
    fields = _fields_of(model)  # type: ignore[arg-type]  # mypy takes the class for a model
    known = {}
    for field, name in fields.known_from:
        if name in arguments:
            known[field] = arguments[name]
    if isinstance(response, list):
        return _adapted_list(response, fields, known)
    return _adapted(response, fields, known)


def _adapted_list(items: list[Any], fields: _Fields, known: dict[str, object]) -> list[Any]:
    changed = fields.changed
    return [
        # Call nothing for a record that stays as it is: lists are long.
        item
        if type(item) is dict
        and changed.isdisjoint(item)
        and None not in item.values()
        and (not known or known.keys() <= item.keys())
        else _adapted(item, fields, known)
        for item in items
    ]


def _adapted(response: Any, fields: _Fields, known: dict[str, object]) -> Any:
    if not isinstance(response, dict):
        return response
    if not fields.renamed.keys().isdisjoint(response):
        response = {fields.renamed.get(name, name): value for name, value in response.items()}
    if None in response.values():
        names = fields.names
        response = {
            name: value
            for name, value in response.items()
            if value is not None or name not in names
        }
    nested = fields.nested.keys() & response
    if known or nested:
        response = {**known, **response}
    for name in nested:
        response[name] = _adapted_nested(response[name], fields.nested[name])
    return response


def _adapted_nested(value: Any, fields: _Fields) -> Any:
    if isinstance(value, list):
        # A member without a username gets an empty one: its model requires it.
        return _adapted_list(value, fields, {"username": ""} if "username" in fields.names else {})
    return _adapted(value, fields, {})
