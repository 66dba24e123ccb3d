"""The base class of the models: dataclasses that validate, dump and copy as pydantic v2 models do.

schema.py      the schema of a model class; decoding records
validation.py  the options of `model_validate`
dump.py        dumping to dicts and to JSON text
descriptions.py  the fields, signatures and JSON Schemas of model classes, and their help
status.py      the status words of builds, releases and deployments
"""

from __future__ import annotations

import copy
import copyreg
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Set
from functools import partial
from json.encoder import encode_basestring_ascii as quote_ascii

from .._errors import InvalidResponseError
from .descriptions import explain_fields, inline_schema, json_schema, signature
from .dump import PartialDump, dump_whole, values_of, write_indented, write_model, write_value
from .schema import (
    SCHEMA_ON_FIRST_USE,
    OfClass,
    Record,
    decode,
    decode_list,
    fields_by_name,
    set_dict,
)
from .status import has_failed, has_succeeded, status_of
from .validation import Preparation

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the imports below
if TYPE_CHECKING:
    from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

    ModelT = TypeVar("ModelT", bound="Model")
    # Names of fields, keys of dicts or indices of lists. A dict also selects below each of them.
    Selection: TypeAlias = (
        Set[str] | Set[int] | Mapping[str, "Selection | bool"] | Mapping[int, "Selection | bool"]
    )
else:  # for typing.get_type_hints
    from .._hints import Any, Literal

    Selection = object

# What other parts of the package import.
__all__ = [
    "Model",
    "decode",
    "decode_list",
    "explain_fields",
    "has_failed",
    "has_succeeded",
    "status_of",
]


