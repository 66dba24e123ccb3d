"""The command `python -m ancla.testing`: the tour, and serving until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ancla import testing
from tests.once import on_one_python, one_in

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-W", "error", "-X", "dev", "-m", "ancla.testing")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Runs the command with its output in pipes. Kills it in the end."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def sections(output: str) -> dict[str, list[str]]:
    """Returns the lines below each line that is not indented."""
    found: dict[str, list[str]] = {}
    below: list[str] = []
    for line in output.splitlines():
        if line and not line.startswith(" "):
            below = found[line] = []
        elif line:
            below.append(line.strip())
    return found


HEADINGS = [
    "Create an organization, a project and an application",
    "Set its configuration",
    "Deploy it, and watch",
    "Deploy a change, and roll it back",
    "Scale it",
    "List everything",
    "Catch an error",
    "Delete it all again",
]
DELETED = [
    "variable GREETING",
    "application storefront",
    "project web-shop",
    "organization sea-trial",
]


def take_tour(*options: str) -> dict[str, list[str]]:
    return check_tour(run("tour", *options))


def check_tour(tour: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """Checks what every tour shows. Returns its sections."""
    assert (tour.returncode, tour.stderr) == (0, "")
    shown = sections(tour.stdout)
    first, *headings, last = shown
    assert first.startswith("A tour of the Ancla SDK. ")
    assert headings == HEADINGS
    assert last.endswith("requests over 1 connection.")
    assert "DATABASE_URL  **secret**  yes" in shown["Set its configuration"]
    assert shown["Deploy it, and watch"][-1].endswith("Deployment  complete")
    assert "storefront   wind" in shown["List everything"]
    assert shown["Catch an error"][0].startswith("NotFoundError: GET http://127.0.0.1:")
    assert [line.partition(":")[0] for line in shown["Delete it all again"]] == DELETED
    return shown


@on_one_python
@pytest.mark.parametrize(
    ("routes", "deletion_ends"),
    [("slugs", "deleted"), ("published", "(nothing was changed)"), ("both", "deleted")],
)
def test_the_tour_shows_what_retired_route_sets_can_do(routes: str, deletion_ends: str) -> None:
    shown = take_tour("--routes", routes, "--pace", "0")
    (refused,) = shown["Deploy a change, and roll it back"]
    assert refused.startswith("rollback: AnclaError: this server cannot roll back an application")
    assert shown["Scale it"] == ["PROCESS  COUNT", "web          3", "worker       1"]
    variable, *others = shown["Delete it all again"]
    assert variable == "variable GREETING: deleted"
    assert all(line.endswith(deletion_ends) for line in others)


TABLES = {
    "Set its configuration": """\
  NAME          VALUE       SECRET
  GREETING      ahoy        no
  DATABASE_URL  **secret**  yes
""",
    "List everything": """\
  ORGANIZATION  PROJECTS
  sea-trial            1

  PROJECT   APPLICATIONS
  web-shop             1

  ENVIRONMENT  APPLICATIONS
  production              1
  staging                 0
  development             0

  APPLICATION  PLATFORM
  storefront   wind

  IMAGE  STATUS
      2  built
      1  built

  DEPLOYMENT                            STATUS
  00000010-0000-4000-8000-000000000010  complete
  0000000f-0000-4000-8000-00000000000f  complete
  0000000c-0000-4000-8000-00000000000c  complete
""",
}


def test_the_tour_shows_todays_api() -> None:
    tour = run("tour")
    shown = check_tour(tour)
    assert "workspaces routes" in next(iter(shown))
    assert shown["Deploy a change, and roll it back"][-1].endswith("Deployment  complete")
    assert all(line.endswith(": deleted") for line in shown["Delete it all again"])
    assert "AnclaError" not in str(shown).replace("NotFoundError", "")
    for heading, table in TABLES.items():
        assert f"\n{heading}\n{table}\n" in tour.stdout


@on_one_python
def test_the_strict_tour_shows_what_the_document_lacks() -> None:
    shown = take_tour("--strict", "--pace", "0")
    refused, _, process = shown["Scale it"]
    assert refused.startswith("application: AnclaError: this server cannot scale an application")
    assert process == "web          1"
    assert all("this server cannot" in line for line in shown["Delete it all again"])


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_ends_the_tour_quietly() -> None:
    with running("tour", "--pace", "60") as process:
        assert process.stdout is not None
        while "Image" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (130, "error: interrupted\n")


@on_one_python
def test_a_closed_output_ends_the_tour_quietly() -> None:
    with running("tour") as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=10) == 141


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
@pytest.mark.parametrize(
    ("options", "path", "allowed"),
    one_in(
        4,
        [
            ((), "workspaces/x", "DELETE, GET, OPTIONS, PATCH"),
            (("--strict",), "workspaces/x", "GET, OPTIONS"),
            (("--routes", "published"), "organizations/x", "GET, OPTIONS"),
            (("--routes", "published", "--strict"), "organizations/x", "GET, OPTIONS"),
        ],
    ),
)
def test_the_command_serves_until_ctrl_c(options: tuple[str, ...], path: str, allowed: str) -> None:
    with running(*options) as process:
        assert process.stdout is not None
        first, _, server, key = (process.stdout.readline().strip() for _ in range(4))
        url = server.removeprefix("export ANCLA_SERVER=")
        assert url in first
        assert int(url.rpartition(":")[2]) >= 1024  # Any free port, and never the same one.
        request = urllib.request.Request(
            f"{url}/api/v1/{path}",
            headers={"X-API-Key": key.removeprefix("export ANCLA_API_KEY=")},
            method="OPTIONS",
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            assert response.headers["Allow"] == allowed
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


@on_one_python
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_is_quiet_after_the_output_was_closed() -> None:
    with running() as process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        process.stdout.close()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(timeout=10)) == ("", 141)


@on_one_python
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [("tour",), ()])
def test_output_that_cannot_be_written_is_an_error(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=10,
        )
    assert done.returncode == 1
    assert done.stderr == "error: cannot write the output: No space left on device\n"


@on_one_python
def test_a_port_in_use_is_an_error_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("--port", port)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith(f"error: cannot listen on port {port}: ")
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "²"], ["--pace", "-1"], ["--routes", "x"], ["y"]]
)
def test_wrong_usage_ends_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        testing.main(arguments)
    assert refused.value.code == 2
    assert "usage: python -m ancla.testing" in capsys.readouterr().err
