"""How time and memory grow: in proportion to the records, and not at all with the calls."""

from __future__ import annotations

from functools import partial

from ancla import AnclaClient
from tests.bench.contestants import AT_1_000, AT_10_000, EARLY, HTTPX, OURS, Bench
from tests.bench.environments import PEER_MODULE, Environment
from tests.bench.measure import Call, compare, one_processor, time_calls
from tests.bench.responses import API_KEY, ORG, PROJECT, app_with_images

_MEMORY_OF_LIST = """
import gc, importlib, sys, tracemalloc
module, key, server, org, project, app = sys.argv[1:]
client = importlib.import_module(module).AnclaClient(key, server)
client.list_images(org, project, "images-1")
tracemalloc.start()
images = client.list_images(org, project, app)
gc.collect()
print(*tracemalloc.get_traced_memory(), len(images))
client.close()
"""
_MEMORY_OF_CALLS = """
import gc, sys, tracemalloc
tracemalloc.start()
import ancla
key, server, org = sys.argv[1:]
client = ancla.AnclaClient(key, server)
for calls in 1_000, 9_000:
    for _ in range(calls):
        client.get_org(org)
    gc.collect()
    print(tracemalloc.get_traced_memory()[0])
client.close()
"""


def memory_per_record(bench: Bench) -> dict[str, float]:
    every = bench.environments
    return {
        OURS: _memory(bench, every.ours, "ancla", _most(bench))[0],
        HTTPX: _memory(bench, every.httpx_pydantic, PEER_MODULE, _most(bench))[0],
    }


def time_with_records(bench: Bench) -> dict[str, float]:
    """Seconds per record of one long list."""
    counts = {OURS: _most(bench), AT_10_000: 10_000, AT_1_000: 1_000}
    with (
        AnclaClient(API_KEY, bench.server.http) as client,
        one_processor(bench.server.process_id),
    ):
        lists: dict[str, Call] = {
            name: partial(client.list_images, ORG, PROJECT, app_with_images(count))
            for name, count in counts.items()
        }
        seconds = compare(lists, bench.effort(repeats=5, tries=2))
    return {name: seconds[name] / count for name, count in counts.items()}


def memory_with_records(bench: Bench) -> dict[str, float]:
    """Bytes that a list keeps for each of its records."""
    return {name: kept for name, (kept, _) in _memory_by_count(bench).items()}


def peak_with_records(bench: Bench) -> dict[str, float]:
    """Bytes for each record at the worst moment of making the list."""
    return {name: peak for name, (_, peak) in _memory_by_count(bench).items()}


def time_with_calls(bench: Bench) -> dict[str, float]:
    """Seconds per call of the first and of the last of many calls."""
    batches, calls = (20, 10) if bench.quick else (100, 100)
    with (
        AnclaClient(API_KEY, bench.server.http) as client,
        one_processor(bench.server.process_id),
    ):
        client.get_org(ORG)
        taken = [time_calls(partial(client.get_org, ORG), calls) for _ in range(batches)]
    tenth = batches // 10
    return {OURS: min(taken[-tenth:]), EARLY: min(taken[:tenth])}


def memory_with_calls(bench: Bench) -> dict[str, float]:
    """Bytes that the program holds after the first and after the last of many calls."""
    printed = bench.environments.ours.start("-c", _MEMORY_OF_CALLS, API_KEY, bench.server.http, ORG)
    early, late = printed.split()
    return {OURS: int(late), EARLY: int(early)}


def _most(bench: Bench) -> int:
    return 20_000 if bench.quick else 40_000


def _memory_by_count(bench: Bench) -> dict[str, tuple[float, float]]:
    counts = {OURS: _most(bench), AT_10_000: 10_000, AT_1_000: 1_000}
    ours = bench.environments.ours
    return {name: _memory(bench, ours, "ancla", count) for name, count in counts.items()}


def _memory(bench: Bench, environment: Environment, module: str, count: int) -> tuple[float, float]:
    """Bytes for each record of a list of images: kept by the list, and at the worst moment."""
    app = app_with_images(count)
    printed = environment.start(
        "-c", _MEMORY_OF_LIST, module, API_KEY, bench.server.http, ORG, PROJECT, app
    )
    kept, peak, listed = map(int, printed.split())
    return kept / listed, peak / listed
