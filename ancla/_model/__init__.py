"""What makes a dataclass a model: it is checked, dumped and copied as pydantic v2 would.

schema.py  what is known of one model class; makes a record a model
dump.py    models as plain dicts, whole or in part, and as JSON text
status.py  the words for how far something is
"""

from __future__ import annotations

import copy
import dataclasses
import json

from ..exceptions import InvalidResponseError
from .dump import Part, dump_whole, values_of, write_indented, write_model, write_value
from .schema import (
    Record,
    Schema,
    declared_fields,
    decode,
    decode_list,
    default_of,
    is_bare,
    set_dict,
)
from .status import has_failed, has_succeeded, status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Set
    from inspect import Signature
    from typing import Any, ClassVar, TypeAlias, TypeVar

    ModelT = TypeVar("ModelT", bound="Model")
    # Names of fields, keys of dicts, indices of lists; a dict says what to take below each.
    Selection: TypeAlias = (
        Set[str] | Set[int] | Mapping[str, "Selection | bool"] | Mapping[int, "Selection | bool"]
    )

# What the rooms above take from here.
__all__ = ["Model", "decode", "decode_list", "has_failed", "has_succeeded", "status_of"]


class _OfClass:
    """A property of the class."""

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self._get = get

    def __get__(self, instance: object, owner: type) -> Any:
        return self._get(owner)


def _schema(model_class: Any) -> Schema:
    model_class._schema = schema = Schema(model_class)  # in place of the property
    return schema


def _fields_by_name(model_class: Any) -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in declared_fields(model_class)}


def _signature(model_class: Any) -> Signature:
    """What help() and inspect.signature show."""
    from inspect import Parameter, Signature

    shown = []
    for field in declared_fields(model_class):
        if field.init:
            default = Parameter.empty if is_bare(field) else default_of(field)
            shown.append(
                Parameter(
                    field.name, Parameter.KEYWORD_ONLY, default=default, annotation=field.type
                )
            )
    return Signature(shown)


