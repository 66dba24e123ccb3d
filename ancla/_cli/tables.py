"""Small aligned tables for the tour and the command line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_GAP = "  "


def format_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows below the headers, in columns, as text without a final newline.

    None is shown as `-`, True and False as `yes` and `no`. A column of numbers is aligned to the
    right. Control characters are replaced, so that no value of a server moves the cursor.
    """
    table = [list(row) for row in rows]
    cells = [
        [_text(header) for header in headers],
        *([_text(cell) for cell in row] for row in table),
    ]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    right = [_is_numeric(column) for column in zip(*table)] or [False] * len(widths)
    return "\n".join(_GAP.join(map(_padded, line, widths, right)).rstrip() for line in cells)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return " " if char in "\t\n\r" else "\N{REPLACEMENT CHARACTER}"
    return char


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(char) or unicodedata.category(char) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_numeric(column: Sequence[object]) -> bool:
    numbers = [cell for cell in column if cell is not None]
    return bool(numbers) and all(
        isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in numbers
    )


def _padded(text: str, width: int, right: bool) -> str:
    padding = " " * (width - _width(text))
    return padding + text if right else text + padding
