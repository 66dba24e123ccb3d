"""The connection pool and a connection by themselves, without a client."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

import pytest

from ancla._http.addresses import ServerAddress
from ancla._http.connection import Connection
from ancla._http.pool import ConnectionPool
from ancla._http.stream import AttemptFailed, Deadline


class FakeConnection(Connection):
    """A connection for the pool. It can call a function whenever the pool uses it."""

    def __init__(self, alive: bool = True, when_used: Callable[[], object] = int) -> None:
        self.alive = alive
        self.closed = 0
        self._when_used = when_used

    def is_alive(self) -> bool:
        self._when_used()
        return self.alive

    def close(self) -> None:
        self._when_used()
        self.closed += 1


def _give(pool: ConnectionPool, connection: FakeConnection) -> None:
    held: list[Connection] = [connection]
    pool.give(pool.stack(), held)
    assert held == []


def _take(pool: ConnectionPool) -> FakeConnection | None:
    held: list[Connection] = []
    assert pool.take(pool.stack(), held) is bool(held)
    if not held:
        return None
    assert isinstance(held[0], FakeConnection)
    return held[0]


def _given(pool: ConnectionPool, count: int) -> list[FakeConnection]:
    connections = [FakeConnection() for _ in range(count)]
    for connection in connections:
        _give(pool, connection)
    return connections


def test_the_last_connection_given_is_the_first_taken() -> None:
    pool = ConnectionPool()
    first, second = _given(pool, 2)
    assert [_take(pool) for _ in range(3)] == [second, first, None]
    assert first.closed == second.closed == 0


def test_a_dead_connection_is_closed_and_the_next_one_taken() -> None:
    pool = ConnectionPool()
    living, dead = _given(pool, 2)
    dead.alive = False
    assert _take(pool) is living
    assert dead.closed == 1


def test_a_connection_that_was_idle_too_long_is_closed() -> None:
    pool = ConnectionPool(max_idle_seconds=0.0)
    (connection,) = _given(pool, 1)
    assert _take(pool) is None
    assert connection.closed == 1


def test_the_oldest_of_too_many_connections_is_closed() -> None:
    pool = ConnectionPool(max_idle=2)
    connections = _given(pool, 3)
    assert [connection.closed for connection in connections] == [1, 0, 0]


def test_a_closed_pool_closes_its_connections_and_later_ones() -> None:
    """Fault 29: each connection once, however often the pool is closed."""
    pool = ConnectionPool()
    (before,) = _given(pool, 1)
    pool.close()
    pool.close()
    (after,) = _given(pool, 1)
    assert (before.closed, after.closed) == (1, 1)
    assert _take(pool) is None


def _run_in_a_thread(target: Callable[[], object]) -> None:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "it waits for a lock"


def test_a_connection_that_was_idle_too_long_is_closed_when_another_comes_back() -> None:
    """Fault 22: without a timer, this is the time to close it."""
    pool = ConnectionPool(max_idle_seconds=0.0)
    (first,) = _given(pool, 1)
    given = monotonic()
    while monotonic() == given:
        pass
    (second,) = _given(pool, 1)
    assert (first.closed, second.closed) == (1, 0)


def test_a_slow_check_of_a_connection_blocks_no_other_thread() -> None:
    """Fault 27: a slow close or check must not stop the other threads."""
    pool = ConnectionPool(max_idle=1)

    def other_thread_uses_the_pool() -> None:
        _run_in_a_thread(lambda: _take(pool))

    def connection(alive: bool) -> FakeConnection:
        return FakeConnection(alive, other_thread_uses_the_pool)

    _give(pool, connection(alive=True))
    _give(pool, connection(alive=False))
    assert _take(pool) is None
    _give(pool, connection(alive=True))
    pool.close()
    _give(pool, connection(alive=True))


@pytest.mark.parametrize("step", ["take", "give", "take and give", "close"])
@pytest.mark.parametrize("idle", [0, 1, 2])
def test_the_pool_is_reentrant_at_every_line(idle: int, step: str) -> None:
    """Fault 27: a signal handler or a finalizer may use it between any two lines."""
    made: list[FakeConnection] = []
    in_use: list[FakeConnection] = []

    def give() -> None:
        connection = in_use.pop() if in_use else FakeConnection()
        made.append(connection)
        _give(pool, connection)

    def take() -> None:
        connection = _take(pool)
        if connection is not None:
            assert not connection.closed
            in_use.append(connection)

    def interrupt(frame: FrameType, event: str, argument: object) -> Any:
        if isinstance(frame.f_locals.get("self"), ConnectionPool):
            for name in step.split(" and "):
                {"take": take, "give": give, "close": pool.close}[name]()
        return interrupt

    def use() -> None:
        for _ in range(idle):
            give()
        sys.settrace(interrupt)
        give()
        take()
        take()
        pool.close()
        sys.settrace(None)

    for max_idle in (1, 2, 64):
        pool = ConnectionPool(max_idle)
        _run_in_a_thread(use)
        for connection in in_use:
            _give(pool, connection)
        assert _take(pool) is None
        assert {connection.closed for connection in made} == {1}
        made.clear()
        in_use.clear()


def test_a_request_that_could_not_be_sent_at_all_was_not_processed() -> None:
    """Fault 34: the server had reset the connection before the request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(ServerAddress(f"http://127.0.0.1:{server.getsockname()[1]}"))
        connection.open(Deadline(5.0))
        accepted, _ = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        while connection.is_alive():
            pass
        with pytest.raises(AttemptFailed, match="the connection broke") as caught:
            connection.exchange("GET", memoryview(b"GET / HTTP/1.1\r\n\r\n"), Deadline(5.0), 1)
        assert not caught.value.maybe_processed
        connection.close()
