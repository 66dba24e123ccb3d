"""Idle connections, kept for the next request."""

from __future__ import annotations

import os
import threading
from time import monotonic
from typing import Generic, Hashable, Protocol, TypeVar


class Poolable(Protocol):
    def is_alive(self) -> bool: ...

    def close(self) -> None: ...


ConnectionT = TypeVar("ConnectionT", bound=Poolable)


class ConnectionPool(Generic[ConnectionT]):
    """Last in, first out, so that busy connections stay warm and the others grow old.

    Safe to share between threads; a forked child starts with an empty pool of its own.
    Nothing is sent, received or closed while the lock is held.
    """

    def __init__(self, most_idle: int = 64, longest_idle: float = 60.0) -> None:
        """Keeps at most `most_idle` connections, each for at most `longest_idle` seconds."""
        self._most_idle = most_idle
        self._longest_idle = longest_idle
        self._closed = False
        self._idle: dict[Hashable, list[tuple[ConnectionT, float]]] = {}
        self._start_empty()

    def take(self, key: Hashable) -> ConnectionT | None:
        """A live idle connection, now the caller's alone, or None."""
        self._leave_the_parents()
        while True:
            with self._lock:
                idle = self._idle.get(key)
                if not idle:
                    return None
                connection, since = idle.pop()
            if monotonic() - since < self._longest_idle and connection.is_alive():
                return connection
            connection.close()

    def give(self, key: Hashable, connection: ConnectionT) -> None:
        """Takes over a connection whose last response was read to its end."""
        self._leave_the_parents()
        now = monotonic()
        surplus = []
        with self._lock:
            if self._closed:
                surplus.append(connection)
            else:
                idle = self._idle.setdefault(key, [])
                idle.append((connection, now))
                while len(idle) > self._most_idle or now - idle[0][1] > self._longest_idle:
                    surplus.append(idle.pop(0)[0])
        for connection in surplus:
            connection.close()

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Closes every idle connection; those in use follow when they are given back."""
        self._leave_the_parents()
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, {}
        _close_all(idle)

    def __del__(self) -> None:
        _close_all(self._idle)

    def _start_empty(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._idle = {}

    def _leave_the_parents(self) -> None:
        """After a fork the sockets are the parent's, and its lock may be held for ever."""
        if self._process != os.getpid():
            inherited = self._idle
            self._start_empty()
            _close_all(inherited)


def _close_all(idle: dict[Hashable, list[tuple[ConnectionT, float]]]) -> None:
    for connections in idle.values():
        for connection, _ in connections:
            connection.close()
