"""The time by which one attempt has to be over."""

from __future__ import annotations

from time import monotonic

from .failure import AttemptFailed


class Deadline:
    """A point in time that every wait of one attempt shares; `seconds=None` is never over.

    `step` says in an error what is waited for.
    """

    __slots__ = ("_end", "seconds", "step")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.step = "the answer"
        self._end = None if seconds is None else monotonic() + seconds

    def remaining(self) -> float | None:
        """Seconds left, more than 0, or None for no limit; AttemptFailed when none are left."""
        if self._end is None:
            return None
        left = self._end - monotonic()
        if left <= 0:
            raise self.passed() from TimeoutError(f"no whole answer within {self.seconds:g} s")
        return left

    def milliseconds(self) -> float | None:
        """The same in milliseconds, as poll takes them."""
        left = self.remaining()
        return None if left is None else left * 1000

    def passed(self) -> AttemptFailed:
        """The failure that is due when the time is over."""
        return AttemptFailed(
            f"{self.step} took longer than the timeout of {self.seconds:g} s", timed_out=True
        )
