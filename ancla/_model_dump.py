"""Models and free-form values as plain dicts, lists and scalars, whole or in part."""

from __future__ import annotations

from ._model_json import is_finite, key_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._model import Model

_ATOMS = frozenset([str, int, float, bool, type(None)])
_EVERY = "__all__"


def plain(value: Any) -> Any:
    """A free-form value, with the dicts, lists and models in it dumped whole."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {key: item if type(item) in _ATOMS else plain(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _ATOMS else plain(item) for item in value]
    return Dumper().dump(value)


class Dumper:
    """Dumps what the keywords of `Model.model_dump` leave in."""

    def __init__(
        self,
        *,
        for_json: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> None:
        self.for_json = for_json
        self.exclude_unset = exclude_unset
        self.exclude_defaults = exclude_defaults
        self.exclude_none = exclude_none

    def dump(self, value: Any, include: Any = None, exclude: Any = None) -> Any:
        """`include` and `exclude` hold for what is in the value."""
        if hasattr(value, "_shape"):
            return self.dump_model(value, include, exclude)
        if isinstance(value, dict):
            return {
                key_text(key) if self.for_json else key: dumped
                for key, dumped in self._dump_chosen(value.items(), include, exclude)
            }
        if isinstance(value, (list, tuple)):
            include = _counted_from_start(include, len(value))
            exclude = _counted_from_start(exclude, len(value))
            chosen = [item for _, item in self._dump_chosen(enumerate(value), include, exclude)]
            return chosen if self.for_json or isinstance(value, list) else tuple(chosen)
        return _jsonable(value) if self.for_json else value

    def dump_model(self, model: Model, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        dumped = self.dump_fields(model, include, exclude)
        dumped.update(self._dump_chosen(self._extra(model), include, exclude))
        return dumped

    def dump_fields(self, model: Model, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What is declared, without the extra fields."""
        return dict(self._dump_chosen(self._fields(model), include, exclude))

    def _fields(self, model: Model) -> Iterator[tuple[str, Any]]:
        for field in model._plan.fields:
            value = getattr(model, field.name)
            if self.exclude_none and value is None:
                continue
            if self.exclude_unset and field.name not in model._shape.names:
                continue
            if self.exclude_defaults and not field.is_required and value == field.make_default():
                continue
            yield field.name, field.kind.for_json(value) if self.for_json else value

    def _extra(self, model: Model) -> Iterator[tuple[str, Any]]:
        for name, value in (model._shape.extra or {}).items():
            if not (self.exclude_none and value is None):
                yield name, value

    def _dump_chosen(self, members: Any, include: Any, exclude: Any) -> Iterator[tuple[Any, Any]]:
        for key, value in members:
            is_excluded, below_exclude = _look_up(key, exclude, "exclude")
            if is_excluded and below_exclude is None:
                continue
            is_included, below_include = _look_up(key, include, "include")
            if is_included or include is None:
                yield key, self.dump(value, below_include, below_exclude)


def _jsonable(value: Any) -> Any:
    """A scalar as JSON has it: no infinity, and of an enum that is a str or int, that."""
    if isinstance(value, float):
        return float.__float__(value) if is_finite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    return value


def _look_up(key: Any, selection: Any, argument: str) -> tuple[bool, Any]:
    """Whether a selection names `key`, and what it selects below: None is everything."""
    if selection is None:
        return False, None
    if not isinstance(selection, dict):
        if not hasattr(selection, "__contains__"):
            raise TypeError(f"{argument} must be a set or a dict, not {type(selection).__name__}")
        return key in selection or _EVERY in selection, None
    named = [selection[name] for name in (key, _EVERY) if name in selection]
    if not named:
        return False, None
    below = named[0] if len(named) == 1 else _merged(*named)
    return True, None if _is_everything(below) else below


def _merged(one: Any, other: Any) -> Any:
    if _is_everything(one) or _is_everything(other):
        return one
    merged = dict(_as_dict(other))
    for key, below in _as_dict(one).items():
        merged[key] = _merged(below, merged[key]) if key in merged else below
    return merged


def _counted_from_start(selection: Any, length: int) -> Any:
    """The selection of a list's items with -1, for the last, and so on as positive indices."""
    if not selection or not length or not hasattr(selection, "__iter__"):
        return selection
    return {
        key % length if isinstance(key, int) else key: below
        for key, below in _as_dict(selection).items()
    }


def _as_dict(selection: Any) -> dict[Any, Any]:
    return selection if isinstance(selection, dict) else dict.fromkeys(selection, True)


def _is_everything(selection: Any) -> bool:
    return selection is True or selection is ...
