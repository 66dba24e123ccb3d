"""What makes a dataclass a model: it is checked, dumped and copied as pydantic v2 would.

_model            the methods of every model, and the session's way in (decode, decode_list)
_model_plan       what is known of one model class, and of the shapes that its records come in
_model_fields     the kind and default of each field, read from annotations
_model_dataclass  the decorator that makes the classes, without loading `dataclasses`
_model_kinds      what a field can hold, and how that is checked
_model_source     the source of the generated functions
_model_dump       dumps in part, and of free-form values
_model_json       plain values as JSON text
"""

from __future__ import annotations

from functools import wraps

from ._model_dump import Dumper
from ._model_json import write_dict, write_indented
from ._model_plan import Plan, Shape, is_special
from .exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    import inspect
    from collections.abc import Callable, Mapping, Set
    from typing import Any, ClassVar, TypeAlias, TypeVar

    from ._model_plan import ShapeWithExtra

    ModelT = TypeVar("ModelT", bound="Model")
    # Names of fields, keys of dicts, indices of lists; a dict says what to take below each.
    Selection: TypeAlias = (
        Set[str] | Set[int] | Mapping[str, "Selection | bool"] | Mapping[int, "Selection | bool"]
    )

_RECORDS_AT_ONCE = 500

_set_attribute = object.__setattr__


def decode(model_class: type[ModelT], data: Any) -> ModelT:
    """The model for one JSON object, as `json.loads` gives it.

    Raises InvalidResponseError that names the model, the field, and the type that came.
    """
    model: ModelT = model_class._plan.decode(data)
    return model


def decode_list(model_class: type[ModelT], records: list[Any]) -> list[ModelT]:
    """The models for a JSON array, as `json.loads` gives it. It is used up: its items become None.

    Raises InvalidResponseError that names the model, the record's index, the field, and the type
    that came.
    """
    plan = model_class._plan
    models: list[ModelT] = []
    for start in range(0, len(records), _RECORDS_AT_ONCE):
        part = records[start : start + _RECORDS_AT_ONCE]
        try:
            models += plan.decode_list(part)
        except InvalidResponseError:
            for index, data in enumerate(part, start):
                plan.check(data, f"{model_class.__name__}[{index}]")
            raise
        # As each record goes when its model comes, memory does not hold all of both, and the
        # garbage collector sees no growth that would make it search the new models.
        records[start : start + len(part)] = [None] * len(part)
    return models


class _PlanOnFirstUse:
    """Stands in a class for its plan, until that is asked for."""

    def __get__(self, instance: object, owner: type[Model]) -> Plan:
        plan = owner._plan = Plan(owner)
        return plan


class _FieldsByName:
    def __get__(self, instance: object, owner: Any) -> dict[str, dataclasses.Field[Any]]:
        if not hasattr(owner, "__dataclass_fields__"):
            # help() goes on then.
            raise AttributeError(f"{owner.__name__} has no fields of its own")
        from dataclasses import fields

        return {field.name: field for field in fields(owner)}


class _SignatureOnFirstUse:
    """What help() and inspect.signature show: the fields as keywords, with their defaults."""

    def __get__(self, instance: object, owner: Any) -> inspect.Signature:
        # inspect goes on then: to an __init__ of the class's own, or, while the decorator is still
        # at work and asks for want of a docstring, to Model's.
        if owner.__init__ is not Model.__init__ or "__slots__" not in vars(owner):
            raise AttributeError("__signature__")
        from inspect import Parameter, Signature

        return Signature(
            [
                Parameter(
                    field.name,
                    Parameter.KEYWORD_ONLY,
                    default=Parameter.empty if plan.is_required else plan.make_default(),
                    annotation=field.type,
                )
                for field, plan in zip(owner.model_fields.values(), owner._plan.fields)
            ]
        )


