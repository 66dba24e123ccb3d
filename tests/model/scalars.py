"""Instances of subclasses of str, int and float. Fields and JSON have the plain value."""

from __future__ import annotations

import enum


class Word(str, enum.Enum):
    ONE = "one"


class Number(enum.IntEnum):
    ONE = 1


class Measure(float):
    def __repr__(self) -> str:
        return f"{float(self)} m"
