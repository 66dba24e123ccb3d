"""The bar chart of the project's README: ours as a share of each peer's, and the goal as a mark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from tests.bench.contestants import HTTP_CLIENT, HTTPX, PYDANTIC
from tests.bench.goals import Row
from tests.bench.report import amount, ratio

# Limits and growth are not beside a peer: they stay out of the chart.
_COLOURS = {HTTPX: "#2f6db5", PYDANTIC: "#8a56b0", HTTP_CLIENT: "#3a9160"}
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "ancla",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
}


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Write the chart as SVG; equal rows make an equal file."""
    shown = [row for row in rows if row.goal is not None and row.peer in _COLOURS]
    with matplotlib.rc_context(_SETTINGS):
        canvas = Canvas(figsize=(10, 1.4 + 0.34 * len(shown)), layout="constrained")
        axes = canvas.add_subplot()
        for place, row in enumerate(shown):
            _draw_bar(axes, place, row)
        _draw_frame(axes, shown)
        _draw_legend(canvas)
        canvas.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _draw_bar(axes: Axes, place: int, row: Row) -> None:
    assert row.goal is not None
    axes.barh(place, row.ratio, height=0.6, color=_COLOURS[row.peer])
    axes.plot([row.goal, row.goal], [place - 0.42, place + 0.42], color="black", linewidth=2)
    beside = max(row.ratio, row.goal) + 0.01
    axes.text(beside, place, ratio(row.ratio), verticalalignment="center")


def _draw_frame(axes: Axes, shown: Sequence[Row]) -> None:
    places = range(len(shown))
    # The longest bar's ratio stands behind it.
    axes.set_xlim(0, 1.08 * max(1.0, *(max(row.ratio, row.goal or 0.0) for row in shown)))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(places, [row.figure.what.replace("`", "") for row in shown])
    amounts = axes.secondary_yaxis("right")
    amounts.set_yticks(places, [_amounts(row) for row in shown])
    axes.set_xlabel("ancla's share of its peer's time, memory or size (1 is the same as the peer)")
    axes.grid(axis="x", color="#dddddd")
    axes.set_axisbelow(True)
    for each in (axes, amounts):
        each.tick_params(axis="y", length=0)
        each.spines[:].set_visible(False)


def _draw_legend(canvas: Canvas) -> None:
    axes = canvas.axes[0]
    for peer, colour in _COLOURS.items():
        axes.barh(0, 0, color=colour, label=f"beside {peer}")
    axes.plot([], [], color="black", linewidth=2, label="goal")
    canvas.legend(loc="outside upper center", ncols=len(_COLOURS) + 1, frameon=False)


def _amounts(row: Row) -> str:
    unit = row.figure.unit
    return f"{amount(row.ours, unit)} beside {amount(row.theirs, unit)}"
