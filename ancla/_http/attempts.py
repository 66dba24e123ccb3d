"""What is told of each attempt of a request: to `on_attempt`, and to the logger.

No key, no header but those on rate limits, no body and no query is ever in it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from .checks import function_or_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

_DEBUG, _INFO = 10, 20  # of logging
# The package's own name, so that two copies in one process can be told apart.
_LOGGER_NAME = __name__.rpartition("._http.")[0]

_logger: Logger | None = None


class Attempt:
    """One attempt of a request, as `on_attempt` is told of it once it is over; read-only.

    method:        of the request, in capitals
    path:          of the request, without its query
    number:        1 for the first attempt, one more for each retry
    seconds:       how long it took
    status_code:   the response's status code, or None if no complete response arrived
    error:         why none came, or None
    request_id:    the server's X-Request-ID, or None
    reused:        whether a connection was used again; None if no complete response arrived
    rate_limit:    the response's headers on rate limits, by their names in lower case, such as
                   "ratelimit-remaining", "x-ratelimit-reset" and "retry-after"; other names than
                   the usual ones are left out
    retries_after: the seconds until the next attempt, or None if this was the last one
    """

    method: str
    path: str
    number: int
    seconds: float
    status_code: int | None
    error: str | None
    request_id: str | None
    reused: bool | None
    rate_limit: Mapping[str, str]
    retries_after: float | None

    __slots__ = tuple(__annotations__)

    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Attempt is read-only: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an Attempt is read-only: {name} cannot be deleted")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __str__(self) -> str:
        start, milliseconds = f"{self.method} {self.path}", f"{self.seconds * 1000:.1f} ms"
        if self.status_code is None:
            return f"{start}: no answer after {milliseconds}, attempt {self.number}: {self.error}"
        return (
            f"{start}: status {self.status_code} in {milliseconds}, attempt {self.number}, "
            f"{'reused' if self.reused else 'new'} connection, request id {self.request_id or '-'}"
        )


def lines_of(attempt: Attempt) -> list[tuple[int, str]]:
    """The lines that tell of an attempt, each with its level: one, and one more for a retry."""
    lines = [(_DEBUG, str(attempt))]
    if attempt.retries_after is not None:
        reason = attempt.error or f"the server answered with status {attempt.status_code}"
        wait = f"retrying in {attempt.retries_after:.2f} s, since {reason}"
        lines.append((_INFO, f"{attempt.method} {attempt.path}: {wait}"))
    return lines


def find_logger() -> Logger | None:
    """The package's logger, or None as long as nobody has loaded logging: then nobody listens.

    Loading it here would cost each command line a tenth of its time to the first answer.
    """
    global _logger
    logging = sys.modules.get("logging")
    if _logger is None and logging is not None:
        _logger = logger = logging.getLogger(_LOGGER_NAME)
        logger.addHandler(logging.NullHandler())
    return _logger


def prepare(on_attempt: object) -> None:
    """Makes the logger ready; ValueError if `on_attempt` cannot be called."""
    function_or_none("on_attempt", on_attempt)
    if on_attempt is not None:
        import logging  # noqa: F401  as what it raises is logged
    find_logger()


def is_logged() -> bool:
    """Whether the log has a reader."""
    logger = find_logger()
    return logger is not None and logger.isEnabledFor(_INFO)


def tell(attempt: Attempt, on_attempt: Callable[[Attempt], object] | None) -> None:
    """Tells all who want to know; what a user's function raises goes to the log."""
    logger = find_logger()
    if logger is not None:
        for level, line in lines_of(attempt):
            logger.log(level, "%s", line)
    if on_attempt is None:
        return
    try:
        on_attempt(attempt)
    except Exception:  # it only watches: the request goes on
        if logger is not None:
            logger.exception("on_attempt failed")
