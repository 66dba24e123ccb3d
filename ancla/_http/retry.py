"""When to try again, and after how long."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from random import random as draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import Response
    from .stream import AttemptFailed

LONGEST_RETRY_AFTER = 60.0
_MOST_DIGITS = 15
_RESET = re.compile(r"\b(?:t|reset)=([0-9]{1,15})\b").findall
_IS_USED_UP = re.compile(r"\br=0\b").search
_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 8.0
TOO_MANY_REQUESTS = 429
_TEMPORARY_SERVER_ERRORS = frozenset((502, 503, 504))


class RetryPolicy:
    """Decides after each attempt; `random` can be handed in.

    A request that the server may have processed is repeated only if that is harmless. One that it
    provably did not process (no connection, 429) is repeated in any case.
    """

    def __init__(
        self,
        max_retries: int = 2,
        *,
        random: Callable[[], float] = draw,
    ) -> None:
        self.max_retries = max_retries
        self._random = random

    def wait_after_failure(
        self, retries_made: int, failure: AttemptFailed, harmless: bool
    ) -> float | None:
        """Seconds to wait before the next attempt, or None if there must not be one."""
        if failure.permanent or (failure.maybe_processed and not harmless):
            return None
        return self._backoff(retries_made)

    def wait_after_status(
        self, retries_made: int, status: int, retry_after: float | None, harmless: bool
    ) -> float | None:
        """The same for an answer; more than 60 s are not waited for, if it asks for them."""
        if status != TOO_MANY_REQUESTS and not (harmless and status in _TEMPORARY_SERVER_ERRORS):
            return None
        backoff = self._backoff(retries_made)
        if backoff is None or retry_after is None:
            return backoff
        return max(backoff, retry_after) if retry_after <= LONGEST_RETRY_AFTER else None

    def _backoff(self, retries_made: int) -> float | None:
        """Exponential with full jitter, which spreads clients that failed together."""
        if retries_made >= self.max_retries:
            return None
        return self._random() * min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** min(retries_made, 10))


def wait_asked_for(response: Response) -> float | None:
    """The seconds that an answer asks to wait, or None: its Retry-After, or for a 429 without one
    the time until its rate limit is reset.
    """
    seconds = parse_retry_after(response.header("retry-after"))
    if seconds is None and response.status == TOO_MANY_REQUESTS:
        seconds = _seconds_to_reset(response)
    return seconds


def _seconds_to_reset(response: Response) -> float | None:
    """From `RateLimit-Reset: 30`, `RateLimit: limit=9, remaining=0, reset=30` or, as the later
    drafts have it, `RateLimit: "name";r=0;t=30`.
    """
    reset = response.header("ratelimit-reset") or ""
    if reset.isascii() and reset.isdigit() and len(reset) <= _MOST_DIGITS:
        return float(reset)
    limits = response.header("ratelimit") or ""
    used_up = [limit for limit in limits.split(",") if _IS_USED_UP(limit)] or [limits]
    return max((float(seconds) for limit in used_up for seconds in _RESET(limit)), default=None)


def parse_retry_after(value: str | None) -> float | None:
    """The seconds that a Retry-After header asks to wait, or None if it says nothing usable."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value) if len(value) <= _MOST_DIGITS else None
    try:
        date = parsedate_to_datetime(value)
        if date.tzinfo is None:
            date = date.replace(tzinfo=timezone.utc)
        return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
