"""A client's clock: sleeps that another thread or a signal handler can end."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from ancla._http.clock import Clock
from tests.servers import PATIENCE

AN_HOUR = 3600.0


def test_end_wakes_every_thread_that_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and not only at the end of a step."""
    monkeypatch.setattr("ancla._http.clock._SLEEP_STEP", AN_HOUR)
    clock = Clock()
    threads = [threading.Thread(target=clock.sleep, args=(AN_HOUR,), daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    clock.end()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def test_sleeps_after_the_end_return_at_once() -> None:
    clock = Clock()
    ended = [clock.ended]
    for _ in range(2):
        clock.end()
        ended.append(clock.ended)
    assert ended == [False, True, True]
    clock.sleep(AN_HOUR)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a system with alarms")
def test_a_signal_handler_may_end_the_sleep_that_it_interrupts() -> None:
    clock = Clock()
    before = signal.signal(signal.SIGALRM, lambda *_: clock.end())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        clock.sleep(AN_HOUR)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("as_a_function", [True, False])
def test_time_sleep_is_used_if_a_test_has_replaced_it(
    as_a_function: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = Clock()
    monkeypatch.setattr(
        time, "sleep", (lambda s: slept.append(s)) if as_a_function else slept.append
    )
    clock.sleep(AN_HOUR)
    clock.end()
    clock.sleep(AN_HOUR)
    assert slept == [AN_HOUR, 0]


def test_a_short_sleep_is_not_made_longer_or_shorter() -> None:
    clock = Clock()
    started = time.monotonic()
    clock.sleep(0.6)  # more than one step
    assert time.monotonic() - started >= 0.6
