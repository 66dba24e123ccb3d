"""32 threads use a new client at once, which matters most on a Python without the GIL."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

import ancla
from tests.clean_process import run_program

PARENT = Path(ancla.__path__[0]).parent

# Each runs in `work(number)` of 32 threads that a barrier lets go at the same time.
MODELS = """
def work(number):
    from ancla.models import App, Image, Org
    for count in range(20):
        org = Org.model_validate(
            {"name": f"{number}", "slug": "a", "members": [{"username": f"{count}"}], "new": 1}
        )
        assert org.members[0].username == f"{count}" and org.model_extra == {"new": 1}
        assert Org.model_validate_json(org.model_dump_json()) == org
        assert org.model_copy(update={"slug": "b"}).model_dump()["name"] == f"{number}"
        assert App.model_validate({"name": "A", "slug": f"{number}"}).slug == f"{number}"
        assert Image.model_validate({"version": number}).model_fields_set == {"version"}
        assert list(Org.model_fields)[:2] == ["name", "slug"]
"""
POOL = """
from ancla.testing import FakeAncla
fake = FakeAncla()
client = ancla.AnclaClient(fake.api_key, fake.url, trust_env=False)
fake.add_app("o", "p", "a")

def work(number):
    for count in range(5):
        name = f"N{number}_{count}"
        assert client.set_config("o", "p", "a", name, f"{count}").name == name
        assert client.get_config("o", "p", "a", name).value == f"{count}"
        assert client.get_app("o", "p", "a").slug == "a"

def afterwards():
    assert len(client.list_config("o", "p", "a")) == 32 * 5
    assert fake.connections <= 32
    client.close()
    fake.close()
"""
PROGRAM = """
import threading
from concurrent.futures import ThreadPoolExecutor

import ancla

sys.setswitchinterval(1e-6)
afterwards = lambda: None
{work}
barrier = threading.Barrier(32)

def start(number):
    barrier.wait(30)
    work(number)

with ThreadPoolExecutor(32) as executor:
    list(executor.map(start, range(32)))
afterwards()
print("done")
"""


@pytest.mark.parametrize("work", [MODELS, POOL], ids=["models", "pool"])
def test_the_first_use_by_many_threads_at_once(work: str, tmp_path: Path) -> None:
    assert run_program(PROGRAM.format(work=work), path=[PARENT], cwd=tmp_path) == "done\n"


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="needs a Python without the GIL"
)
def test_the_package_does_not_enable_the_gil(tmp_path: Path) -> None:
    program = "import ancla, ancla.testing, sys; ancla.AnclaClient(); print(sys._is_gil_enabled())"
    assert run_program(program, path=[PARENT], cwd=tmp_path) == "False\n"
