"""Every figure of the bench: what it is, how it is measured, what it may be beside its peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.bench import calls, growth, records, starts
from tests.bench.contestants import (
    AT_1_000,
    AT_10_000,
    EARLY,
    HELP_LIMIT,
    HTTP_CLIENT,
    HTTPX,
    IMPORT_LIMIT,
    OURS,
    PYDANTIC,
    WARM,
    Bench,
)


@dataclass(frozen=True)
class Figure:
    """One thing that is measured; `goals` holds the highest ratio allowed beside a peer."""

    name: str
    what: str
    unit: str
    measure: Callable[[Bench], dict[str, float]]
    goals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A figure beside one peer: `ours` and `theirs` in seconds or bytes."""

    figure: Figure
    peer: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def goal(self) -> float | None:
        return self.figure.goals.get(self.peer)

    @property
    def missed(self) -> bool:
        return self.goal is not None and self.ratio > self.goal


FIGURES = (
    Figure("import", "import ancla", "ms", starts.import_alone, {IMPORT_LIMIT: 1.0}),
    Figure("construct", "start, import, make a client", "ms", starts.construct, {HTTPX: 0.35}),
    Figure("first-call", "start to first response", "ms", starts.first_call, {HTTPX: 0.38}),
    Figure("peak", "peak memory of that", "MB", starts.peak_memory, {HTTPX: 0.62}),
    Figure("size", "installed size", "kB", starts.installed_size),
    Figure("help", "python -m ancla --help", "ms", starts.command_line, {HELP_LIMIT: 1.0}),
    Figure("get", "GET, get_org", "µs", calls.get, {HTTPX: 0.15, HTTP_CLIENT: 0.60}),
    Figure(
        "get-slugs",
        "GET on slug routes",
        "µs",
        calls.get_on_slug_routes,
        {HTTPX: 0.15, HTTP_CLIENT: 0.60},
    ),
    Figure("post", "POST, create_org", "µs", calls.post, {HTTPX: 0.15, HTTP_CLIENT: 0.60}),
    Figure("tls", "GET over TLS", "µs", calls.get_over_tls, {HTTPX: 0.17, HTTP_CLIENT: 0.60}),
    Figure("list-one", "list_images, 1", "µs", calls.list_one, {HTTPX: 0.17}),
    Figure("list", "list_images, 10,000", "ms", calls.list_images, {HTTPX: 0.55}),
    Figure("threads-8", "GET from 8 threads", "µs", calls.from_8_threads, {HTTPX: 0.17}),
    Figure("threads-32", "GET from 32 threads", "µs", calls.from_32_threads, {HTTPX: 0.17}),
    Figure("decode-images", "decode 10,000 images", "ms", records.decode_images, {PYDANTIC: 0.55}),
    Figure("decode-orgs", "decode 10,000 orgs", "ms", records.decode_orgs, {PYDANTIC: 0.55}),
    Figure(
        "decode-members", "decode, with members", "ms", records.decode_members, {PYDANTIC: 0.85}
    ),
    Figure("dump-images", "model_dump, 10,000 images", "ms", records.dump_images, {PYDANTIC: 0.6}),
    Figure("dump-orgs", "model_dump, 10,000 orgs", "ms", records.dump_orgs, {PYDANTIC: 1.1}),
    Figure("dump-members", "model_dump, with members", "ms", records.dump_members, {PYDANTIC: 1.1}),
    # Pydantic writes these in Rust.
    Figure("json-images", "model_dump_json, images", "ms", records.write_images, {PYDANTIC: 2.0}),
    Figure("json-orgs", "model_dump_json, orgs", "ms", records.write_orgs, {PYDANTIC: 3.4}),
    Figure(
        "json-members",
        "model_dump_json, with members",
        "ms",
        records.write_members,
        {PYDANTIC: 3.4},
    ),
    Figure("second", "the second record of a process", "µs", records.second_call, {WARM: 3.0}),
    Figure("memory", "memory per record", "B", growth.memory_per_record, {HTTPX: 0.50}),
    Figure(
        "memory-members",
        "memory per org with members",
        "B",
        records.memory_of_members,
        {PYDANTIC: 0.55},
    ),
    Figure(
        "growth-time",
        "time per record of 40,000",
        "µs",
        growth.time_with_records,
        {AT_10_000: 1.5, AT_1_000: 1.5},
    ),
    Figure(
        "growth-memory",
        "memory per record of 40,000",
        "B",
        growth.memory_with_records,
        {AT_10_000: 1.2, AT_1_000: 1.2},
    ),
    Figure(
        "growth-peak",
        "peak memory per record of 40,000",
        "B",
        growth.peak_with_records,
        {AT_10_000: 1.2, AT_1_000: 1.2},
    ),
    Figure("calls-time", "GET after 9,000 calls", "µs", growth.time_with_calls, {EARLY: 1.1}),
    Figure("calls-memory", "held after 10,000 GETs", "kB", growth.memory_with_calls, {EARLY: 1.02}),
)


def rows(figure: Figure, measured: Mapping[str, float]) -> list[Row]:
    """The figure beside every peer that was measured with it."""
    ours = measured[OURS]
    return [Row(figure, peer, ours, value) for peer, value in measured.items() if peer != OURS]
