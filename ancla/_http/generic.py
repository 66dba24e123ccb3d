"""What a generic class needs of `typing` at run time, which takes longer to load than a request."""

from __future__ import annotations


class Generic:
    """A base for classes that take a type in their annotations: `class Pool(Generic[Item])`."""

    __slots__ = ()

    def __class_getitem__(cls, item: object) -> type[Generic]:
        return cls


def TypeVar(name: str, *, bound: object = None) -> object:  # noqa: N802  named as in typing
    """A stand-in that only has to be there."""
    return name
