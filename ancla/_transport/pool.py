"""Idle connections, kept for the next request."""

from __future__ import annotations

import os
from _thread import allocate_lock
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Generic, Protocol, TypeVar

    class Poolable(Protocol):
        def is_alive(self) -> bool: ...

        def close(self) -> None: ...
else:
    from .._generic import Generic, TypeVar

ConnectionT = TypeVar("ConnectionT", bound="Poolable")


class _State(Generic[ConnectionT]):
    """One process's idle connections, each with the time since when it is idle."""

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.idle: dict[Hashable, list[tuple[ConnectionT, float]]] = {}


class ConnectionPool(Generic[ConnectionT]):
    """Last in, first out, so that busy connections stay warm and the others grow old.

    Safe to share between threads; a forked child starts with an empty pool of its own.
    Nothing is sent, received or closed while the lock is held.
    """

    def __init__(self, most_idle: int = 64, longest_idle: float = 60.0) -> None:
        """Keeps at most `most_idle` connections, each for at most `longest_idle` seconds."""
        self._most_idle = most_idle
        self._longest_idle = longest_idle
        self.closed = False
        self._states: dict[int, _State[ConnectionT]] = {}

    def take(self, key: Hashable) -> ConnectionT | None:
        """A live idle connection, now the caller's alone, or None."""
        state = self._state()
        while True:
            with state.lock:
                idle = state.idle.get(key)
                if not idle:
                    return None
                connection, since = idle.pop()
            if monotonic() - since < self._longest_idle and connection.is_alive():
                return connection
            connection.close()

    def give(self, key: Hashable, connection: ConnectionT) -> None:
        """Takes over a connection whose last response was read to its end."""
        state = self._state()
        now = monotonic()
        surplus = []
        with state.lock:
            if self.closed:
                surplus.append(connection)
            else:
                idle = state.idle.setdefault(key, [])
                idle.append((connection, now))
                while len(idle) > self._most_idle or now - idle[0][1] > self._longest_idle:
                    surplus.append(idle.pop(0)[0])
        for connection in surplus:
            connection.close()

    def close(self) -> None:
        """Closes every idle connection; those in use follow when they are given back."""
        state = self._state()
        with state.lock:
            self.closed = True
            idle, state.idle = state.idle, {}
        _close_all(idle)

    def __del__(self) -> None:
        for state in self._states.values():
            _close_all(state.idle)

    def _state(self) -> _State[ConnectionT]:
        """This process's part. After a fork the sockets are the parent's, and its lock may be held
        for ever; the steps here are atomic, so that they need no lock of their own.
        """
        process = os.getpid()
        state = self._states.get(process)
        if state is None:
            state = self._states.setdefault(process, _State())
            for other in list(self._states):
                inherited = self._states.pop(other, None) if other != process else None
                if inherited is not None:
                    _close_all(inherited.idle)
        return state


def _close_all(idle: dict[Hashable, list[tuple[ConnectionT, float]]]) -> None:
    for connections in idle.values():
        for connection, _ in connections:
            connection.close()
