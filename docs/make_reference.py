"""Writes reference.md, all public names with their signatures, from the package's docstrings.

    python docs/make_reference.py

tests/project/test_reference.py fails where the page is not what this makes.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("reference.md")
PROJECT = PAGE.parents[1]
LONGEST_LINE = 100
BLANK = "\n\n"
STARS: dict[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}

HEAD = """\
# All public names

The signatures and docstrings of the package, written by [make_reference.py](make_reference.py);
`help(ancla.App)` shows the same. All are names of `ancla` but those of `ancla.testing`,
`ancla.doctor` and `ancla.command_line`, which follow at the end.
"""


def page() -> str:
    """The whole text of reference.md."""
    import ancla
    from ancla import command_line, doctor, exceptions, models, testing

    tables = {*exceptions.__all__, *models.__all__, "AnclaClient", "__version__"}
    errors = [getattr(exceptions, name) for name in exceptions.__all__]
    others = sorted(set(ancla.__all__) - tables)
    parts = [
        HEAD,
        *_section(ancla.AnclaClient, index=True),
        *(line for name in others for line in _section(getattr(ancla, name))),
        "## Errors\n",
        f"```text\n{inspect.cleandoc(exceptions.__doc__ or '').partition(BLANK)[2]}\n```\n",
        *(line for error in sorted(errors, key=_depth) for line in _section(error, level=3)),
        "## Models\n",
        *_section(models.Model, level=3),
        *(
            line
            for name in models.__all__
            if name != "Model"
            for line in _section(getattr(models, name), level=3, with_members=False)
        ),
        *(line for name in testing.__all__ for line in _section(getattr(testing, name))),
        *_section(doctor.examine, "ancla.doctor.examine"),
        *_section(doctor.Finding),
        *_section(command_line.main, "ancla.command_line.main"),
    ]
    return "\n".join(parts)


def _depth(error: type[Exception]) -> tuple[int, str]:
    return len(error.__mro__), error.__name__


def _section(
    value: Any,
    name: str | None = None,
    *,
    level: int = 2,
    with_members: bool = True,
    index: bool = False,
) -> Iterator[str]:
    """What there is to say of a class or function, below a heading."""
    name = name or value.__name__
    yield f"{'#' * level} {name}\n"
    yield f"```pyi\n{_signature(name, value)}\n```\n"
    yield _markdown(inspect.getdoc(value) or "")
    if not isinstance(value, type) or not with_members:
        return
    makes = vars(value).get("__init__")
    if makes and makes.__doc__ and not _is_made(value, makes):
        yield _markdown(inspect.getdoc(makes) or "")
    members = dict(_members(value))
    if index:
        links = [f"[{member}](#{name.lower()}{member})" for member in members]
        yield _filled(" · ".join(links)) + "\n"
    for member, its_value in members.items():
        yield f"{'#' * (level + 1)} {name}.{member}\n"
        yield f"```pyi\n{_signature(member, its_value)}\n```\n"
        yield _markdown(inspect.getdoc(its_value) or "")


def _members(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """The public methods and properties of its own. Those made of another class's stand there."""
    for name in vars(kind):
        value = getattr(kind, name, None)
        is_public = name[0] != "_" and (callable(value) or isinstance(value, property))
        if is_public and not _is_made(kind, value):
            yield name, value


def _is_made(kind: type[Any], value: Any) -> bool:
    """Whether a method is made of another class's."""
    method = inspect.unwrap(value)
    return method is not value and method.__module__ != kind.__module__


def _signature(name: str, value: Any) -> str:
    if isinstance(value, property):
        read: Any = value.fget
        kind = inspect.signature(read).return_annotation.replace("'", '"')  # as ruff formats it
        return f"{name}: {kind}"
    if isinstance(value, type) and issubclass(value, Exception) and "__init__" not in vars(value):
        return f"class {name}({', '.join(base.__name__ for base in value.__bases__)})"
    signature = inspect.signature(value)
    words = _parameters(signature)
    returns = signature.return_annotation
    arrow = "" if isinstance(value, type) or returns is signature.empty else f" -> {returns}"
    line = f"{name}({', '.join(words)}){arrow}"
    if len(line) <= LONGEST_LINE:
        return line
    return "\n".join([f"{name}(", *(f"    {word}," for word in words), f"){arrow}"])


def _parameters(signature: inspect.Signature) -> list[str]:
    """The parameters as they are written, with the bare star in front of those by keyword only."""
    words = []
    by_keyword = False
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and not by_keyword:
            words.append("*")
        by_keyword |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        if name != "self":
            words.append(_parameter(parameter))
    return words


def _parameter(parameter: inspect.Parameter) -> str:
    word = f"{STARS.get(parameter.kind, '')}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        word += f": {_annotation(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        word += f" = {_default(parameter.default)}"
    return word


def _annotation(annotation: object) -> str:
    if isinstance(annotation, str):
        return annotation
    # Those of the models are no text, and have object for Any, since typing loads slowly.
    word = inspect.formatannotation(annotation)
    return word.replace("ancla.models.", "").replace("object", "Any")


def _default(value: object) -> str:
    if value is ...:
        return "..."
    return f"time.{value.__name__}" if inspect.isbuiltin(value) else repr(value)


ENTRY = re.compile(r"([a-z_]\w*(?:, [a-z_]\w*)*):(?: +|$)")


def _markdown(docstring: str) -> str:
    """A docstring as Markdown: `name: text` entries become a list."""
    return "\n\n".join(map(_paragraph, docstring.split(BLANK))) + "\n"


def _paragraph(text: str) -> str:
    lines = text.splitlines()
    if text.startswith("    "):  # code
        return text
    if text.startswith(">>>"):
        return f"```pycon\n{text}\n```"
    if len(lines) > 1 and lines[0].endswith(":") and ENTRY.match(lines[1]):
        return f"{lines[0]}\n\n{_paragraph(chr(10).join(lines[1:]))}"
    text = text.replace("*", r"\*")
    if not (ENTRY.match(text) and all(line[0] == " " or ENTRY.match(line) for line in lines)):
        return text
    entries: list[str] = []
    for line in text.splitlines():
        if entry := ENTRY.match(line):
            names = ", ".join(f"`{name}`" for name in entry[1].split(", "))
            entries.append(f"* {names}: {line[entry.end() :]}")
        else:
            entries[-1] += f" {line.strip()}"
    return "\n".join(_filled(entry, "  ") for entry in entries)


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, LONGEST_LINE, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