class Model:
    """The base of all models, which are dataclasses: what they share with pydantic v2 models.

    Fields that are not declared are kept (extra="allow"): `model_extra` holds them, they are
    attributes too, and they are dumped after the declared ones. What a field holds is checked when
    it comes from the server or through `model_validate`, not in the constructor or an assignment.
    """

    __slots__ = ("_shape",)

    if TYPE_CHECKING:
        _shape: Shape | ShapeWithExtra
        _plan: ClassVar[Plan]
        model_fields: ClassVar[dict[str, dataclasses.Field[Any]]]
    else:
        _plan = _PlanOnFirstUse()
        model_fields = _FieldsByName()
        __signature__ = _SignatureOnFirstUse()

        def __init__(self, **values):
            for field in self._plan.fields:
                if field.name not in values and field.is_required:
                    raise TypeError(f"{type(self).__name__}() needs {field.name}=")
                is_given = field.name in values
                value = values[field.name] if is_given else field.make_default()
                _set_attribute(self, field.name, value)
            for name in values:
                if name not in self._plan.names:
                    raise TypeError(f"{type(self).__name__}() has no field {name!r}")
            _set_attribute(self, "_shape", self._plan.shape_of(frozenset(values)))

        def __replace__(self, /, **changes):
            from dataclasses import replace

            return replace(self, **changes)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        setattr(cls, "_plan", _PlanOnFirstUse())
        # The dataclass decorator would put its own in their place, but not if the class has them.
        for name in ("__eq__", "__repr__"):
            if name not in cls.__dict__:
                setattr(cls, name, _inherited(cls, name))
        # For its slots the decorator makes the class anew, and then __init__ is the decorator's.
        if "__dataclass_fields__" in cls.__dict__ and "__init__" in cls.__dict__:
            setattr(cls, "__init__", _noting_what_is_given(cls.__dict__["__init__"]))

    @classmethod
    def model_validate(cls: type[ModelT], obj: Mapping[str, Any] | ModelT) -> ModelT:
        """The model for a mapping; an instance of the class is returned as it is.

        Free-form values are not copied. Raises InvalidResponseError, which is a ValueError, that
        names the model, the field, and the type that came.
        """
        model: ModelT = cls._plan.decode(obj)
        return model

    @classmethod
    def model_validate_json(cls: type[ModelT], json_data: str | bytes | bytearray) -> ModelT:
        """The model for the text of a JSON object. Raises InvalidResponseError."""
        model: ModelT = cls._plan.decode(_parsed(json_data, cls.__name__))
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
        dumper = Dumper(
            for_json=mode == "json",
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )
        return dumper.dump_model(self, include, exclude)

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
        dumped = self.model_dump(
            mode="json",
            include=include,
            exclude=exclude,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )
        return _encodable(write_dict(dumped) if indent is None else write_indented(dumped, indent))

    if not TYPE_CHECKING:
        # Most calls have no keywords, and to fill in so many defaults takes Python as long as
        # the dump itself.
        _dump_with, _dump_json_with = model_dump, model_dump_json

        @wraps(model_dump)
        def model_dump(self, **keywords):
            return self._dump_with(**keywords) if keywords else self._shape.dump(self)

        @wraps(model_dump_json)
        def model_dump_json(self, **keywords):
            if keywords:
                return self._dump_json_with(**keywords)
            text = self._shape.write(self)
            return text if text.isascii() else _encodable(text)

    def model_copy(
        self: ModelT, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> ModelT:
        """A copy with the fields in `update` changed, unchecked. `deep` copies all in it too."""
        import copy

        copied = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            copied._assign(name, value)
        return copied

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that were given or assigned since; a set of its own each time."""
        return {*self._shape.names, *(self._shape.extra or ())}

    @property
    def model_extra(self) -> dict[str, Any]:
        """The fields that came but are not declared: the dict itself, to be read and changed."""
        shape = self._shape
        if isinstance(shape, Shape):
            shape = shape.with_extra({})
            _set_attribute(self, "_shape", shape)
        return shape.extra

    def _assign(self, name: str, value: Any) -> None:
        if name in self._plan.names:
            _set_attribute(self, name, value)
            _set_attribute(self, "_shape", self._shape.with_field(name))
        else:
            self.model_extra[name] = value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._plan.names and (is_special(name) or hasattr(type(self), name)):
            _set_attribute(self, name, value)
        else:
            self._assign(name, value)

    def __delattr__(self, name: str) -> None:
        if self._shape.extra and name in self._shape.extra:
            del self._shape.extra[name]
        else:
            object.__delattr__(self, name)

    def __repr__(self) -> str:
        shown = []
        for field in self._plan.fields:
            is_masked = field.masked_when and getattr(self, field.masked_when)
            value = "********" if is_masked else getattr(self, field.name)
            shown.append(f"{field.name}={value!r}")
        shown += [f"{name}={value!r}" for name, value in (self._shape.extra or {}).items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return (
            type(other) is type(self)
            # As parts of lists, since such are equal too if they are the same: not a number, say.
            and [getattr(self, name) for name in self._plan.names]
            == [getattr(other, name) for name in self._plan.names]
            and (self._shape.extra or {}) == (other._shape.extra or {})
        )

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in self._plan.fields}
        return _build, (type(self), values, self._shape.names, self._shape.extra)


def _inherited(model_class: type, name: str) -> Any:
    """A method, but not of a dataclass that is no model, which knows nothing of other fields."""
    for base in model_class.__mro__[1:]:
        methods = vars(base)
        if name in methods and ("__dataclass_params__" not in methods or issubclass(base, Model)):
            return methods[name]
    raise AttributeError(name)


def _encodable(text: str) -> str:
    text.encode()
    return text


def _parsed(text: str | bytes | bytearray, name: str) -> Any:
    import json

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
    # Not where those are caught, and so their context: they hold the text, which may be secret.
    raise InvalidResponseError(f"{name}: {fault}")


def _build(
    model_class: type[ModelT],
    values: dict[str, Any],
    names: frozenset[str],
    extra: dict[str, Any] | None,
) -> ModelT:
    """What `copy` and `pickle` call."""
    model: ModelT = model_class._plan.build(values, names, dict(extra or ()))
    return model


def _noting_what_is_given(init: Callable[..., None]) -> Callable[..., None]:
    """The __init__ of the dataclass decorator, made to remember which fields were given."""

    def __init__(self: Model, /, *arguments: Any, **values: Any) -> None:
        # With all taken as given, the assignments that `init` makes change nothing.
        _set_attribute(self, "_shape", self._plan.every_field)
        init(self, *arguments, **values)
        named = {*values, *getattr(self, "__match_args__", ())[: len(arguments)]}
        # Also what a __post_init__ assigned, which is seen by its value only.
        given = frozenset(
            field.name
            for field in self._plan.fields
            if field.name in named
            or field.is_required
            or getattr(self, field.name) != field.make_default()
        )
        shape, extra = self._plan.shape_of(given), self._shape.extra
        _set_attribute(self, "_shape", shape.with_extra(extra) if extra else shape)

    # inspect.signature and with it help() show what is wrapped.
    setattr(__init__, "__wrapped__", init)
    __init__.__doc__ = init.__doc__
    return __init__
