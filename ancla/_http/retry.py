"""Decides whether a request is retried, and how long to wait before the next attempt.

Two questions decide it. Is the failure temporary? If not, the request is not retried. May the
server have processed the request? If so, it is retried only if it is idempotent.

The wait before a retry is random (exponential backoff with full jitter), and at least as long as
the server asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from random import random as random_fraction

from .response import Response
from .stream import AttemptFailed

TOO_MANY_REQUESTS = 429
MAX_RETRY_AFTER = 60.0  # seconds
_TEMPORARY_SERVER_ERRORS = frozenset((502, 503, 504))
_FIRST_BACKOFF = 0.5  # seconds
_MAX_BACKOFF = 8.0  # seconds
# After so many doublings the wait is far above _MAX_BACKOFF. Without a limit, 2.0 ** 1024 would
# raise OverflowError.
_MAX_DOUBLINGS = 10


class RetryPolicy:
    """Decides after each attempt whether there is another one.

    A request that the server may have processed is retried only if it is idempotent. A request
    that it did not process (no connection, or a 429) may be retried even if it is not idempotent.

    `random` returns a fraction from 0 to 1.
    """

    def __init__(
        self,
        max_retries: int = 2,
        *,
        random: Callable[[], float] = random_fraction,
    ) -> None:
        self.max_retries = max_retries
        self._random = random

    def wait_after_failure(
        self, retries_made: int, failure: AttemptFailed, idempotent: bool
    ) -> float | None:
        """Returns the seconds to wait before a retry, or None for no retry."""
        if failure.permanent or (failure.maybe_processed and not idempotent):
            return None
        return self._backoff(retries_made)

    def wait_after_status(
        self, retries_made: int, status: int, retry_after: float | None, idempotent: bool
    ) -> float | None:
        """Returns the seconds to wait after a response, or None for no retry.

        There is no retry if the server asks to wait for more than 60 seconds.
        """
        if status != TOO_MANY_REQUESTS and not (idempotent and status in _TEMPORARY_SERVER_ERRORS):
            return None
        backoff = self._backoff(retries_made)
        if backoff is None or retry_after is None:
            return backoff
        return max(backoff, retry_after) if retry_after <= MAX_RETRY_AFTER else None

    def _backoff(self, retries_made: int) -> float | None:
        """Returns a random wait, or None if all retries are used.

        The wait is spread over the whole interval, so that clients that failed together do not
        return together.
        """
        if retries_made >= self.max_retries:
            return None
        interval = _FIRST_BACKOFF * 2.0 ** min(retries_made, _MAX_DOUBLINGS)
        return self._random() * min(_MAX_BACKOFF, interval)


def requested_wait(response: Response) -> float | None:
    """Returns the seconds that a response asks the client to wait, or None.

    That is its Retry-After. For a 429 without one, it is its RateLimit-Reset.
    """
    seconds = parse_retry_after(response.header("retry-after"))
    if seconds is None and response.status == TOO_MANY_REQUESTS:
        seconds = _seconds(response.header("ratelimit-reset") or "")
    return seconds


def _seconds(digits: str) -> float | None:
    return float(digits) if re.fullmatch("[0-9]{1,15}", digits) else None


def parse_retry_after(value: str | None) -> float | None:
    """Returns the seconds of a Retry-After header (RFC 9110, 10.2.3), or None if it is invalid."""
    seconds = _seconds(value or "")
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(value or "")
        if date.tzinfo is None:
            date = date.replace(tzinfo=timezone.utc)
        return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
