"""Writes the source of the functions that decode, dump and write the records of one shape.

A shape is the set of fields that a record brought (see `_model_plan`). As its functions know which
fields come, they need not look for others; they read them, test all types in one condition, and
fill the slots. Whatever does not fit goes to a slower function that takes all (`..._other`).

To read the functions of an instance: `print(image._shape.source("decode"))`.
"""

from __future__ import annotations

from ._model_json import write_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._model_fields import FieldPlan
    from ._model_plan import Shape


def decode_source(shape: Shape) -> str:
    """`decode(data)`: the model for one record."""
    return _text(
        "def decode(data):",
        "    if type(data) is dict:",
        *_indented(8, _decoding(shape, ["return self"])),
        "    return decode_other(data, shape)",
    )


def decode_list_source(shape: Shape) -> str:
    """`decode_list(records)`: the same for a list, without a call for each record."""
    return _text(
        "def decode_list(records):",
        "    models = []",
        "    for data in records:",
        "        if type(data) is dict:",
        *_indented(12, _decoding(shape, ["models.append(self)", "continue"])),
        "        if not models:",
        "            return decode_list_other(records, shape)",
        "        models.append(decode_other(data, shape))",
        "    return models",
    )


def _decoding(shape: Shape, finish: list[str]) -> Iterator[str]:
    given = [field for field in shape.plan.fields if field.name in shape.names]
    tests = [field.kind.test(f"{field.name}_value") for field in given]
    yield "try:"
    for field in given:
        yield f"    {field.name}_value = data[{field.name!r}]"
    # When as many came as are declared, none is left over.
    yield f"    its_shape = shape if len(data) == {len(given)} else shape.with_extra_of(data)"
    yield "    if ("
    tests.insert(0, "its_shape is not None")
    yield from _indented(8, _conjunction(tests))
    yield "    ):"
    # The model's own __setattr__ would be slow: a class without it is filled, and then changed.
    yield "        self = Unguarded()"
    for field in shape.plan.fields:
        is_given = field.name in shape.names
        value = field.kind.take(f"{field.name}_value") if is_given else _default(field)
        yield f"        self.{field.name} = {value}"
    yield "        self._shape = its_shape"
    yield "        self.__class__ = Model"
    yield from _indented(8, finish)
    yield "except (KeyError, InvalidResponseError):"
    yield "    pass"


def _default(field: FieldPlan) -> str:
    if not field.has_fixed_default:
        return f"{field.name}_default()"
    is_literal = type(field.default) in (str, int, bool, type(None))
    return repr(field.default) if is_literal else f"{field.name}_default"


def dump_source(shape: Shape) -> str:
    """`dump(self)`: the fields as a dict. What was not given is still the default."""
    items = {repr(field.name): field.kind.dump(f"self.{field.name}") for field in _variable(shape)}
    if shape.fixed_defaults:
        lines = [f"data[{key}] = {items[key]}" for key in items]
        lines = ["data = defaults.copy()", *lines, "return data"]
    else:
        lines = ["return {", *(f"    {key}: {items[key]}," for key in items), "}"]
    return _attempt("dump", lines, "dump_other")


def write_source(shape: Shape) -> str:
    """`write(self)`: the fields as JSON text. What was not given is still the default.

    Text that needs no escapes is written as it is, and looked at all at once, which is faster than
    to quote it piece by piece. Where some does, or is None, `write_exact` takes over.
    """
    texts = [field.name for field in _variable(shape) if field.kind.is_text]
    if not texts:
        return _attempt("write", _writing(shape), "write_other")
    together = "".join(f"{{{name}_value}}" for name in texts)
    tests = [f"type({name}_value) is str" for name in texts]
    tests.append(f"(texts := f'{together}'.encode()).translate(PLAIN) == texts")
    lines = [f"{name}_value = self.{name}" for name in texts]
    lines += ["if (", *_indented(4, _conjunction(tests)), "):"]
    lines += _indented(4, _writing(shape, texts_are_plain=True))
    return _attempt("write", lines, "write_exact")


def write_exact_source(shape: Shape) -> str:
    """`write_exact(self)`: the same for all text, each piece of which is quoted."""
    return _attempt("write_exact", _writing(shape), "write_other")


def _variable(shape: Shape) -> list[FieldPlan]:
    """The fields whose value may be another than their default, and has to be read."""
    return [field for field in shape.plan.fields if field.name not in shape.fixed_defaults]


def _writing(shape: Shape, *, texts_are_plain: bool = False) -> list[str]:
    lines = []
    parts: list[str] = []
    for field in shape.plan.fields:
        start = ("," if parts else "{") + f'"{field.name}":'
        if field.name in shape.fixed_defaults:
            parts.append(repr(start + write_value(field.default)))
            continue
        value, text = f"{field.name}_value", f"{field.name}_text"
        if texts_are_plain and field.kind.is_text:
            text = f'"{{{value}}}"'
        else:
            lines += [f"{value} = self.{field.name}", f"{text} = {field.kind.write(value)}"]
            text = f"{{{text}}}"
        parts.append(f"f'{start.replace('{', '{{')}{text}'")
    parts.append("'}'" if parts else "'{}'")
    return [*lines, "return (", *_indented(4, parts), ")"]


def _attempt(name: str, lines: list[str], otherwise: str) -> str:
    """A function over a model, all of whose attributes may have been assigned to."""
    return _text(
        f"def {name}(self):",
        "    try:",
        *_indented(8, lines),
        "    except (AttributeError, TypeError):",
        "        pass",
        f"    return {otherwise}(self)",
    )


def _conjunction(tests: Iterable[str]) -> list[str]:
    first, *others = [test for test in tests if test] or ["True"]
    return [first, *(f"and {test}" for test in others)]


def _indented(width: int, lines: Iterable[str]) -> list[str]:
    return [" " * width + line for line in lines]


def _text(*lines: str) -> str:
    return "\n".join(lines) + "\n"
