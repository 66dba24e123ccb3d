"""The memory that parsing the worst response takes."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from tests.clean_process import run_program
from tests.once import on_one_python
from tests.servers import ScriptedServer, replies, reply

GIGABYTE = 10**9
ASK = """
import os, resource
from ancla import AnclaClient
client = AnclaClient("key", {url!r}, 300.0, trust_env=False, max_retries=0)
result = client.request("GET", "/x")
print(len(result), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
os._exit(0)  # Freeing each value would take as long as parsing it.
"""


@on_one_python
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_parsing_the_worst_response_takes_at_most_a_gigabyte(tmp_path: Path) -> None:
    """Nested lists are the worst. With an emoji, Python takes four bytes for each character."""
    nested = b"," + b"[" * 900 + b"]" * 900
    lists = 16 * 1024 * 1024 // len(nested) - 1
    body = b'["\xf0\x9f\x98\x80"' + nested * lists + b"]"
    zipped = gzip.compress(body, compresslevel=1)
    with ScriptedServer(replies(reply(zipped, 200, {"Content-Encoding": "gzip"}))) as server:
        program = ASK.format(url=server.url)
        printed = run_program(program, path=[Path(__file__).parents[2]], cwd=tmp_path)
    items, memory = printed.split()
    assert int(items) == 1 + lists
    assert int(memory) < GIGABYTE
