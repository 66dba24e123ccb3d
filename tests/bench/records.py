"""Models without the network: decoding parsed JSON, dumping to dicts and to JSON text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pydantic

import ancla
from ancla._model import decode_list
from tests.bench.answers import Record, image_records, org_records
from tests.bench.contestants import MSGSPEC, OURS, OURS_EACH, PYDANTIC, PYDANTIC_LIST, Bench
from tests.bench.measure import Call, compare
from tests.bench.peers import httpx_pydantic

_RECORDS = 10_000


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
    at_once = pydantic.TypeAdapter(list[httpx_pydantic.Org])
    return _compare_decoders(
        bench,
        org_records(_RECORDS),
        {
            OURS: _as_lists_are_decoded(ancla.Org),
            OURS_EACH: _one_by_one(ancla.Org),
            PYDANTIC: _one_by_one(httpx_pydantic.Org),
            PYDANTIC_LIST: at_once.validate_python,
            MSGSPEC: partial(msgspec.convert, type=list[_Org]),
        },
    )


def dump_images(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _images(), lambda models: [m.model_dump() for m in models])


def dump_orgs(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _orgs(), lambda models: [m.model_dump() for m in models])


def write_images(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _images(), lambda models: [m.model_dump_json() for m in models])


def write_orgs(bench: Bench) -> dict[str, float]:
    return _compare_dumps(bench, _orgs(), lambda models: [m.model_dump_json() for m in models])


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


def _orgs() -> dict[str, list[Any]]:
    records = org_records(_RECORDS)
    return {
        OURS: [ancla.Org.model_validate(record) for record in records],
        PYDANTIC: [httpx_pydantic.Org.model_validate(record) for record in records],
    }


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
