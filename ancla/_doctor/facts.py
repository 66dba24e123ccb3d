"""The table of facts. `findings` judges what `evidence` has on each.

A row has a group, the name of the fact, and after a colon a pattern that fits what is seen if the
SDK expects it, or nothing if it is prepared for everything. What is seen is a text of the function
in evidence.py of that name, or of the one that the row names after a `=`, with its arguments. A new
open question is a new row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from . import evidence
from .connection import ADVICE
from .exam import Exam, NotSeenError
from .reads import READS

_TABLE = """
connection server: responds
connection proxy:
connection tls:
connection http: 1.1
connection speed:
connection responses: all
connection reuse = yes_if reused: yes
connection compression = yes_if has_content_encoding:
connection request_ids = yes_if request_id: yes
connection rate_limits:
connection clock: right
key key: accepted
key without_key = error_body without_key: status 401 and a reason
key session:
key path: exists
routes route_set:
routes other_routes: missing
routes missing = error_body missing_record: status 404 and a reason
FIELDS
fields list_pipeline_history: an object
fields get_observability: an object
fields preview_promotion: an object
fields get_resolved_config: an object
lists builds = paging list_images: has items
lists api_keys = paging list_api_keys: has items
lists order_of_builds = order list_images: newest first
lists order_of_deploys = order list_deployments: newest first
lists order_of_environments = order list_environments:
values secrets: masked|plain
values statuses = texts statuses: known
values platforms = texts platforms: known
values times = texts times: ISO
values links: none
"""
_FIELDS = "\n".join(f"fields {it.method}: as documented" for it in READS.values() if it.model)
_ROW = re.compile(r"(\w+) (\w+)(?: = (.*))?: ?(.*)")


@dataclass(frozen=True)
class Finding:
    """What was found about one fact. No text in it is a name, id, address or value of the account.

    group:    the part of the report, such as "lists"
    fact:     the name of the fact, unique in its group
    mark:     "holds", "differs" from what this SDK expects, or "not seen"
    seen:     what was seen, or why nothing was
    expected: a pattern for what this SDK expects, or "" if it is prepared for everything
    advice:   what to do if it differs, or ""
    """

    group: str
    fact: str
    mark: Literal["holds", "differs", "not seen"]
    seen: str
    expected: str
    advice: str


def findings(exam: Exam) -> list[Finding]:
    rows = _ROW.findall(_TABLE.replace("FIELDS", _FIELDS))
    if not exam.is_accepted:
        rows = [row for row in rows if row[0] in ("connection", "key")]
    return [_judged(exam, *row) for row in (rows if exam.responses else rows[:2])]


def _judged(exam: Exam, group: str, fact: str, source: str, expected: str) -> Finding:
    if not source:
        source = f"fields {fact}" if group == "fields" else fact
    function, *arguments = source.split()
    try:
        seen = getattr(evidence, function)(exam, *arguments)
    except NotSeenError as reason:
        return Finding(group, fact, "not seen", str(reason), expected, "")
    if re.match(expected, seen):
        return Finding(group, fact, "holds", seen, expected, "")
    advice = next((text for pattern, text in ADVICE if re.search(pattern, seen)), "")
    return Finding(group, fact, "differs", seen, expected, advice)
