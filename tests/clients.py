"""Clients for tests, and what tests of several files share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ancla import AnclaClient
from ancla._http.retry import RetryPolicy
from ancla.client import clock_of, sender_of
from ancla.testing import FakeAncla
from tests.servers import ScriptedServer, client_tls, server_tls

KEY = "key-that-nobody-may-see-0123456789"
# For tests of what holds on today's API and on the retired route sets alike.
ROUTE_SETS = ("workspaces", "published", "slugs")

ClientT = TypeVar("ClientT", bound=AnclaClient)

plain_and_tls = pytest.mark.parametrize("tls", [None, server_tls()], ids=["http", "https"])


@contextlib.contextmanager
def main_thread_signal(error: BaseException | type[BaseException]) -> Iterator[Callable[[], None]]:
    """Yields a function that signals the main thread. The signal's handler raises the error."""

    def handle(*_: object) -> None:
        raise error

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        yield partial(signal.pthread_kill, threading.get_ident(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


def client_for(
    server: ScriptedServer | str,
    *,
    timeout: float | None = 5.0,
    max_retries: int = 0,
    waits: list[float] | None = None,
    **options: Any,
) -> AnclaClient:
    """A client of today's routes that trusts the private CA and ignores the environment's proxies.

    Retries are off, and take no time where they are asked for: their waits go into `waits`.
    """
    url = server if isinstance(server, str) else server.url
    if url.startswith("https:"):
        options.setdefault("ssl_context", client_tls())
    options = {"routes": "workspaces", "trust_env": False, **options}
    client = AnclaClient(KEY, url, timeout, max_retries=max_retries, **options)
    slept: list[float] = [] if waits is None else waits
    clock_of(client).sleep = slept.append
    sender_of(client).retry_policy = RetryPolicy(max_retries, random=lambda: 1.0)
    return client


def client_of(fake: FakeAncla, **options: Any) -> AnclaClient:
    """A client of this FakeAncla, without retries unless they are asked for."""
    return AnclaClient(fake.api_key, fake.url, **{"max_retries": 0, **options})


@contextlib.contextmanager
def fake_with_app(**options: Any) -> Iterator[FakeAncla]:
    """A FakeAncla that has the application acme/shop/web."""
    with FakeAncla(**options) as fake:
        fake.add_app("acme", "shop", "web")
        yield fake


class Time:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def of(self, client: ClientT) -> ClientT:
        clock_of(client).sleep, clock_of(client).monotonic = self.sleep, self.clock
        return client


def sent(fake: FakeAncla) -> list[str]:
    """The requests since the last time, without the API's prefix."""
    requests = [
        f"{it.method} {it.path.removeprefix('/api/v1')}{it.query and '?'}{it.query}"
        for it in fake.requests
    ]
    fake.clear_requests()
    return requests


def chain_of(error: BaseException) -> list[BaseException]:
    """The error and all that is behind it, shown in tracebacks or not."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is not None and found not in chain:
            chain.append(found)
            waiting += [found.__cause__, found.__context__]
    return chain


def all_text_of(error: BaseException) -> str:
    """Everything that the error and those behind it say or carry."""
    return "\n".join(f"{link!s} {link!r} {link.args} {vars(link)}" for link in chain_of(error))


def run_script(
    script: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a fresh interpreter that finds the package; warnings are errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
