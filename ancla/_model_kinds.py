"""The kinds of JSON value that a field can hold.

Each kind says the same in two ways, side by side: `check` looks at one value and names its fault,
and `test`, `take`, `dump` and `write` are the pieces of source, expressions over a variable, that
`_model_source` puts together to functions for whole records.

Wrong types are not converted, with two exceptions, since JSON has one kind of number: 3.0 is the
int 3, if it is one of 64 bits, and 3 is the float 3.0. `True` is no number. Of a subclass of str or
int, say an enum, a field holds the plain value.
"""

from __future__ import annotations

from .exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Kind:
    """Any JSON value; and the base of the kinds that are more exact."""

    name = "any"
    nullable = False
    is_text = False

    def __str__(self) -> str:
        return f"{self.name} or None" if self.nullable else self.name

    def check(self, value: Any, path: str) -> Any:
        """`value` as the field holds it.

        Raises InvalidResponseError that names the path, what was expected, and the type that came,
        but never the value: it may be a secret.
        """
        return None if value is None and self.nullable else self.check_present(value, path)

    def test(self, variable: str) -> str:
        """Is the value what `take` takes? What fails here may still pass `check`. "" is yes."""
        test = self.test_present(variable)
        return f"({variable} is None or {test})" if self.nullable and test else test

    def take(self, variable: str) -> str:
        """The value as the field holds it."""
        return self._unless_none(variable, self.take_present(variable), "None")

    def bindings(self, variable: str) -> dict[str, Any]:
        """What the names in `take` stand for."""
        return {}

    def dump(self, variable: str) -> str:
        """The value as plain dicts, lists and scalars."""
        return self._unless_none(variable, self.dump_present(variable), "None")

    def write(self, variable: str) -> str:
        """The value, of whatever type it was assigned, as JSON text; TypeError if it is not so."""
        return self._unless_none(variable, self.write_present(variable), "'null'")

    def for_json(self, value: Any) -> Any:
        """The value, which may have been assigned, as a dump for JSON starts from it."""
        return value

    # What follows is for values that are not None, and is what the kinds below differ in.

    def check_present(self, value: Any, path: str) -> Any:
        return value

    def test_present(self, variable: str) -> str:
        return ""

    def take_present(self, variable: str) -> str:
        return variable

    def dump_present(self, variable: str) -> str:
        return f"plain({variable})"

    def write_present(self, variable: str) -> str:
        return f"write_any({variable})"

    def _unless_none(self, variable: str, expression: str, none: str) -> str:
        if not self.nullable or (expression, none) == (variable, "None"):
            return expression
        return f"({none} if {variable} is None else {expression})"


class Str(Kind):
    name = "str"
    is_text = True

    def check_present(self, value: Any, path: str) -> str:
        if isinstance(value, str):
            return str.__str__(value)
        raise mismatch(self, value, path)

    def test_present(self, variable: str) -> str:
        return f"type({variable}) is str"

    def dump_present(self, variable: str) -> str:
        return variable

    def write_present(self, variable: str) -> str:
        return f"quote({variable})"


