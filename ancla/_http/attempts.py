"""Reports each attempt of a request to `on_attempt` and to the logger.

An `Attempt` has no API key, no request or response body, no query, and no headers except the
request ID and those on rate limits.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from .checks import check_callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

_DEBUG, _INFO = 10, 20  # The levels of `logging`, which may not be loaded.
# The package's own name: two copies in one process have a logger each.
_LOGGER_NAME = __name__.rpartition("._http.")[0]

_logger: Logger | None = None


class Attempt:
    """One attempt of a request, passed to `on_attempt` when it has finished. Read-only.

    method:        the request's method, in capitals
    path:          the request's path, without its query
    number:        1 for the first attempt, 2 for the first retry, and so on
    seconds:       how long the attempt took
    status_code:   the status code, or None if no complete response arrived
    error:         why no complete response arrived, or None
    request_id:    the server's X-Request-ID, or None
    reused:        whether an open connection was reused, or None if no complete response arrived
    rate_limit:    the response's headers on rate limits by their names in lower case, which
                   are Retry-After and those that start with RateLimit or X-RateLimit
    retries_after: the seconds to wait before the next attempt, or None if no retry was planned;
                   closing the client during the wait cancels that attempt
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
            return f"{start}: no response after {milliseconds}, attempt {self.number}: {self.error}"
        return (
            f"{start}: status {self.status_code} in {milliseconds}, attempt {self.number}, "
            f"{'reused' if self.reused else 'new'} connection, request id {self.request_id or '-'}"
        )


def log_lines(attempt: Attempt) -> list[tuple[int, str]]:
    """Returns the log lines of an attempt, each with its level.

    There is one DEBUG line, and an INFO line if the request is retried.
    """
    lines = [(_DEBUG, str(attempt))]
    if attempt.retries_after is not None:
        reason = attempt.error or f"the server sent status {attempt.status_code}"
        wait = f"retrying in {attempt.retries_after:.2f} s, since {reason}"
        lines.append((_INFO, f"{attempt.method} {attempt.path}: {wait}"))
    return lines


def find_logger() -> Logger | None:
    """Returns the package's logger, or None if nobody has imported `logging` yet.

    Then nobody can have added a handler. Importing it here would take a tenth of the time that a
    command of the command line needs until its first response.
    """
    global _logger
    logging = sys.modules.get("logging")
    if _logger is None and logging is not None:
        _logger = logger = logging.getLogger(_LOGGER_NAME)
        logger.addHandler(logging.NullHandler())
    return _logger


def prepare_logging(on_attempt: object) -> None:
    """Creates the logger, if it is needed. Raises ValueError if `on_attempt` is not callable."""
    check_callable("on_attempt", on_attempt)
    if on_attempt is not None:
        import logging  # noqa: F401  # Needed to log the exceptions of `on_attempt`.
    find_logger()


def is_logging() -> bool:
    """Returns whether the logger has its INFO level enabled."""
    logger = find_logger()
    return logger is not None and logger.isEnabledFor(_INFO)


def report(attempt: Attempt, on_attempt: Callable[[Attempt], object] | None) -> None:
    """Logs an attempt and calls `on_attempt`. Logs an exception that this raises."""
    logger = find_logger()
    if logger is not None:
        for level, line in log_lines(attempt):
            logger.log(level, "%s", line)
    if on_attempt is None:
        return
    handled = sys.exc_info()[1]
    try:
        on_attempt(attempt)
    except Exception as error:  # The request goes on: `on_attempt` only observes it.
        link: BaseException = error
        while link.__context__ is not None and link.__context__ is not handled:
            link = link.__context__
        link.__context__ = None  # The attempt's own failure: its frames would be logged with it.
        if logger is not None:
            logger.exception("on_attempt failed")
