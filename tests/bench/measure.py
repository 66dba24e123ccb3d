"""How to measure: contestants take turns, the best of a few tries counts, then the median.

The turns make a busy moment of the machine hit all contestants alike, the best try drops
interruptions, and the median over the repeats drops the odd bad turn.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

Call = Callable[[], object]
Timer = Callable[[Call, int], float]


@dataclass(frozen=True)
class Effort:
    """So many turns of so many tries of so many calls each."""

    repeats: int
    tries: int = 1
    calls: int = 1


def compare(
    contestants: Mapping[str, Call], effort: Effort, timer: Timer | None = None
) -> dict[str, float]:
    """Seconds per call of each contestant; the timer is `time_calls` or one like it."""
    timer = timer or time_calls
    for call in contestants.values():
        call()
    measures = {name: partial(timer, call, effort.calls) for name, call in contestants.items()}
    with _only_new_objects_collected():
        return take_turns(measures, effort)


def take_turns(measures: Mapping[str, Callable[[], float]], effort: Effort) -> dict[str, float]:
    """The median over the turns of each measure's best try."""
    best: dict[str, list[float]] = {name: [] for name in measures}
    order = list(measures)
    for _ in range(effort.repeats):
        for name in order:
            gc.collect()
            best[name].append(min(measures[name]() for _ in range(effort.tries)))
        order.append(order.pop(0))
    return {name: median(values) for name, values in best.items()}


def time_calls(call: Call, calls: int) -> float:
    """Seconds per call."""
    start = perf_counter()
    for _ in itertools.repeat(None, calls):
        call()
    return (perf_counter() - start) / calls


def time_threads(threads: int, call: Call, calls: int) -> float:
    """Seconds per call when so many threads make so many calls each at the same time."""
    barrier = threading.Barrier(threads + 1)
    errors: list[BaseException] = []

    def work() -> None:
        barrier.wait()
        try:
            for _ in itertools.repeat(None, calls):
                call()
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = perf_counter()
    for worker in workers:
        worker.join()
    elapsed = perf_counter() - start
    if errors:
        raise errors[0]
    return elapsed / (threads * calls)


@contextlib.contextmanager
def one_processor(server_process_id: int) -> Iterator[None]:
    """Keep this thread and the server on one processor, where the system can.

    A request is then the work of both and two switches between them. On two processors it
    would be the waking of an idle one, which takes longer than the work and says nothing
    about a client.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    try:
        for process_id in (0, server_process_id):
            os.sched_setaffinity(process_id, {max(before)})
        yield
    finally:
        for process_id in (0, server_process_id):
            os.sched_setaffinity(process_id, before)


@contextlib.contextmanager
def _only_new_objects_collected() -> Iterator[None]:
    # The collector stays on, as in a program, but need not look at the bench's own objects.
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
