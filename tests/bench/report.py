"""What a run says: an aligned table for the terminal, and the table of README.md here."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tests.bench.goals import Row

START = "<!-- bench:start -->"
END = "<!-- bench:end -->"

_HEAD = ("figure", "ancla", "beside", "theirs", "ratio", "goal", "")
_PER_UNIT = {"µs": 1e-6, "ms": 1e-3, "B": 1.0, "kB": 1e3, "MB": 1e6}


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if column in (0, 2, 6) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def has_place(readme: Path) -> bool:
    """Whether the README has the two markers that the table goes between."""
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    return START in text and END in text.partition(START)[2]


def write_readme(path: Path, rows: Sequence[Row]) -> None:
    """Put the rows between the README's two markers."""
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    text = f"{before}{START}\n{_markdown(rows)}\n{END}{after}"
    path.write_text(text, encoding="utf-8")


def ratio(value: float) -> str:
    """Two digits that count: "0.13", "0.0041"."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def amount(value: float, unit: str) -> str:
    """Three digits and the unit: "31.4 µs"."""
    number = value / _PER_UNIT[unit]
    decimals = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    return f"{number:,.{decimals}f} {unit}"


def _markdown(rows: Sequence[Row]) -> str:
    when = f"{date.today().isoformat()}, Python {platform.python_version()}"
    lines = [
        f"Measured on {when}. A ratio is ours divided by theirs; the goal is the highest allowed.",
        "",
        "| | ancla | beside | theirs | ratio | goal |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for row in rows:
        what, ours, peer, theirs, share, goal, note = _cells(row)
        share = f"**{share}**" if row.goal is not None else share
        lines.append(f"| {what} | {ours} | {peer} | {theirs} | {share} | {goal}{note} |")
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, str, str, str, str, str, str]:
    unit = row.figure.unit
    return (
        row.figure.what,
        amount(row.ours, unit),
        row.peer,
        amount(row.theirs, unit),
        ratio(row.ratio),
        "" if row.goal is None else ratio(row.goal),
        " missed" if row.missed else "",
    )