class Int(Kind):
    name = "int"

    def check_present(self, value: Any, path: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return int.__int__(value)
        # Beyond 64 bits the digits of the int would be ones that nobody sent.
        if isinstance(value, float) and value.is_integer() and abs(value) < 2.0**63:
            return int(value)
        raise mismatch(self, value, path)

    def test_present(self, variable: str) -> str:
        return f"type({variable}) is int"

    def dump_present(self, variable: str) -> str:
        return variable

    def write_present(self, variable: str) -> str:
        return f"({variable} if type({variable}) is int else write_any({variable}))"


class Float(Kind):
    name = "float"

    def check_present(self, value: Any, path: str) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                pass
        raise mismatch(self, value, path)

    def test_present(self, variable: str) -> str:
        return f"type({variable}) is float"

    def dump_present(self, variable: str) -> str:
        return variable

    def write_present(self, variable: str) -> str:
        return f"write_any(float({variable}) if type({variable}) is int else {variable})"

    def for_json(self, value: Any) -> Any:
        return float(value) if type(value) is int else value


class Bool(Kind):
    name = "bool"

    def check_present(self, value: Any, path: str) -> bool:
        if isinstance(value, bool):
            return value
        raise mismatch(self, value, path)

    def test_present(self, variable: str) -> str:
        return f"({variable} is True or {variable} is False)"

    def dump_present(self, variable: str) -> str:
        return variable

    def write_present(self, variable: str) -> str:
        otherwise = f"'false' if {variable} is False else write_any({variable})"
        return f"('true' if {variable} is True else {otherwise})"


class Dict(Kind):
    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"dict[str, {inner}]"

    def check_present(self, value: Any, path: str) -> dict[str, Any]:
        mapping = as_dict(value)
        if mapping is None:
            raise mismatch(self, value, path)
        return {
            check_key(key, path): self.inner.check(item, f"{path}[{key!r}]")
            for key, item in mapping.items()
        }

    def test_present(self, variable: str) -> str:
        test = f"type({variable}) is dict and {{*map(type, {variable})}} <= {{str}}"
        return _with_inner(f"({test})", self.inner, f"{variable}.values()")


class List(Kind):
    def __init__(self, inner: Kind) -> None:
        self.inner = inner
        self.name = f"list[{inner}]"

    def check_present(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise mismatch(self, value, path)
        return [self.inner.check(item, f"{path}[{index}]") for index, item in enumerate(value)]

    def test_present(self, variable: str) -> str:
        return _with_inner(f"type({variable}) is list", self.inner, variable)


class ModelKind(Kind):
    def __init__(self, model: Any) -> None:
        self.model = model
        self.name = model.__name__

    def check_present(self, value: Any, path: str) -> Any:
        return self.model._plan.check(value, path)

    def take_present(self, variable: str) -> str:
        return f"{variable}_plan.decode({variable})"

    def bindings(self, variable: str) -> dict[str, Any]:
        return {f"{variable}_plan": self.model._plan}

    def dump_present(self, variable: str) -> str:
        return f"{variable}._shape.dump({variable})"

    def write_present(self, variable: str) -> str:
        return f"{variable}._shape.write({variable})"


class ModelList(List):
    """A list of models, decoded in one go."""

    def test_present(self, variable: str) -> str:
        return f"type({variable}) is list"

    def take_present(self, variable: str) -> str:
        return f"{variable}_plan.decode_list({variable})"

    def bindings(self, variable: str) -> dict[str, Any]:
        return self.inner.bindings(variable)

    def dump_present(self, variable: str) -> str:
        return f"[{self.inner.dump_present('item')} for item in {variable}]"

    def write_present(self, variable: str) -> str:
        return f"write_items([{self.inner.write_present('item')} for item in {variable}])"


def mismatch(expected: object, value: Any, path: str) -> InvalidResponseError:
    came = "None" if value is None else type(value).__name__
    return InvalidResponseError(f"{path}: expected {expected}, got {came}")


def check_key(key: Any, path: str) -> str:
    if isinstance(key, str):
        return key
    raise mismatch("keys that are str", key, path)


def as_dict(value: Any) -> dict[Any, Any] | None:
    """The mapping as a dict, or None when it is no mapping."""
    if isinstance(value, dict):
        return value
    from collections.abc import Mapping

    return dict(value) if isinstance(value, Mapping) else None


def _with_inner(test: str, inner: Kind, values: str) -> str:
    if type(inner) is Kind:
        return test
    if type(inner) in (Str, Int, Float, Bool) and not inner.nullable:
        only = f"{{{inner.name}}}"
        return f"({test} and {{*map(type, {values})}} <= {only})"
    # No field of the API has such a value: `check` will do.
    return "False"
