"""What makes a dataclass a model: it is validated, dumped and copied as pydantic v2 would.

attributes.py  how a model is constructed, and how its attributes are read and assigned
schema.py      what is known of one model class; makes a record a model
validation.py  the options of `model_validate`
dump.py        models as plain dicts, whole or in part, and as JSON text
hooks.py       what dataclasses.replace, msgspec and pydantic ask of a model
status.py      the words for the status of a build, release or deployment
"""

from __future__ import annotations

import copy
import copyreg
import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Set

from .._errors import InvalidResponseError
from .attributes import SCHEMA_ON_FIRST_USE, OfClass, assign, extra_of, fields_by_name
from .dump import Part, dump_whole, values_of, write_indented, write_model, write_value
from .hooks import pydantic_core_schema
from .schema import Record, decode, decode_list, set_dict
from .status import has_failed, has_succeeded, status_of
from .validation import validate

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the imports below
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeAlias, TypeVar

    ModelT = TypeVar("ModelT", bound="Model")
    # Names of fields, keys of dicts, indices of lists; a dict says what to take below each.
    Selection: TypeAlias = (
        Set[str] | Set[int] | Mapping[str, "Selection | bool"] | Mapping[int, "Selection | bool"]
    )
else:  # for typing.get_type_hints
    from .._hints import Any

    Selection = object

# What the rooms above take from here.
__all__ = ["Model", "decode", "decode_list", "has_failed", "has_succeeded", "status_of"]


if TYPE_CHECKING:
    _Base = Record
else:
    from .attributes import Attributes as _Base


class Model(_Base):
    """The base of all models, which are dataclasses: what they share with pydantic v2 models.

    Fields that are not declared are kept (extra="allow"): `model_extra` holds them, they are
    attributes too, and they are dumped after the declared ones. What a field holds is checked when
    it comes from the server or through `model_validate`, not in the constructor or an assignment.
    """

    if TYPE_CHECKING:
        model_fields: ClassVar[dict[str, dataclasses.Field[Any]]]
    else:
        model_fields = OfClass(fields_by_name)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__slots__" in vars(cls) and "__dataclass_fields__" in vars(cls):
            raise TypeError(f"{cls.__name__} must not have slots=True: @dataclass(kw_only=True)")
        cls._schema = SCHEMA_ON_FIRST_USE
        # The dataclass decorator keeps the methods that a class has, and would make these anew.
        for name in ("__init__", "__eq__", "__repr__"):
            setattr(cls, name, _method_of_models(cls, name))

    @classmethod
    def model_validate(
        cls: type[ModelT],
        obj: Any,
        *,
        strict: bool | None = None,
        from_attributes: bool | None = None,
        context: Any = None,
    ) -> ModelT:
        """The model for a mapping; an instance of the class is returned as it is.

        strict:          refuse a float for an int, a tuple for a list, and any mapping but a dict
        from_attributes: take objects with attributes in place of mappings; their extra attributes
                         are not read
        context:         has no effect, as no field has a validator of its own

        Free-form values are not copied. Raises InvalidResponseError, which is a ValueError, that
        names the model, the field, and the type that came.
        """
        return validate(cls, obj, bool(strict), bool(from_attributes))

    @classmethod
    def model_validate_json(
        cls: type[ModelT],
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        context: Any = None,
    ) -> ModelT:
        """The model for the text of a JSON object. Raises InvalidResponseError.

        The other arguments are those of `model_validate`.
        """
        return validate(cls, _parsed(json_data, cls.__name__), bool(strict))

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
        round_trip: bool = False,
        warnings: bool | str = True,
        context: Any = None,
        serialize_as_any: bool = False,
    ) -> dict[str, Any]:
        """The model as a dict, in the order of the fields, with everything in it copied.

        mode:             "json" makes lists of tuples, and all keys text
        include, exclude: the fields to take or leave, all by default; a dict goes deeper:
                          {"members": {0: {"email"}}}, with "__all__" for every item
        by_alias:         makes no difference, as no field has an alias
        exclude_unset:    leave out the fields that the server, or you, did not give
        exclude_defaults: leave out the fields that have their default
        exclude_none:     leave out the fields that are None

        The other arguments of pydantic have no effect. No field has a serializer of its own, which
        is what `round_trip` and `context` are for. Values are dumped as they are, without
        `warnings`. A model is dumped with all its fields, `serialize_as_any` or not, also where
        its field is declared for a base class.
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
        round_trip: bool = False,
        warnings: bool | str = True,
        context: Any = None,
        serialize_as_any: bool = False,
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
            assign(copied, name, value)
        return copied

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given or assigned since; a set of its own each time."""
        return {*(self._schema.kinds.keys() & self.__dict__.keys()) - self._made, *self._extra}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The fields that came but are not declared: the dict itself, to be read and changed."""
        return extra_of(self)

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
        # The class alone makes the object, so that a model may be part of its own state.
        make = copyreg.__newobj__  # type: ignore[attr-defined]
        return make, (type(self),), self._state(with_read_defaults=False)

    def __copy__(self: ModelT) -> ModelT:
        copied = type(self).__new__(type(self))
        copied.__setstate__(self._state(with_read_defaults=True))
        return copied

    def _state(self, with_read_defaults: bool) -> tuple[Any, ...]:
        """What `__setstate__` takes. Equal models have equal states, to be pickled and hashed: a
        list or dict that the model made because somebody read it is left out while it is empty.
        """
        schema, there = self._schema, self.__dict__
        values = {
            name: there[name]
            for name in schema.kinds
            if name in there and (with_read_defaults or not schema.is_read_default(self, name))
        }
        given = [name for name in values if name not in self._made]
        absent = [name for name in schema.kinds if name in self._absent]
        slots = {name: getattr(self, name) for name in schema.slots if hasattr(self, name)}
        return values, given, dict(self._extra), absent, slots

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *fields, slots = state
        if len(fields) == 4:  # not so in pickles of version 1.0: _build has filled the model
            _fill(self, *fields)
        for name, value in slots.items():
            setattr(self, name, value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> dict[str, Any]:
        return pydantic_core_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return cls._schema.json_schema()


def _method_of_models(model_class: type, name: str) -> Any:
    """A method that a class has, but not from a dataclass beside it that is no model."""
    own = (vars(base) for base in model_class.__mro__ if issubclass(base, Record))
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
    given: Collection[str],
    extra: dict[str, Any] | None,
    absent: Collection[str] = (),
) -> ModelT:
    """A new model of these values. The pickles of version 1.0 call it, too."""
    model = object.__new__(model_class)
    _fill(model, values, given, extra, absent)
    return model


def _fill(
    model: Model,
    values: dict[str, Any],
    given: Collection[str],
    extra: dict[str, Any] | None,
    absent: Collection[str],
) -> None:
    """Gives an empty model its fields. A pickle may be of a version with other fields."""
    schema = model._schema
    there = {name: value for name, value in values.items() if name in schema.kinds}
    if made := there.keys() - given:
        there["_made"] = made
    if extra:
        there["_extra"] = dict(extra)
    schema.fill(there, schema.kinds.keys() & absent)
    set_dict(model, there)


if not TYPE_CHECKING:
    ModelT = Model  # for typing.get_type_hints
