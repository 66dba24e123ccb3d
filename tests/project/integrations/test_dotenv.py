"""python-dotenv and the SDK read the same values from the output of `config export`."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from ancla._api.dotenv import parse_dotenv
from ancla._cli.env_files import format_dotenv
from ancla.exceptions import AnclaError
from tests.awkward_values import AWKWARD_VALUES

CASES = 20_000
PIECES = [
    *("a", "B", "1", " ", "  ", "'", '"', "\\", "\\\\", "\\n", "\n", "\r", "\r\n", "\t", "#", " #"),
    *(
        "$",
        "${HOME}",
        "$(x)",
        "`x`",
        "=",
        "export ",
        "é",
        "漢",
        "👩‍💻",
        "\u2028",
        "\x85",
        "\x0b",
        "\0",
    ),
    *("\\'", '\\"', "\ufeff", ";", "|", "%"),
]


def read_by_python_dotenv(file: Path) -> dict[str, str | None]:
    dotenv = pytest.importorskip("dotenv")
    return dict(dotenv.dotenv_values(file, interpolate=False, encoding="utf-8"))


def test_awkward_values_are_read_back_by_both(tmp_path: Path) -> None:
    text = format_dotenv(AWKWARD_VALUES)
    file = tmp_path / ".env"
    file.write_bytes(text.encode())

    assert read_by_python_dotenv(file) == AWKWARD_VALUES
    assert parse_dotenv(text) == (AWKWARD_VALUES, [])


def test_whatever_is_written_is_read_back_by_both() -> None:
    dotenv = pytest.importorskip("dotenv")
    chance = random.Random(21)
    written = refused = 0
    for _ in range(CASES):
        values = {
            f"V{number}": "".join(chance.choices(PIECES, k=chance.randrange(6)))
            for number in range(chance.randrange(1, 4))
        }
        try:
            text = format_dotenv(values)
        except AnclaError:
            refused += 1
            assert sum(value.endswith("\\") for value in values.values()) > 1
            continue
        written += 1
        assert dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False) == values, text
        assert parse_dotenv(text) == (values, []), text
    assert written > 20 * refused > 0
