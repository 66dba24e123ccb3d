"""Systems with restrictions: missing modules, no free descriptors, no network, audit hooks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clean_process import ITS_OUTPUT, USE_THE_SDK, run_program, run_python
from tests.once import on_one_python, one_in
from tests.servers import ScriptedServer, json_reply, replies, reply

PROJECT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

# Simulates missing modules of the standard library, as on Debian's python3-minimal.
WITHOUT = """
sys.modules.update(dict.fromkeys({missing!r}))
import ancla
from ancla import AnclaClient, Org, AnclaError
print(Org.model_validate({{"id": "i", "name": "n", "slug": "s"}}).slug)
try:
    AnclaClient("key", "http://127.0.0.1:1")
except AnclaError as error:
    print(type(error).__name__, error)
"""
FOUND = {
    "http": ["http", "http.client", "http.server"],
    "http.client": ["contextvars", "http", "http.client", "http.server"],  # as on Debian
    "urllib": ["contextvars", "urllib", "urllib.parse", "urllib.request"],
    "email": ["email", "email.utils", "email.message", "email.parser"],
    # tempfile needs shutil, and python3-minimal has neither.
    "tempfile": ["shutil", "tempfile"],
    "select": ["select"],
    "unicodedata": ["unicodedata"],
    "urllib.request": ["urllib.request"],
}


@pytest.mark.parametrize("name", one_in(3, FOUND))
def test_a_client_names_the_missing_module_and_its_package(name: str, tmp_path: Path) -> None:
    program = WITHOUT.format(missing=FOUND[name])
    slug, said = run_program(program, path=[PROJECT], cwd=tmp_path).splitlines()
    assert slug == "s"
    assert said.startswith("AnclaError this Python has no module ")
    assert name in said and "the package python3 has it" in said


@pytest.mark.skipif("ANCLA_MINIMAL_PYTHON" not in os.environ, reason="needs one, see below")
def test_on_python3_minimal_the_package_imports_and_names_what_is_missing() -> None:
    """ANCLA_MINIMAL_PYTHON: where python3-minimal and libpython3-minimal were unpacked, by
    `apt-get download python3.13-minimal libpython3.13-minimal` and `dpkg-deb -x ... FOLDER`.
    """
    folder = Path(os.environ["ANCLA_MINIMAL_PYTHON"])
    python = next(path for path in (folder / "usr" / "bin").glob("python3.*"))
    environ = {"PYTHONHOME": str(folder / "usr"), "PYTHONDONTWRITEBYTECODE": "1"}
    program = "import sys; sys.path.insert(0, sys.argv[1])" + WITHOUT.format(missing=[])
    told = run_python("-c", program, PROJECT, cwd=folder, python=python, environment=environ)
    assert "this Python has no module" in told and "python3-minimal" in told
    environ["PYTHONPATH"] = str(PROJECT)
    told = run_python("-m", "ancla", "--help", cwd=folder, python=python, environment=environ)
    assert told.startswith("usage: ")
    for command in PROGRAMS:
        process = subprocess.run(
            [python, "-m", *command], cwd=folder, env=environ, capture_output=True, encoding="utf-8"
        )
        assert (process.returncode, process.stdout) == (1, "")
        assert_is_told_in_one_line(process.stderr)


PROGRAMS = [["ancla.vendor", "copy"], ["ancla.testing"], ["ancla.testing", "tour"]]


def assert_is_told_in_one_line(said: str) -> None:
    (line,) = said.splitlines()
    assert line.startswith("error: this Python has no module ")
    assert line.endswith(" (the package python3 has it, python3-minimal does not)")


@pytest.mark.parametrize("command", PROGRAMS, ids=" ".join)
def test_a_command_names_the_missing_module_in_one_line(command: list[str], tmp_path: Path) -> None:
    missing = [*FOUND["http"], *FOUND["tempfile"]]
    program = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({missing!r}))
sys.argv, sys.stderr = {command!r}, sys.stdout
try:
    runpy.run_module({command[0]!r}, run_name="__main__", alter_sys=True)
except SystemExit as stopped:
    assert stopped.code == 1
"""
    assert_is_told_in_one_line(run_program(program, path=[PROJECT], cwd=tmp_path))


