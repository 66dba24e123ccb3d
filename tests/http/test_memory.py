"""The cost of parsing a response: values are counted before a large body is parsed."""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ancla._api.strict_json import MAX_VALUES, loads, max_values
from tests.clean_process import run_program
from tests.once import on_one_python
from tests.servers import ScriptedServer, replies, reply

SIZE = 63 * 1024 * 1024
GIGABYTE = 10**9
OBJECT = 3  # values that an object counts as
ASK = """
import os, resource, time
from ancla import AnclaClient, InvalidResponseError
client = AnclaClient("key", {url!r}, 300.0, trust_env=False, routes="slugs", max_retries=0)
started = time.process_time()
try:
    result = client.request("GET", "/x")
except InvalidResponseError as error:
    result = None
    print("refused" if "it contains more than" in str(error) else error, end=" ")
else:
    print("parsed", end=" ")
seconds = time.process_time() - started
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, seconds, flush=True)
os._exit(0)  # to free each value would take as long as to parse it
"""


def deep(values: int) -> bytes:
    return b",".join([b"[" * 900 + b"]" * 900] * (values // 901))


def flat(values: int) -> bytes:
    return b",".join([b"[" * 30 + b"]" * 30] * (values // 31))


def with_own_keys(values: int) -> bytes:
    """Objects in objects, with no key twice."""
    units = values // ((OBJECT + 1) * 30 + 1)
    keys = (f'{{"\u0101{number:x}":'.encode() for number in range(30 * units))
    return b",".join(b"".join(islice(keys, 30)) + b"1.5" + b"}" * 30 for _ in range(units))


@on_one_python
@pytest.mark.skipif(sys.platform != "linux", reason="measures with Linux's figures")
@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (lambda: deep(SIZE // 2), "refused"),
        (lambda: flat(MAX_VALUES - 10), "parsed"),
        (lambda: with_own_keys(MAX_VALUES - 10), "parsed"),
    ],
    ids=["deep lists", "as many lists as may be", "as many objects and keys as may be"],
)
def test_a_body_costs_at_most_a_gigabyte_and_seconds(
    values: Callable[[], bytes], outcome: str, tmp_path: Path
) -> None:
    """A text with an emoji is the dearest: Python takes four bytes for each of its characters."""
    body = b'["\xf0\x9f\x98\x80",' + values() + b"]"
    zipped = gzip.compress(body + b" " * (SIZE - len(body)), compresslevel=1)
    with ScriptedServer(replies(reply(zipped, 200, {"Content-Encoding": "gzip"}))) as server:
        program = ASK.format(url=server.url)
        said = run_program(program, path=[Path(__file__).parents[2]], cwd=tmp_path)
    came, memory, seconds = said.split()
    assert came == outcome
    assert int(memory) < GIGABYTE
    assert float(seconds) < 15  # it takes a third of that


def test_a_client_that_may_read_more_may_parse_more() -> None:
    usual = 64 * 1024 * 1024
    assert [max_values(size) for size in (1, usual, 10 * usual)] == [
        MAX_VALUES,
        MAX_VALUES,
        10 * MAX_VALUES,
    ]


def count(data: Any) -> int:
    """The values of data: strings, arrays, objects, and what is behind a comma."""
    if isinstance(data, dict):
        parts = [part for pair in data.items() for part in pair]
        return OBJECT + max(0, len(data) - 1) + sum(map(count, parts))
    if isinstance(data, list):
        return 1 + max(0, len(data) - 1) + sum(map(count, data))
    return int(isinstance(data, str))


def data_at_random(chance: random.Random, levels: int) -> Any:
    kind = chance.random()
    if levels == 0 or kind < 0.3:
        text = "".join(chance.choices('ab"\\[]{},:\n\u0101 ', k=chance.randint(0, 9)))
        return chance.choice([text, text, None, True, 12, -1.5])
    parts = [data_at_random(chance, levels - 1) for _ in range(chance.randint(0, 5))]
    return (
        parts if kind < 0.6 else {f'{part}"\\{number}': part for number, part in enumerate(parts)}
    )


@on_one_python
def test_values_are_counted_exactly_whatever_is_in_strings() -> None:
    chance = random.Random(4)
    for data in ({}, [{}] * 9, ["a"] * 9, *([data_at_random(chance, 4)] for _ in range(1000))):
        is_ascii = chance.random() < 0.5
        text = json.dumps(data, ensure_ascii=is_ascii, separators=(",", ":")).encode()
        values = count(data)
        assert loads(text, values) == data
        with pytest.raises(ValueError, match=f"^it contains more than {values - 1} values$"):
            loads(text, values - 1)


@pytest.mark.parametrize("unit", [b'"', b'""', b"[", b"{", b",", b'\\"', b'"\\"'], ids=ascii)
def test_what_is_no_json_is_counted_too_and_in_linear_time(unit: bytes) -> None:
    """Also a string without an end, and one of escapes only."""
    text = b'["' + unit * 1_000_000
    started = time.process_time()
    with pytest.raises(ValueError, match="more than 100 values|Unterminated"):
        loads(text, 100)
    assert time.process_time() - started < 0.5  # it takes a tenth of that
