"""How far it is from a method of the client to the network and back, for who reads or debugs it."""

from __future__ import annotations

from pathlib import Path

from tests.clean_process import run_program

PROJECT = Path(__file__).parents[2]
MOST_CALLS = 42
MOST_FILES = 14
COUNT = """
from ancla import AnclaClient
from ancla.testing import FakeAncla

passed = []
def note(frame, event, _):
    if event == "call":
        passed.append(frame.f_code.co_filename)

with FakeAncla(routes="workspaces") as fake, AnclaClient(fake.api_key, fake.url) as client:
    fake.add_app("acme", "shop", "web")
    for _ in range(3):
        client.get_org("acme")
    sys.setprofile(note)
    client.get_org("acme")
    sys.setprofile(None)
print(len(passed), len(set(passed)))
"""


def test_a_warm_call_passes_few_functions_in_few_files(tmp_path: Path) -> None:
    calls, files = map(int, run_program(COUNT, path=[PROJECT], cwd=tmp_path).split())
    assert calls <= MOST_CALLS
    assert files <= MOST_FILES
