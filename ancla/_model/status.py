"""The words for how far a build, a release or a deployment is, of all generations of servers.

Any other word means that it still runs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DONE = frozenset(("active", "built", "complete", "success"))
_FAILED = frozenset(("error", "failed"))


def status_of(get: Callable[[str], object]) -> str:
    """The word for a record by its flags, of which `get` tells each or something false."""
    if get("error"):
        return "failed"
    return next((word for word in ("complete", "built") if get(word)), "running")


def is_done(status: str) -> bool:
    """Is it over, and went well?"""
    return status.lower() in _DONE


def has_failed(status: str) -> bool:
    return status.lower() in _FAILED
