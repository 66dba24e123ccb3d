"""Small aligned tables for the tour and the command line."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence

from .._api.progress import printable

_GAP = "  "
_ELLIPSIS = "..."
_MIN_WIDTH = 8
_MAX_PADDED_WIDTH = 200  # Otherwise one long cell would make every row as long.


def format_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None
) -> str:
    """Returns the rows below the headers, in columns, as text without a final newline.

    Shows None as `-`, and True and False as `yes` and `no`. Aligns columns of numbers to the right.
    Replaces control characters, and escapes characters that the output cannot encode. A `width`
    truncates the widest columns, but not those of ids and slugs, which people copy. A cell of more
    than 200 characters that is not truncated shifts the rest of its row.
    """
    table = [list(row) for row in rows]
    cells = [
        [_text(header) for header in headers],
        *([_text(cell) for cell in row] for row in table),
    ]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    if width is not None:
        _fit(widths, headers, width)
    right = [_is_numeric(column) for column in zip(*table)] or [False] * len(widths)
    return "\n".join(_GAP.join(map(_padded, line, widths, right)).rstrip() for line in cells)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    line = printable(text).replace("\n", " ").replace("\t", " ")
    return line.encode(encoding, "backslashreplace").decode(encoding)


def _fit(widths: list[int], headers: Sequence[str], width: int) -> None:
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    for index in sorted(range(len(widths)), key=widths.__getitem__, reverse=True):
        if excess > 0 and not headers[index].endswith(("ID", "SLUG")):
            cut = max(0, min(excess, widths[index] - _MIN_WIDTH))
            widths[index] -= cut
            excess -= cut


def _cut(text: str, width: int) -> str:
    for index, char in enumerate(text):
        width -= _columns(char)
        if width < 0:
            return text[:index]
    return text


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    """Returns the number of a terminal's columns that a character takes."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_numeric(column: Sequence[object]) -> bool:
    numbers = [cell for cell in column if cell is not None]
    return bool(numbers) and all(
        isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in numbers
    )


def _padded(text: str, width: int, right: bool) -> str:
    if _width(text) > width:
        text = _cut(text, width - len(_ELLIPSIS)) + _ELLIPSIS
    padding = " " * (min(width, _MAX_PADDED_WIDTH) - _width(text))
    return padding + text if right else text + padding
