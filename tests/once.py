"""What one Python shows for all: `tox -e full` runs it, and plain pytest always.

@on_one_python                                            # the whole test
@pytest.mark.parametrize("step", one_in(3, STEPS))        # elsewhere every third step
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

IS_QUICK = bool(os.environ.get("ANCLA_QUICK"))

T = TypeVar("T")

on_one_python = pytest.mark.skipif(IS_QUICK, reason="ANCLA_QUICK: on one Python only")


def one_in(number: int, values: Iterable[T]) -> list[T]:
    """All of the values, or with ANCLA_QUICK the first of every so many."""
    return list(values)[:: number if IS_QUICK else 1]
