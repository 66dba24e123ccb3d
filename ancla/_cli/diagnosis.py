"""The command `doctor`: prints what a server really does as a report to send to the maintainers."""

from __future__ import annotations

import sys
from textwrap import fill

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
    findings = [{**vars(finding)} for finding in found]
    report = {"ancla_sdk": __version__, "python": sys.version.split()[0], "findings": findings}
    differing = [finding for finding in found if finding.mark == "differs"]
    if not differing:
        return report
    output.write(output.as_json(report) if given.json else as_text(report))
    reason = f"facts that differ from what this SDK expects: {len(differing)}"
    if differing[0].advice:
        reason = f"{differing[0].seen} ({differing[0].advice})"
    raise AnclaError(reason)


def as_text(report: dict[str, Any]) -> str:
    lines = [f"ancla-sdk {report['ancla_sdk']}, Python {report['python']}"]
    group = ""
    for finding in report["findings"]:
        if finding["group"] != group:
            group = finding["group"]
            lines.append(group)
        text = finding["seen"]
        if finding["mark"] == "differs":
            text += f" (expected: {finding['expected']})"
        start = f"  {finding['mark']:<8}  {finding['fact']:<21}  "
        lines.append(fill(text, 99, initial_indent=start, subsequent_indent=" " * len(start)))
    return "\n".join(lines) + "\n"
