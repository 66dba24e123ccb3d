"""Stand-ins for names of typing in public annotations, because typing loads slowly."""

from __future__ import annotations

Any = NoReturn = object


class Literal:
    """`Literal[...]` returns the real one: whoever evaluates annotations has loaded typing."""

    def __class_getitem__(cls, values: object) -> object:
        import typing

        return typing.Literal[values]  # ty: ignore[invalid-type-form]
