"""The log lines, under the logger "ancla": no key, no header, no body and no value is ever in one."""

from __future__ import annotations

import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

    from .transport import AttemptFailed, Response

_INFO = 20  # logging.INFO


_logger: Logger | None = None


def find_logger() -> Logger | None:
    """The logger "ancla", or None as long as nobody has loaded logging, since nobody listens then.

    Loading it here would cost each command line a tenth of its time to the first answer.
    """
    global _logger
    logging = sys.modules.get("logging")
    if _logger is None and logging is not None:
        _logger = logging.getLogger("ancla")
        _logger.addHandler(logging.NullHandler())
    return _logger


def open_log(method: str, prefix: str, target: str) -> AttemptLog | None:
    """The log of one request's attempts, or None if nobody would read it."""
    logger = find_logger()
    if logger is None or not logger.isEnabledFor(_INFO):
        return None
    return AttemptLog(logger, method, prefix + target.partition("?")[0])


class AttemptLog:
    """One DEBUG line for each attempt of a request, and one INFO line for each retry."""

    __slots__ = ("_attempt", "_logger", "_method", "_path", "_started")

    def __init__(self, logger: Logger, method: str, path: str) -> None:
        self._logger = logger
        self._method = method
        self._path = path
        self._attempt = 0
        self._started = 0.0

    def start(self) -> None:
        self._attempt += 1
        self._started = monotonic()

    def answered(self, response: Response, request_id: str | None) -> None:
        self._logger.debug(
            "%s %s: status %d in %.1f ms, attempt %d, %s connection, request id %s",
            self._method,
            self._path,
            response.status,
            self._milliseconds(),
            self._attempt,
            "reused" if response.reused else "new",
            request_id or "-",
        )

    def failed(self, failure: AttemptFailed) -> None:
        self._logger.debug(
            "%s %s: no answer after %.1f ms, attempt %d: %s",
            self._method,
            self._path,
            self._milliseconds(),
            self._attempt,
            failure.reason,
        )

    def retrying(self, reason: str, wait: float) -> None:
        self._logger.info(
            "%s %s: retrying in %.2f s, since %s", self._method, self._path, wait, reason
        )

    def _milliseconds(self) -> float:
        return (monotonic() - self._started) * 1000
