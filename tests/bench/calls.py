"""Calls over a kept connection: alone, over TLS, with a long list, from many threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.bench.contestants import HTTPX, OURS, Bench, Client, clients
from tests.bench.measure import compare, one_processor, time_threads
from tests.bench.responses import ORG, PROJECT, app_with_images

_RECORDS = 10_000


def get(bench: Bench) -> dict[str, float]:
    return _one_after_another(bench, bench.server.http, lambda client: client.get_org(ORG))


def get_on_slug_routes(bench: Bench) -> dict[str, float]:
    with clients(bench.server.http, "slugs") as every, one_processor(bench.server.process_id):
        return _taking_turns(bench, every, lambda client: client.get_org(ORG))


def post(bench: Bench) -> dict[str, float]:
    return _one_after_another(bench, bench.server.http, lambda client: client.create_org("My Org"))


def get_over_tls(bench: Bench) -> dict[str, float]:
    return _one_after_another(bench, bench.server.https, lambda client: client.get_org(ORG))


def list_one(bench: Bench) -> dict[str, float]:
    app = app_with_images(1)
    return _one_after_another(
        bench, bench.server.http, lambda client: client.list_images(ORG, PROJECT, app)
    )


def list_images(bench: Bench) -> dict[str, float]:
    app = app_with_images(_RECORDS)
    with clients(bench.server.http) as every, one_processor(bench.server.process_id):
        calls = _each(every, lambda client: client.list_images(ORG, PROJECT, app))
        return compare(calls, bench.effort(repeats=9, tries=2))


def from_8_threads(bench: Bench) -> dict[str, float]:
    return _from_threads(bench, 8)


def from_32_threads(bench: Bench) -> dict[str, float]:
    return _from_threads(bench, 32)


def _one_after_another(
    bench: Bench, server: str, call: Callable[[Client], object]
) -> dict[str, float]:
    with clients(server) as every, one_processor(bench.server.process_id):
        return _taking_turns(bench, every, call)


def _taking_turns(
    bench: Bench, every: Mapping[str, Client], call: Callable[[Client], object]
) -> dict[str, float]:
    return compare(_each(every, call), bench.effort(repeats=15, tries=5, calls=40))


def _from_threads(bench: Bench, threads: int) -> dict[str, float]:
    with clients(bench.server.http) as every:
        # One connection cannot be shared between threads, and one each is not one client.
        sharing = {name: every[name] for name in (OURS, HTTPX)}
        effort = bench.effort(repeats=9, tries=3, calls=800 // threads)
        calls = _each(sharing, lambda client: client.get_org(ORG))
        return compare(calls, effort, partial(time_threads, threads))


def _each(
    every: Mapping[str, Client], call: Callable[[Client], object]
) -> dict[str, Callable[[], object]]:
    return {name: partial(call, client) for name, client in every.items()}
