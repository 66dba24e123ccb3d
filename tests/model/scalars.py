"""Scalars that are more than a str, an int or a float: JSON text and fields have what they are."""

from __future__ import annotations

import enum


class Word(str, enum.Enum):
    ONE = "one"


class Number(enum.IntEnum):
    ONE = 1


class Measure(float):
    def __repr__(self) -> str:
        return f"{float(self)} m"
