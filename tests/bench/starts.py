"""Cold starts: what a short script pays before its first response, and what an install weighs."""

from __future__ import annotations

from functools import partial

from tests.bench.contestants import (
    HELP_LIMIT,
    HTTPX,
    IMPORT_LIMIT,
    OURS,
    REQUESTS,
    URLLIB,
    Bench,
)
from tests.bench.environments import PEER_MODULE, Environment
from tests.bench.measure import take_turns
from tests.bench.responses import API_KEY, ORG

_TIMED_IMPORT = "from time import perf_counter as now; t = now(); import ancla; print(now() - t)"
_ARGUMENTS = "import sys; key, server = sys.argv[1:]; "
_OURS = _ARGUMENTS + "import ancla; client = ancla.AnclaClient(key, server)"
_THEIRS = _ARGUMENTS + f"import {PEER_MODULE} as peer; client = peer.AnclaClient(key, server)"
_CALL = f"; assert client.get_org({ORG!r}).name; client.close()"
_PLAIN = _ARGUMENTS + f"url = server + '/api/v1/workspaces/{ORG}'; headers = {{'X-API-Key': key}}; "
_URLLIB = (
    _PLAIN
    + "import json; from urllib.request import Request, urlopen; "
    + "assert json.loads(urlopen(Request(url, headers=headers)).read())"
)
_REQUESTS = _PLAIN + "import requests; assert requests.get(url, headers=headers).json()"
# getrusage would do, but for a process that was forked it starts with its parent's peak.
_PRINT_PEAK = """
import re
print(re.search("VmHWM: *([0-9]+) kB", open("/proc/self/status").read().replace("\t", " "))[1])
"""


def import_alone(bench: Bench) -> dict[str, float]:
    ours = bench.environments.ours
    measures = {OURS: lambda: float(ours.start("-c", _TIMED_IMPORT))}
    return {**take_turns(measures, bench.effort(repeats=15, tries=3)), IMPORT_LIMIT: 0.001}


def construct(bench: Bench) -> dict[str, float]:
    every = bench.environments
    codes = {OURS: (every.ours, _OURS), HTTPX: (every.httpx_pydantic, _THEIRS)}
    return _compare_starts(bench, codes)


def first_call(bench: Bench) -> dict[str, float]:
    return _compare_starts(bench, _first_calls(bench))


def peak_memory(bench: Bench) -> dict[str, float]:
    measures = {
        name: partial(_peak, environment, code + _PRINT_PEAK, bench)
        for name, (environment, code) in _first_calls(bench).items()
    }
    return take_turns(measures, bench.effort(repeats=3))


def installed_size(bench: Bench) -> dict[str, float]:
    every = bench.environments
    return {
        OURS: every.ours.size,
        HTTPX: every.httpx_pydantic.size,
        REQUESTS: every.requests.size,
    }


def command_line(bench: Bench) -> dict[str, float]:
    ours = bench.environments.ours
    measures = {
        "bare": partial(ours.seconds_to_run, "-c", "pass"),
        "help": partial(ours.seconds_to_run, "-m", "ancla", "--help"),
    }
    taken = take_turns(measures, bench.effort(repeats=11, tries=3))
    return {OURS: taken["help"] - taken["bare"], HELP_LIMIT: 0.060}


def _first_calls(bench: Bench) -> dict[str, tuple[Environment, str]]:
    every = bench.environments
    return {
        OURS: (every.ours, _OURS + _CALL),
        HTTPX: (every.httpx_pydantic, _THEIRS + _CALL),
        REQUESTS: (every.requests, _REQUESTS),
        URLLIB: (every.ours, _URLLIB),
    }


def _compare_starts(bench: Bench, codes: dict[str, tuple[Environment, str]]) -> dict[str, float]:
    measures = {
        name: partial(environment.seconds_to_run, "-c", code, API_KEY, bench.server.http)
        for name, (environment, code) in codes.items()
    }
    return take_turns(measures, bench.effort(repeats=11, tries=3))


def _peak(environment: Environment, code: str, bench: Bench) -> float:
    return int(environment.start("-c", code, API_KEY, bench.server.http)) * 1024
