"""What one Python shows for all: tox runs it on Python 3.12 alone, and plain pytest always."""

from __future__ import annotations

import os

import pytest

on_one_python = pytest.mark.skipif(
    "ANCLA_QUICK" in os.environ, reason="ANCLA_QUICK: on one Python only"
)
