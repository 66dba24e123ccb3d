"""What public annotations name of typing, as typing itself loads slowly."""

from __future__ import annotations

Any = NoReturn = object


class Literal:
    """Whoever evaluates annotations has loaded typing: they get the real Literal."""

    def __class_getitem__(cls, values: object) -> object:
        import typing

        return typing.Literal[values]
