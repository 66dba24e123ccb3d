"""Run the bench: `python -m tests.bench --help`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from tests.bench.contestants import bench
from tests.bench.goals import FIGURES, Figure, Row, rows
from tests.bench.report import END, START, has_place, table, write_readme

_HERE = Path(__file__).resolve().parent
_README = _HERE / "README.md"
_CHART = _HERE / "bench.svg"


def main() -> int:
    """0, or 1 when a goal was missed; a quick run has no goals and writes nothing."""
    options = _options()
    writes = not (options.quick or options.only or options.no_write)
    if writes and not has_place(_README):
        sys.exit(f"{_README} lacks {START} and {END}; --no-write does without")
    chosen = [figure for figure in FIGURES if not options.only or figure.name in options.only]
    _forget_proxies()
    if options.quick:
        chosen = [replace(figure, goals={}) for figure in chosen]
    measured = _measure(chosen, quick=options.quick)
    print(table(measured))
    if writes:
        _write(measured)
    missed = [row for row in measured if row.missed]
    for row in missed:
        _progress(f"missed: {row.figure.name} beside {row.peer}")
    return 1 if missed else 0


def _forget_proxies() -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure the SDK beside its peers. Exits 1 when a goal is missed.",
    )
    parser.add_argument(
        "--quick",
        "--smoke",
        action="store_true",
        help="only try that it works: no goals, nothing written",
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        choices=[figure.name for figure in FIGURES],
        help="measure this figure (can be given more than once; nothing is written): %(choices)s",
    )
    parser.add_argument(
        "--no-write", action="store_true", help="leave the README's table and the chart alone"
    )
    return parser.parse_args()


def _measure(figures: list[Figure], *, quick: bool) -> list[Row]:
    measured: list[Row] = []
    with bench(quick=quick) as running:
        for number, figure in enumerate(figures, 1):
            _progress(f"[{number}/{len(figures)}] {figure.name} ...", end=" ")
            start = perf_counter()
            measured += rows(figure, figure.measure(running))
            _progress(f"{perf_counter() - start:.1f} s")
    return measured


def _write(measured: list[Row]) -> None:
    # Here, since nothing else needs matplotlib and it takes a while to load.
    from tests.bench.chart import draw

    draw(_CHART, measured)
    write_readme(_README, measured)
    _progress(f"written: {_CHART.name} and the table of {_README.name}")


def _progress(text: str, end: str = "\n") -> None:
    print(text, file=sys.stderr, end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
