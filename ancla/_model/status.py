"""The status words of builds, releases and deployments, for all route sets.

Any other word means that the build, release or deployment is still running.
"""

from __future__ import annotations

from collections.abc import Callable

SUCCEEDED = frozenset(("active", "built", "complete", "success"))
FAILED = frozenset(("error", "failed"))


def status_of(get: Callable[[str], object]) -> str:
    """Returns the status word for a record's flags. `get` returns a flag, or something false.

    A record with `error` has failed, whatever its other flags; one without flags is still running.
    """
    if get("error"):
        return "failed"
    return next((word for word in ("complete", "built") if get(word)), "running")


def has_succeeded(status: str) -> bool:
    return status.lower() in SUCCEEDED


def has_failed(status: str) -> bool:
    return status.lower() in FAILED