class _Attributes(Record):
    """How a model is constructed, and how its attributes are read, assigned and deleted.

    Type checkers read this class, but do not see it as a base of `Model`: because of its
    `__init__`, `__getattr__` and `__setattr__` they would accept every argument, name and
    assignment.
    """

    __signature__ = OfClass(signature)

    def __init__(self, /, *positional: object, **values: Any) -> None:
        schema, name = type(self)._schema, type(self).__name__
        if positional:
            count = 1 + len(positional)
            raise TypeError(
                f"{name}() takes 1 positional argument but {count} were given: "
                "its fields are given by keyword"
            )
        if unknown := values.keys() - schema.arguments:
            raise TypeError(f"{name}() takes no {min(unknown)!r}")
        for field in schema.required:
            if field not in values:
                raise TypeError(f"{name}() needs {field}=")
        set_dict(self, values)
        if schema.needs_completion:
            schema.complete(self)

    def __setattr__(self, name: str, value: object) -> None:
        is_new = not hasattr(type(self), name)
        if name in self._schema.kinds or (is_new and not _is_special(name)):
            _assign(self, name, value)
        elif hasattr(getattr(type(self), name, None), "__set__"):  # a property or a slot
            super().__setattr__(name, value)
        else:
            raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    def __getattr__(self, name: str) -> Any:
        if name in self._extra and not _is_special(name):
            return self._extra[name]
        mixin: Any = super()
        if hasattr(mixin, "__getattr__"):
            return mixin.__getattr__(name)
        reason = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(reason, name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        if name in self._extra:
            del self.__dict__["_extra"][name]
        elif name in values_of(self):
            self.__dict__.pop(name, None)
            self.__dict__.setdefault("_absent", set()).add(name)
        else:
            super().__delattr__(name)


def _assign(model: Record, name: str, value: object) -> None:
    """Stores the value, unchecked, and counts the field as set."""
    stored = model.__dict__
    holder = stored if name in model._schema.kinds else stored.setdefault("_extra", {})
    holder[name] = value
    if name in model._filled:
        stored["_filled"].discard(name)


def _is_special(name: str) -> bool:
    """Returns whether Python gives this name a meaning. Such names are never extra fields.

    Otherwise, a server that sends "__deepcopy__" would decide how the model is copied.
    """
    return name.startswith("__") and name.endswith("__")


if TYPE_CHECKING:
    _Base = Record
else:
    _Base = _Attributes


class Model(_Base):
    """The base of all models. They are dataclasses with the methods of pydantic v2 models.

    Fields that are not declared are kept, as with extra="allow". `model_extra` holds them, they are
    attributes too, and dumps have them after the declared ones. Types are checked when a model is
    made from a response or by `model_validate`. The constructor and assignments check nothing.
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
        # The dataclass decorator generates these methods only for a class that does not have them.
        # They are those of the class or of the models among its bases; other bases are skipped.
        models = [vars(base) for base in cls.__mro__ if issubclass(base, Record)]
        for name in ("__init__", "__eq__", "__repr__", "__replace__"):
            setattr(cls, name, next(own[name] for own in models if name in own))

    @classmethod
    def model_validate(
        cls: type[ModelT],
        obj: Any,
        *,
        strict: bool | None = None,
        extra: Literal["allow", "ignore", "forbid"] | None = None,
        from_attributes: bool | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> ModelT:
        """Returns the model for a mapping. Returns an instance of the class unchanged.

        strict:          reject a float for an int, a tuple for a list, and a mapping for a dict
        extra:           "ignore" drops fields that are not declared, "forbid" rejects them; the
                         default "allow" keeps them. It is the same for nested models
        from_attributes: accept objects with attributes in place of mappings; only declared fields
                         are read

        `context`, `by_alias` and `by_name` have no effect: no field has a validator or an alias.
        Free-form values are not copied. Raises InvalidResponseError, which is a ValueError. It
        names the model, the field and the wrong type.
        """
        if strict or from_attributes or extra is not None:
            prepared = Preparation(strict, from_attributes, extra)
            return decode(cls, obj, partial(prepared.decode, cls))
        return decode(cls, obj)

    @classmethod
    def model_validate_json(
        cls: type[ModelT],
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        extra: Literal["allow", "ignore", "forbid"] | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> ModelT:
        """Returns the model for the text of a JSON object. Raises InvalidResponseError.

        The other arguments are those of `model_validate`.
        """
        return cls.model_validate(_parsed(json_data, cls.__name__), strict=strict, extra=extra)

    @classmethod
    def model_construct(
        cls: type[ModelT], _fields_set: set[str] | None = None, **values: Any
    ) -> ModelT:
        """Returns a model of these values without checking them. None of them is required.

        _fields_set: the names of the fields that count as set; by default those of all values
        """
        extra = {name: values.pop(name) for name in [*values] if name not in cls._schema.kinds}
        model = object.__new__(cls)
        given = values.keys() if _fields_set is None else _fields_set
        Model.__setstate__(model, (values, given, extra, ()))
        return model

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
        fallback: Callable[[Any], Any] | None = None,
        exclude_computed_fields: bool = False,
        polymorphic_serialization: bool | None = None,
    ) -> dict[str, Any]:
        """Returns the model as a dict in the order of the fields. Copies everything in it.

        mode:             "json" turns tuples into lists, and keys into text
        include, exclude: the fields to dump or to leave out; by default all are dumped. A dict
                          selects inside of fields: {"members": {0: {"email"}}}, with "__all__"
                          for every item
        by_alias:         has no effect, because no field has an alias
        exclude_unset:    leave out fields that are not in `model_fields_set`
        exclude_defaults: leave out fields that have their default
        exclude_none:     leave out fields that are None
        fallback:         called with each value that JSON has no form for; what it returns is
                          dumped instead

        The other arguments of pydantic have no effect. `round_trip` and `context` are for fields
        with serializers of their own, and `exclude_computed_fields` is for computed fields; models
        have neither. Values are dumped as they are, so there are no `warnings`. Every model is
        dumped with all its fields, so `serialize_as_any` and `polymorphic_serialization` make no
        difference.
        """
        is_whole = include is None and exclude is None and mode != "json"
        if is_whole and not (exclude_unset or exclude_defaults or exclude_none or fallback):
            return dump_whole(self)
        part = PartialDump(mode == "json", exclude_unset, exclude_defaults, exclude_none, fallback)
        dumped: dict[str, Any] = part.dump(self, include, exclude)
        return dumped

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        ensure_ascii: bool = False,
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
        fallback: Callable[[Any], Any] | None = None,
        exclude_computed_fields: bool = False,
        polymorphic_serialization: bool | None = None,
    ) -> str:
        """Returns the model as JSON text: compact, or with lines indented by `indent` spaces.

        `ensure_ascii` escapes all other characters, also in names. The other arguments are those of
        `model_dump`. Raises ValueError for text with a lone surrogate, which UTF-8 cannot encode.
        Raises TypeError for values that JSON has no form for.
        """
        is_whole = include is None and exclude is None and indent is None
        if is_whole and not (exclude_unset or exclude_defaults or exclude_none or fallback):
            text = write_model(self)
        else:
            part = PartialDump(True, exclude_unset, exclude_defaults, exclude_none, fallback)
            data = part.dump(self, include, exclude)
            text = write_value(data) if indent is None else write_indented(data, indent)
        if not text.isascii():
            text.encode()  # raises for a lone surrogate
            if ensure_ascii:
                text = "".join(each if each.isascii() else quote_ascii(each)[1:-1] for each in text)
        return text

    @classmethod
    def model_json_schema(
        cls,
        by_alias: bool | None = None,
        ref_template: str = "#/$defs/{model}",
        *,
        mode: Literal["validation", "serialization"] = "validation",
    ) -> dict[str, Any]:
        """Returns the JSON Schema of the class. Nested models are in "$defs".

        ref_template:   how to refer to a nested model, with {model} for the name of its class
        by_alias, mode: have no effect; validated and dumped values have the same schema
        """
        return json_schema(cls, ref_template)

    def model_copy(
        self: ModelT, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> ModelT:
        """Returns a copy. `update` sets fields in it, unchecked. `deep` copies all values, too."""
        copied = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            _assign(copied, name, value)
        return copied

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that the response or the constructor gave, or that were assigned.

        Each access returns a new set.
        """
        return {*(self._schema.kinds.keys() & self.__dict__.keys()) - self._filled, *self._extra}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The fields that the class does not declare. Changes to this dict change the model."""
        extra: dict[str, Any] = self.__dict__.setdefault("_extra", {})
        return extra

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yields the name and value of each field. Nothing is converted."""
        for name in values_of(self):
            yield name, getattr(self, name)
        yield from self._extra.items()

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        """Yields the name of each field and its value as a repr shows it: stars for secrets."""
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
        # The object is made from its class alone, so that a model may contain itself.
        make = copyreg.__newobj__  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
        return make, (type(self),), self._state()

    def _state(self) -> tuple[Any, ...]:
        """Returns what `__setstate__` takes. Equal models have equal states, for example to hash.

        An empty default list or dict that exists only because it was read is therefore left out.
        """
        schema, stored = self._schema, self.__dict__
        values = {name: stored[name] for name in schema.kinds if name in stored}
        for name in self._filled & values.keys():
            value, default = values[name], schema.defaults[name]
            if type(value) is type(default) and type(value) in (list, dict) and not value:
                del values[name]
        given = [name for name in values if name not in self._filled]
        absent = [name for name in schema.kinds if name in self._absent]
        return values, given, dict(self._extra), absent

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Sets the fields of an empty model. Skips values of fields that the class does not have.

        A pickle may come from a version with other fields.
        """
        (values, given, extra, absent), schema = state, self._schema
        stored = {name: value for name, value in values.items() if name in schema.kinds}
        if filled := stored.keys() - given:
            stored["_filled"] = filled
        if extra:
            stored["_extra"] = dict(extra)
        schema.fill(stored, schema.kinds.keys() & absent)
        set_dict(self, stored)

    def __copy__(self: ModelT) -> ModelT:
        copied, stored = object.__new__(type(self)), self.__dict__.copy()
        for name in stored.keys() & {"_extra", "_filled", "_absent"}:
            stored[name] = stored[name].copy()
        set_dict(copied, stored)
        return copied

    def __replace__(self: ModelT, /, **changes: Any) -> ModelT:
        return self.model_copy(update=changes)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> dict[str, Any]:
        """Returns how pydantic validates and serializes one of our models inside its own."""

        def validate(value: object) -> Any:
            try:
                return cls.model_validate(value)
            except InvalidResponseError as error:
                # FastAPI would put all attributes of our error into its response.
                raise ValueError(str(error)) from None

        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": validate},
            "serialization": {"type": "function-plain", "function": _serialize, "info_arg": True},
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return inline_schema(cls)


def _serialize(model: Model, info: Any) -> Any:
    words = ("mode", "include", "exclude", "exclude_unset", "exclude_defaults", "exclude_none")
    return model.model_dump(**{word: getattr(info, word) for word in words})


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
    # Raised outside of `except`, so that its context does not hold the text.
    raise InvalidResponseError(f"{name}: {fault}")


if not TYPE_CHECKING:
    ModelT = Model  # for typing.get_type_hints
