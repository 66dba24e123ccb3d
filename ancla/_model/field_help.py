"""The help of a model: the docstring of its class, and those that stand below its fields."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def own_doc(model_class: Any) -> str:
    """Returns the docstring of the class without the table. "" if it is only the signature."""
    import inspect

    doc = vars(model_class).get("__doc__")
    own = getattr(doc, "own", doc)
    # Since Python 3.15, dataclasses put an object there that makes the signature when it is read.
    is_own = isinstance(own, str) and not own.startswith(f"{model_class.__name__}(")
    return inspect.cleandoc(own) if is_own else ""


def explain_fields(model_classes: Iterable[Any]) -> None:
    """Adds a table of their fields to the docstrings of the classes."""
    for each in model_classes:
        each.__doc__ = _DocOfFields(each.__doc__)


class _DocOfFields:
    """The `__doc__` of a model class, as text where it is read.

    It reads the source of the class, and only when it is asked for: `help` may take its time, and
    importing the models may not. Without source, it is the docstring of the class alone.
    """

    def __init__(self, own: str | None) -> None:
        self.own = own

    def __get__(self, instance: object, owner: type) -> str:
        import textwrap

        texts = _texts_of_fields(owner)
        column = max(map(len, texts), default=0) + 2
        rows = [
            textwrap.fill(
                f"{name}:".ljust(column) + text[0].lower() + text[1:].removesuffix("."),
                width=96,  # help() indents it by four
                subsequent_indent=" " * column,
                break_on_hyphens=False,
            )
            for name, text in texts.items()
        ]
        return "\n\n".join(filter(None, [own_doc(owner), "\n".join(rows)]))


def _texts_of_fields(model_class: type) -> dict[str, str]:
    import ast
    import inspect

    try:
        (tree,) = ast.parse(inspect.getsource(model_class)).body
    except (OSError, TypeError):  # It is frozen, or in a copy of compiled files.
        return {}
    assert isinstance(tree, ast.ClassDef)
    return {
        ast.unparse(field.target): " ".join(ast.literal_eval(below.value).split())
        for field, below in zip(tree.body, tree.body[1:])
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }
