"""Many threads on one client against a server that fails at random: nothing is lost or mixed up.

ANCLA_SOAK_CALLS sets the number of calls for each of http and https (600 when left out, or half of
that with ANCLA_QUICK); the test stops by itself after half a minute for each.
"""

from __future__ import annotations

import os
import random
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ancla import AnclaClient, AnclaError, APIConnectionError
from ancla.client import clock_of
from tests.clients import client_for, plain_and_tls
from tests.once import IS_QUICK
from tests.servers import Connection, Reply, Request, ScriptedServer, give, json_reply, reply

CALLS = int(os.environ.get("ANCLA_SOAK_CALLS", 300 if IS_QUICK else 600))
LONGEST = 25.0
THREADS = 16
TIMEOUT = 1.0
SEED = 1

Action = Callable[[bytes], Reply]


def _delayed(good: bytes) -> Reply:
    def run(connection: Connection, _: Request) -> None:
        connection.server.stopping.wait(0.02)
        connection.send(good)

    return run


def _in_pieces(good: bytes) -> Reply:
    return lambda connection, _: connection.drip(good, 0)


def _ending(part: Callable[[bytes], bytes], end: Callable[[Connection], None]) -> Action:
    def action(good: bytes) -> Reply:
        def run(connection: Connection, _: Request) -> None:
            connection.send(part(good))
            end(connection)

        return run

    return action


def _chunked(good: bytes) -> bytes:
    body = good.partition(b"\r\n\r\n")[2]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n" % chunks


# What the server does, how often, and how a call ends whose last attempt met with it.
COMPLETE, LOST = "complete", "lost"
ACTIONS: list[tuple[Action, int, object]] = [
    (lambda good: good, 50, COMPLETE),
    (_chunked, 10, COMPLETE),
    (lambda good: b"HTTP/1.1 103 Early Hints\r\n\r\n" + good, 5, COMPLETE),
    (_delayed, 5, COMPLETE),
    (_in_pieces, 3, COMPLETE),
    (lambda good: _in_pieces(_chunked(good)), 3, COMPLETE),
    (_ending(lambda good: good, Connection.close), 5, COMPLETE),
    (lambda good: good.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), 5, COMPLETE),
    (lambda good: good + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 3, COMPLETE),
    (lambda _: reply(b"slow down", 429), 8, 429),
    (lambda _: reply(b"come back", 503, {"Retry-After": "1"}), 8, 503),
    (lambda _: reply(b"", 503, {"Connection": "close"}), 2, 503),
    (lambda _: reply(b"no", 500), 2, 500),
    (_ending(lambda _: b"", Connection.close), 3, LOST),
    (_ending(lambda _: b"", Connection.reset), 3, LOST),
    (_ending(lambda good: good[: len(good) // 2], Connection.close), 3, LOST),
    (_ending(lambda good: good[:-1], Connection.close), 3, LOST),
    (_ending(lambda good: good[:-1], Connection.reset), 3, LOST),
    (lambda good: good.replace(b"HTTP/1.1", b"HTTP/2"), 2, LOST),
    (lambda good: good[:-1], 1, LOST),  # and then silence, until the client's timeout
]
WEIGHTS = [weight for _, weight, _ in ACTIONS]


class _Service:
    """The server: its last action for each call's id, and how often it processed each."""

    def __init__(self) -> None:
        self.last: dict[str, object] = {}
        self.processed: Counter[str] = Counter()
        self._random = random.Random(SEED)
        self._lock = threading.Lock()

    def serve(self, connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            call = request.target.rpartition("/")[2]
            with self._lock:
                action, _, end = self._random.choices(ACTIONS, WEIGHTS)[0]
                self.last[call] = end
                self.processed[call] += end != 429
            good = json_reply({"call": call, "body": request.body.decode()})
            give(action(good), connection, request)


def _outcome(client: AnclaClient, method: str, call: str) -> object:
    body = {"call": call} if method == "POST" else None
    try:
        returned = client.request(method, f"/{call}", json=body)
    except APIConnectionError:
        return LOST
    except AnclaError as error:
        return error.status_code
    assert returned["call"] == call, "the response of another call"
    assert body is None or call in returned["body"]
    return COMPLETE


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform.startswith("linux") else 0


@plain_and_tls
def test_nothing_is_lost_mixed_up_sent_twice_or_leaked(tls: ssl.SSLContext | None) -> None:
    """Faults 11 to 35 at once, and at random."""
    service = _Service()
    outcomes: dict[str, object] = {}
    numbers = iter(range(CALLS))
    give_up = time.monotonic() + LONGEST

    def work() -> None:
        for number in iter(lambda: next(numbers, None), None):
            if time.monotonic() > give_up:
                return
            method = ("GET", "POST", "DELETE")[number % 3]
            call = f"{method}-{number}"
            outcomes[call] = _outcome(client, method, call)

    with ScriptedServer(service.serve, tls=tls) as server:
        client = client_for(server, timeout=TIMEOUT, max_retries=3)
        clock_of(client).sleep = lambda seconds: time.sleep(seconds / 1000)
        files, threads = _open_files(), threading.active_count()
        with client, ThreadPoolExecutor(THREADS) as executor:
            for finished in [executor.submit(work) for _ in range(THREADS)]:
                finished.result()
        server.wait_for_threads()
        assert _open_files() <= files
        assert threading.active_count() <= threads

    assert len(outcomes) == CALLS or time.monotonic() > give_up
    for call, outcome in outcomes.items():
        # A request that met a connection at its end never reached the service.
        assert outcome == service.last.get(call, LOST), call
    posts = [call for call in outcomes if call.startswith("POST")]
    assert max(service.processed[call] for call in posts) == 1
    assert Counter(outcomes.values())[COMPLETE] > len(outcomes) / 2
