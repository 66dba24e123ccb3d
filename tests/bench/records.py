"""Models without the network: decoding parsed JSON, dumping to dicts and to JSON text."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import msgspec
import pydantic

import ancla
from ancla._model import decode_list
from tests.bench.contestants import (
    MSGSPEC,
    OURS,
    OURS_EACH,
    PYDANTIC,
    PYDANTIC_LIST,
    WARM,
    Bench,
)
from tests.bench.measure import Call, compare
from tests.bench.peers import httpx_pydantic
from tests.bench.responses import (
    Record,
    image_records,
    org_records,
    org_records_with_members,
)

_RECORDS = 10_000
_PROCESSES = 15
_SECOND_CALL = """
from time import perf_counter
from ancla import Org
times = []
for _ in range(500):
    start = perf_counter()
    Org.model_validate({record}).model_dump()
    times.append(perf_counter() - start)
print(times[1], sorted(times)[250])
"""


# The ignores: where msgspec is not installed, as in the typing environment, Struct is unknown.
class _OrgMember(msgspec.Struct):  # type: ignore[misc, unused-ignore]
    username: str
    email: str | None = None
    admin: bool = False
    user_id: str = ""


class _Org(msgspec.Struct):  # type: ignore[misc, unused-ignore]
    name: str
    slug: str
    member_count: int = 0
    project_count: int = 0
    application_count: int = 0
    id: str = ""
    members: list[_OrgMember] = []


class _Image(msgspec.Struct):  # type: ignore[misc, unused-ignore]
    id: str = ""
    version: int = 0
    built: bool = False
    error: bool = False
    created: str | None = None
    updated: str | None = None
    application_id: str = ""
    repository_name: str = ""
    image_id: str | None = None
    error_detail: str | None = None
    build_slug: str | None = None
    build_ref: str | None = None
    dockerfile: str | None = None
    procfile: str | None = None
    processes: dict[str, Any] | None = None
    image_metadata: dict[str, Any] | None = None
    commit_sha: str | None = None


_Decode = Callable[[list[Record]], object]


def decode_images(bench: Bench) -> dict[str, float]:
    at_once = pydantic.TypeAdapter(list[httpx_pydantic.Image])
    return _compare_decoders(
        bench,
        image_records(_RECORDS),
        {
            OURS: _as_lists_are_decoded(ancla.Image),
            OURS_EACH: _one_by_one(ancla.Image),
            PYDANTIC: _one_by_one(httpx_pydantic.Image),
            PYDANTIC_LIST: at_once.validate_python,
            MSGSPEC: partial(msgspec.convert, type=list[_Image]),
        },
    )


def decode_orgs(bench: Bench) -> dict[str, float]:
    return _compare_org_decoders(bench, org_records(_RECORDS))


def decode_members(bench: Bench) -> dict[str, float]:
    return _compare_org_decoders(bench, org_records_with_members(_RECORDS))


def dump_images(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _images(), lambda models: [m.model_dump() for m in models])


def dump_orgs(bench: Bench) -> dict[str, float]:
    orgs = _orgs(org_records(_RECORDS))
    return _compare_dumps(bench, orgs, lambda models: [m.model_dump() for m in models])


def dump_members(bench: Bench) -> dict[str, float]:
    orgs = _orgs(org_records_with_members(_RECORDS))
    return _compare_dumps(bench, orgs, lambda models: [m.model_dump() for m in models])


def write_images(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _images(), lambda models: [m.model_dump_json() for m in models])


def write_orgs(bench: Bench) -> dict[str, float]:
    orgs = _orgs(org_records(_RECORDS))
    return _compare_dumps(bench, orgs, lambda models: [m.model_dump_json() for m in models])


def write_members(bench: Bench) -> dict[str, float]:
    orgs = _orgs(org_records_with_members(_RECORDS))
    return _compare_dumps(bench, orgs, lambda models: [m.model_dump_json() for m in models])


def memory_of_members(bench: Bench) -> dict[str, float]:
    """Bytes that a list of organisations with members keeps for each, its strings included."""
    text = json.dumps(org_records_with_members(_RECORDS))
    at_once = pydantic.TypeAdapter(list[httpx_pydantic.Org])
    decoders: dict[str, _Decode] = {
        OURS: partial(decode_list, ancla.Org),
        PYDANTIC: at_once.validate_python,
    }
    return {name: _kept(decode, text) / _RECORDS for name, decode in decoders.items()}


def second_call(bench: Bench) -> dict[str, float]:
    """Seconds for the second record of a fresh process, beside those that come long after it."""
    program = _SECOND_CALL.format(record=org_records_with_members(1)[0])
    printed = [bench.environments.ours.start("-c", program) for _ in range(_PROCESSES)]
    second, warm = zip(*(map(float, line.split()) for line in printed), strict=True)
    return {OURS: median(second), WARM: median(warm)}


def _kept(decode: _Decode, text: str) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        kept = decode(json.loads(text))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] if kept else 0
    finally:
        tracemalloc.stop()


def _as_lists_are_decoded(model: type[Any]) -> _Decode:
    def decode(records: list[Record]) -> object:
        # It uses its list up, and the next try needs the records once more.
        return decode_list(model, records.copy())

    return decode


def _one_by_one(model: type[Any]) -> _Decode:
    def decode(records: list[Record]) -> object:
        return [model.model_validate(record) for record in records]

    return decode


def _images() -> dict[str, list[Any]]:
    records = image_records(_RECORDS)
    return {
        OURS: [ancla.Image.model_validate(record) for record in records],
        PYDANTIC: [httpx_pydantic.Image.model_validate(record) for record in records],
    }


def _orgs(records: list[Record]) -> dict[str, list[Any]]:
    return {
        OURS: [ancla.Org.model_validate(record) for record in records],
        PYDANTIC: [httpx_pydantic.Org.model_validate(record) for record in records],
    }


def _compare_org_decoders(bench: Bench, records: list[Record]) -> dict[str, float]:
    at_once = pydantic.TypeAdapter(list[httpx_pydantic.Org])
    return _compare_decoders(
        bench,
        records,
        {
            OURS: _as_lists_are_decoded(ancla.Org),
            OURS_EACH: _one_by_one(ancla.Org),
            PYDANTIC: _one_by_one(httpx_pydantic.Org),
            PYDANTIC_LIST: at_once.validate_python,
            MSGSPEC: partial(msgspec.convert, type=list[_Org]),
        },
    )


def _compare_decoders(
    bench: Bench, records: list[Record], decoders: dict[str, _Decode]
) -> dict[str, float]:
    calls: dict[str, Call] = {name: partial(call, records) for name, call in decoders.items()}
    return compare(calls, bench.effort(repeats=13, tries=4))


def _compare_dumps(
    bench: Bench, models: dict[str, list[Any]], dump: Callable[[list[Any]], object]
) -> dict[str, float]:
    calls: dict[str, Call] = {name: partial(dump, made) for name, made in models.items()}
    return compare(calls, bench.effort(repeats=13, tries=4))
