"""The command `doctor`: prints what a server really does as a report to send to the maintainers."""

from __future__ import annotations

import sys

from .. import __version__
from ..exceptions import AnclaError
from . import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given


def doctor(client: AnclaClient, given: Given) -> object:
    from ..doctor import examine

    path: Any = given.app  # None if it was left out.
    found = examine(client, *(path or ()), max_requests=given.requests)
    report = {
        "ancla_sdk": __version__,
        "python": sys.version.split()[0],
        "findings": list(map(vars, found)),
    }
    differing = [finding for finding in found if finding.mark == "differs"]
    if not differing:
        return report
    output.write(output.as_json(report) if given.json else as_text(report))
    advised = dict.fromkeys(f"{it.seen} ({it.advice})" for it in differing if it.advice)
    raise AnclaError("; ".join(advised) or f"{len(differing)} of {len(found)} facts differ")


def as_text(report: dict[str, Any]) -> str:
    rows = []
    for it in report["findings"]:
        rows.append({name: it[name] for name in ("group", "fact", "mark", "seen")})
        if it["mark"] == "differs":
            rows[-1]["seen"] += f" (expected: {it['expected']})"
    return f"ancla-sdk {report['ancla_sdk']}, Python {report['python']}\n{output.rows(rows)}"
