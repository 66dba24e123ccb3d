"""Fixtures: a copy as a folder and as a zip."""

from __future__ import annotations

from pathlib import Path

import pytest

from ancla import vendor


@pytest.fixture
def copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    dest = tmp_path / "anything"
    assert vendor.main([str(dest)]) == 0
    capsys.readouterr()
    return dest


@pytest.fixture
def zipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    dest = tmp_path / "ancla.zip"
    assert vendor.main([str(dest), "--zip"]) == 0
    capsys.readouterr()
    return dest