class Model(Record):
    """The base of all models, which are dataclasses: what they share with pydantic v2 models.

    Fields that are not declared are kept (extra="allow"): `model_extra` holds them, they are
    attributes too, and they are dumped after the declared ones. What a field holds is checked when
    it comes from the server or through `model_validate`, not in the constructor or an assignment.
    """

    if TYPE_CHECKING:
        model_fields: ClassVar[dict[str, dataclasses.Field[Any]]]
    else:
        # With what is unseen here, type checkers would let every name and assignment pass.
        _schema = _OfClass(_schema)
        model_fields = _OfClass(_fields_by_name)
        __signature__ = _OfClass(_signature)
        _replaced = property(lambda self: self)

        def __init__(self, /, **values):
            schema, name = type(self)._schema, type(self).__name__
            replaced = values.pop("_replaced", None)
            if unknown := values.keys() - schema.arguments:
                raise TypeError(f"{name}() takes no {min(unknown)!r}")
            for field in schema.required:
                if field not in values:
                    raise TypeError(f"{name}() needs {field}=")
            set_dict(self, values)
            if replaced is not None:
                there, defaults = replaced.__dict__, schema.defaults
                unset = values.keys() - replaced.model_fields_set
                made = (key for key in unset if values[key] is there.get(key, defaults.get(key)))
                values.update(_made={*made}, _extra=dict(replaced._extra))
            if schema.has_more:
                schema.complete(self)

        def __replace__(self, /, **changes):
            return dataclasses.replace(self, **changes)

        def __setattr__(self, name, value):
            is_new = not hasattr(type(self), name)
            if name in self._schema.kinds or (is_new and not _is_special(name)):
                self._assign(name, value)
            elif hasattr(getattr(type(self), name, None), "__set__"):  # a property or a slot
                super().__setattr__(name, value)
            else:
                raise AttributeError(f"{type(self).__name__}.{name} is read-only")

        def __getattr__(self, name):
            if name in self._extra and not _is_special(name):
                return self._extra[name]
            if hasattr(super(), "__getattr__"):  # a mixin's
                return super().__getattr__(name)
            reason = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(reason, name=name, obj=self)

        def __delattr__(self, name):
            if name in self._extra:
                del self.model_extra[name]
            elif name in values_of(self):
                self.__dict__.pop(name, None)
                self.__dict__.setdefault("_absent", set()).add(name)
            else:
                super().__delattr__(name)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__slots__" in vars(cls) and "__dataclass_fields__" in vars(cls):
            raise TypeError(f"{cls.__name__} must not have slots=True: @dataclass(kw_only=True)")
        cls._schema = vars(Model)["_schema"]
        # The dataclass decorator would put its own in their place, but not if the class has them.
        for name in ("__init__", "__eq__", "__repr__"):
            setattr(cls, name, _method_of_models(cls, name))

    @classmethod
    def model_validate(cls: type[ModelT], obj: Mapping[str, Any] | ModelT) -> ModelT:
        """The model for a mapping; an instance of the class is returned as it is.

        Free-form values are not copied. Raises InvalidResponseError, which is a ValueError, that
        names the model, the field, and the type that came.
        """
        return decode(cls, obj)

    @classmethod
    def model_validate_json(cls: type[ModelT], json_data: str | bytes | bytearray) -> ModelT:
        """The model for the text of a JSON object. Raises InvalidResponseError."""
        return decode(cls, _parsed(json_data, cls.__name__))

    @classmethod
    def model_construct(
        cls: type[ModelT], _fields_set: set[str] | None = None, **values: Any
    ) -> ModelT:
        """A model of these values, of which none is checked or has to be there.

        _fields_set: the fields that count as given; None: all of these
        """
        extra = {name: values.pop(name) for name in [*values] if name not in cls._schema.kinds}
        return _build(cls, values, values.keys() if _fields_set is None else _fields_set, extra)

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Selection | None = None,
        exclude: Selection | None = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> dict[str, Any]:
        """The model as a dict, in the order of the fields, with everything in it copied.

        mode:             "json" makes lists of tuples, and all keys text
        include, exclude: the fields to take or leave, all by default; a dict goes deeper:
                          {"members": {0: {"email"}}}, with "__all__" for every item
        by_alias:         makes no difference, as no field has an alias
        exclude_unset:    leave out the fields that the server, or you, did not give
        exclude_defaults: leave out the fields that have their default
        exclude_none:     leave out the fields that are None
        """
        in_part = exclude_unset or exclude_defaults or exclude_none or mode == "json"
        if include is exclude is None and not in_part:
            return dump_whole(self)
        part = Part(mode == "json", not exclude_unset, not exclude_defaults, not exclude_none)
        dumped: dict[str, Any] = part.dump(self, include, exclude)
        return dumped

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        include: Selection | None = None,
        exclude: Selection | None = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> str:
        """The model as JSON text: compact, or with lines indented by `indent` spaces.

        The other arguments are those of `model_dump`. Raises ValueError for text with half a
        surrogate pair, which UTF-8 cannot hold, and TypeError for a value that JSON cannot.
        """
        in_part = exclude_unset or exclude_defaults or exclude_none
        if indent is None and include is exclude is None and not in_part:
            text = write_model(self)
        else:
            part = Part(True, not exclude_unset, not exclude_defaults, not exclude_none)
            data = part.dump(self, include, exclude)
            text = write_value(data) if indent is None else write_indented(data, indent)
        if not text.isascii():
            text.encode()  # is there half a surrogate pair?
        return text

    def model_copy(
        self: ModelT, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> ModelT:
        """A copy with the fields in `update` changed, unchecked. `deep` copies all in it too."""
        copied = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            copied._assign(name, value)
        return copied

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given or assigned since; a set of its own each time."""
        return {*(self._schema.kinds.keys() & self.__dict__.keys()) - self._made, *self._extra}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The fields that came but are not declared: the dict itself, to be read and changed."""
        extra: dict[str, Any] = self.__dict__.setdefault("_extra", {})
        return extra

    def _assign(self, name: str, value: Any) -> None:
        holder = self.__dict__ if name in self._schema.kinds else self.model_extra
        holder[name] = value
        if name in self._made:
            self.__dict__["_made"].discard(name)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """The names and values, as they are, of all fields."""
        for name in values_of(self):
            yield name, getattr(self, name)
        yield from self._extra.items()

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        """The names and values of all fields as they may be shown: stars in place of secrets."""
        values, masked = values_of(self), self._schema.masked
        for name, value in [*values.items(), *self._extra.items()]:
            is_masked = name in masked and values.get(masked[name], True)
            yield name, "********" if is_masked else value

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._extra]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return (
            type(other) is type(self)
            and values_of(self) == values_of(other)
            and dict(self._extra) == dict(other._extra)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        schema, there = self._schema, self.__dict__
        values = {name: there[name] for name in schema.kinds if name in there}
        given = frozenset(values).difference(self._made)
        slots = {name: getattr(self, name) for name in schema.slots if hasattr(self, name)}
        made_of: tuple[Any, ...] = (type(self), values, given, dict(self._extra))
        if self._absent:
            made_of += (self._absent,)
        return (_build, made_of, (None, slots)) if slots else (_build, made_of)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> dict[str, Any]:
        """What pydantic, and FastAPI with it, does with a model in a model of its own."""
        check = {"type": "no-info", "function": cls._check_for_pydantic}
        dump = {"type": "function-plain", "function": _dump_for_pydantic, "info_arg": True}
        return {"type": "function-plain", "function": check, "serialization": dump}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return cls._schema.json_schema()

    @classmethod
    def _check_for_pydantic(cls, value: Any) -> Model:
        try:
            return decode(cls, value)
        except InvalidResponseError as error:
            # FastAPI would show all the attributes of ours.
            raise ValueError(str(error)) from None


def _dump_for_pydantic(model: Model, info: Any) -> dict[str, Any]:
    words = ("mode", "include", "exclude", "exclude_unset", "exclude_defaults", "exclude_none")
    return model.model_dump(**{word: getattr(info, word) for word in words})


def _is_special(name: str) -> bool:
    """Is it one of Python's own names? Then it is never an extra field as an attribute.

    A server that sends "__deepcopy__" must not decide how the model is copied.
    """
    return name.startswith("__") and name.endswith("__")


def _method_of_models(model_class: type, name: str) -> Any:
    """A method that a class has, but not from a dataclass beside it that is no model."""
    own = (vars(base) for base in model_class.__mro__ if issubclass(base, Model))
    return next(methods[name] for methods in own if name in methods)


def _parsed(text: str | bytes | bytearray, name: str) -> Any:
    try:
        return json.loads(text if isinstance(text, str) else text.decode("utf-8"))
    except AttributeError:
        fault = f"expected str, bytes or bytearray, got {type(text).__name__}"
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        fault = f"not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
    except (RecursionError, ValueError):
        fault = "JSON beyond what Python reads"
    raise InvalidResponseError(f"{name}: {fault}")  # not there: their context holds the text


def _build(
    model_class: type[ModelT],
    values: dict[str, Any],
    given: Set[str],
    extra: dict[str, Any] | None,
    absent: Set[str] = frozenset(),
) -> ModelT:
    """What `copy` and `pickle` call; the pickle may be of a version with other fields."""
    schema = model_class._schema
    there = {name: value for name, value in values.items() if name in schema.kinds}
    if made := there.keys() - given:
        there["_made"] = made
    if extra:
        there["_extra"] = dict(extra)
    schema.fill(there, absent & schema.kinds.keys())
    model = object.__new__(model_class)
    set_dict(model, there)
    return model