@on_one_python
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("ModuleNotFoundError('not here')", "not here"),
        ("ModuleNotFoundError()", "a module of this Python cannot be imported"),
        ("ImportError('libx.so.1: cannot open', name='_x')", "libx.so.1: cannot open"),
    ],
)
def test_an_import_error_without_a_name_is_one_line(error: str, said: str, tmp_path: Path) -> None:
    program = f"""
from ancla._cli.exits import run_command
def fail(): raise {error}
sys.stderr = sys.stdout
print(run_command(fail))
class NoSelect:
    def find_spec(self, name, path=None, target=None):
        if name == "select":
            raise {error}
sys.modules.pop("select", None)
sys.meta_path.insert(0, NoSelect())
import ancla
try:
    ancla.AnclaClient("key", "http://127.0.0.1:1")
except (ancla.AnclaError, ImportError) as raised:
    print("None" in str(raised), not str(raised))
"""
    told = run_program(program, path=[PROJECT], cwd=tmp_path)
    assert told.splitlines()[:2] == [f"error: {said}", "1"]
    assert told.splitlines()[2].startswith("False ")


NO_DESCRIPTORS = """
import os, resource
import ancla
from ancla.client import clock_of
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
client = ancla.AnclaClient("key", {url!r}, 5, trust_env=False, max_retries=1)
clock_of(client).sleep = lambda seconds: None
client.list_orgs()
try:
    while True:
        os.dup(0)
except OSError:
    pass
for _ in range(3):
    try:
        client.get_org("absent")
    except ancla.AnclaError as error:
        print(type(error).__name__, error)
"""


@on_one_python
@linux_only
def test_a_kept_connection_works_without_free_file_descriptors(tmp_path: Path) -> None:
    """The third response closes the connection. If no new one can be opened, an error says so."""
    missing, last = reply(b"", 404), reply(b"", 404, {"Connection": "close"})
    with ScriptedServer(replies(json_reply([]), missing, last)) as server:
        program = NO_DESCRIPTORS.format(url=server.url)
        one, two, three = run_program(program, path=[PROJECT], cwd=tmp_path).splitlines()
    assert one.startswith("NotFoundError ") and two.startswith("NotFoundError ")
    assert three.startswith(
        ("NotFoundError ", "APIConnectionError ")
    )  # closing it has freed its descriptor


HOOK = """
import ancla
from ancla.client import clock_of
class Refused(PermissionError): pass
attempts = []
def hook(event, arguments):
    if event == refused:
        attempts.append(event)
        raise error
client = ancla.AnclaClient("key", {url!r}, 5, trust_env=False, max_retries=2)
clock_of(client).sleep = lambda seconds: None
refused = error = None
sys.addaudithook(hook)
for refused in ("socket.connect", "socket.getaddrinfo", "socket.__new__"):
    for error in (Refused("no"), TimeoutError(), RuntimeError("no")):
        for method in ("GET", "POST"):
            attempts.clear()
            try:
                client.request(method, "/x")
            except Exception as raised:
                print(raised is error, error.__cause__, attempts == [refused])
"""


def test_an_exception_of_an_audit_hook_is_raised_unchanged(tmp_path: Path) -> None:
    """Fault 37: it is no failure of the network, so it is neither wrapped nor tried again."""
    with ScriptedServer(replies(json_reply([]))) as server:
        program = HOOK.format(url=server.url)
        told = run_program(program, path=[PROJECT], cwd=tmp_path).splitlines()
    assert told == ["True None True"] * 18


POLICY = """
# The standard library may compile code: dataclasses makes methods from text.
def hook(event, arguments):
    if event == "compile" and arguments[0] is not None:
        caller = sys._getframe(1).f_globals["__name__"]
        if caller.partition(".")[0] not in sys.stdlib_module_names:
            raise PermissionError(f"{caller} makes code from text")
sys.addaudithook(hook)
"""


def test_the_sdk_works_under_a_policy_against_code_from_text(tmp_path: Path) -> None:
    program = POLICY + USE_THE_SDK.format(package="ancla")
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == ITS_OUTPUT


def test_the_policy_of_this_test_stops_code_from_text(tmp_path: Path) -> None:
    program = (
        POLICY
        + """
try:
    eval("1")
except PermissionError as error:
    print(error)
"""
    )
    said = run_program(program, path=[PROJECT], cwd=tmp_path)
    assert said == "__main__ makes code from text\n"


def _tour(
    *before: str, prepare: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "ancla.testing", "tour"],
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        preexec_fn=prepare,
    )


@on_one_python
@linux_only
def test_without_a_network_the_tour_fails_with_one_line() -> None:
    alone = ("unshare", "--map-root-user", "--net")
    if (
        not shutil.which("unshare")
        or subprocess.run([*alone, "true"], capture_output=True).returncode
    ):
        pytest.skip("needs a network of its own")
    finished = _tour(*alone)
    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1
    assert finished.stderr.startswith("error: ") and "unreachable" in finished.stderr


@on_one_python
@linux_only
def test_the_tour_needs_few_descriptors() -> None:
    import resource

    finished = _tour(prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)))
    assert (finished.returncode, finished.stderr) == (0, "")
