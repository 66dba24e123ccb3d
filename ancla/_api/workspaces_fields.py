"""Decodes records of today's API, whose fields differ from those of the models.

Some have other names. Fields of the model that are null count as left out. Some that are left out
are known from the arguments of the call. What the model does not declare stays as the server sent
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import NoneType

from .._model.schema import ModelKind, Record, Schema

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


class _TodaysSchema(Schema):
    """The schema of a model in responses of today's API.

    renamed:    the entries of `MODEL_NAMES` for fields of the model
    known_from: the entries of `_KNOWN_FROM` for these
    """

    def __init__(self, model_class: type[Record]) -> None:
        super().__init__(model_class)
        self.renamed = {old: name for old, name in MODEL_NAMES.items() if name in self.kinds}
        self.known_from = [each for each in _KNOWN_FROM if each[0] in self.kinds]
        self.types = {name: types - {NoneType} for name, types in self.types.items()}
        for kind in self.kinds.values():
            inner = getattr(kind, "inner", None)
            if isinstance(kind, ModelKind):
                kind.decoder_of = _decoder_of_nested
            elif isinstance(inner, ModelKind):
                inner.decoder_of = _decoder_of_item

    def store(self, values: dict[str, object], name: str, value: object) -> None:
        """Adds the value of a declared field, unless it is null."""
        if value is None:
            values.pop(name, None)
        else:
            super().store(values, name, value)

    def store_extra(self, values: dict[str, object], extra: dict[str, object]) -> None:
        """Adds the fields that are not declared, and those that the model calls otherwise."""
        for old_name in self.renamed.keys() & extra:
            self.store(values, self.renamed[old_name], extra.pop(old_name))
        if extra:
            super().store_extra(values, extra)


# Makes each schema once, when it is first used.
_schema_of: Callable[..., _TodaysSchema] = cache(_TodaysSchema)


def decoder_of(model: type[Record], arguments: Mapping[str, object]) -> Callable[[object], object]:
    """Returns the function that decodes a record in a response, for the arguments of its call."""
    schema = _schema_of(model)
    known = {}
    for field, name in schema.known_from:
        if name in arguments:
            known[field] = arguments[name]
    return partial(schema.decode, known=known) if known else schema.decode


def _decoder_of_nested(model: type[Record]) -> Callable[[object], object]:
    return _schema_of(model).decode


def _decoder_of_item(model: type[Record]) -> Callable[[object], object]:
    schema = _schema_of(model)
    if "username" not in schema.kinds:
        return schema.decode
    # A member without a username gets an empty one: its model requires it.
    return partial(schema.decode, known={"username": ""})
