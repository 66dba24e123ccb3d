"""Checks what a server really does against what this SDK expects. It only reads.

    from ancla.doctor import examine

    for finding in examine(client):
        print(finding.mark, finding.fact, finding.seen)

`python -m ancla doctor` prints the same as a report.
"""

from __future__ import annotations

from ._api.arguments import path_segment
from ._doctor.exam import Exam
from ._doctor.facts import Finding, findings
from ._http.checks import checked_integer
from ._http.tracebacks import hides_locals
from .client import AnclaClient

__all__ = ["Finding", "examine"]


@hides_locals
def examine(
    client: AnclaClient,
    org: str | None = None,
    project: str | None = None,
    app: str | None = None,
    *,
    max_requests: int = 30,
) -> list[Finding]:
    """Returns what a server does, fact by fact, in the order of the report.

    Sends only GET requests that the client's own methods send, at most `max_requests` with retries,
    for at most 120 seconds, on connections of its own. It reads the application at the path. What
    the path leaves out is the first that it finds, in another environment than the client's if that
    has no application.

    `on_attempt` of the client gets each attempt, with `*` in its path for texts of the account. If
    the server cannot be reached or does not accept the key, the findings say why, and what to do.
    Raises ValueError for an invalid argument, AnclaError if the client is closed, and
    APIConnectionError if the environment's proxy or certificates cannot be used.
    """
    if not isinstance(client, AnclaClient):
        raise ValueError(f"client must be an AnclaClient, not {type(client).__name__}")
    checked_integer("max_requests", max_requests, minimum=1)
    path = {"org": org, "project": project, "app": app}
    given = {name: text for name, text in path.items() if text is not None}
    for name, parent in (("org", "org"), ("project", "org"), ("app", "project")):
        if name in given:
            path_segment(name, given[name])
            if parent not in given:
                raise ValueError(f"{parent} must be given if {name} is given")
    return findings(Exam(client, given, max_requests))
