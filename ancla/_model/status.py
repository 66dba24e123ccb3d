"""The words for how far a build, a release or a deployment is, of all generations of servers.

Any other word means that it still runs.
"""

from __future__ import annotations

_DONE = frozenset(("active", "built", "complete", "success"))
_FAILED = frozenset(("error", "failed"))


def is_done(status: str) -> bool:
    """Is it over, and went well?"""
    return status.lower() in _DONE


def has_failed(status: str) -> bool:
    return status.lower() in _FAILED
