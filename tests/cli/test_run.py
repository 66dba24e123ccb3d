"""`run`: a command gets the app's variables, and the shell gets the command's exit status."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.awkward_values import AWKWARD_VALUES
from tests.cli.command_line import SECRET, Outcome, finish, furnish, run, start
from tests.clients import fake_with_app
from tests.once import on_one_python, one_in

APP = "acme/shop/web"
PLACE = ("acme", "shop", "web")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla(pace=0, mask_secrets=False) as fake:
        yield furnish(fake).fake


def run_program(code: str, *words: str, fake: FakeAncla, **options: Any) -> Outcome:
    return finish(start("run", APP, "--", sys.executable, "-c", code, *words, fake=fake, **options))


PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def test_a_command_gets_the_variables_of_the_app(fake: FakeAncla) -> None:
    outcome = run_program(
        PRINT_ENVIRONMENT, fake=fake, environ={"LOG_LEVEL": "shell", "OTHER": "shell"}
    )

    assert (outcome.status, outcome.err) == (0, "")
    environment = json.loads(outcome.out)
    assert environment["LOG_LEVEL"] == "info"
    assert environment["TOKEN"] == SECRET
    assert environment["OTHER"] == "shell"
    assert environment["ANCLA_SERVER"] == fake.url
    assert "ANCLA_API_KEY" not in environment


@on_one_python
def test_awkward_values_arrive_as_they_are(fake: FakeAncla, client: AnclaClient) -> None:
    for name, value in AWKWARD_VALUES.items():
        client.set_config(*PLACE, name, value)
    outcome = run_program(PRINT_ENVIRONMENT, fake=fake)

    assert AWKWARD_VALUES.items() <= json.loads(outcome.out).items()


@pytest.fixture
def masking() -> Iterator[FakeAncla]:
    """The app's TOKEN and DATABASE_URL are masked. It shares REGION with others."""
    with fake_with_app(routes="workspaces", pace=0, mask_secrets=True) as fake:
        with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
            for name in ("TOKEN", "DATABASE_URL"):
                client.set_config(*PLACE, name, SECRET, secret=True)
            client.set_shared_config("acme", key="REGION", value="eu")
        yield fake


OWN = {"DATABASE_URL": "postgres://laptop", "OTHER": "shell"}
NOT_SET = f"not set, since the server masks the values of {APP}: "
REMOVED = (
    f"removed from the environment, since the server masks the values of {APP} "
    "(--keep-own keeps yours): DATABASE_URL\n"
)
KEPT = f"kept from your own environment, since the server masks the values of {APP}: DATABASE_URL\n"


@pytest.mark.parametrize("resolved", one_in(2, [(), ("--resolved",)]), ids=str)
@pytest.mark.parametrize(
    ("options", "messages", "own"),
    [
        ((), f"{NOT_SET}TOKEN\n{REMOVED}", None),
        (("--keep-own",), f"{NOT_SET}TOKEN\n{KEPT}", "postgres://laptop"),
        (("--quiet",), "", None),
        (("--quiet", "--keep-own"), "", "postgres://laptop"),
    ],
    ids=str,
)
def test_the_callers_variable_does_not_stand_in_for_a_masked_one(
    options: tuple[str, ...],
    messages: str,
    own: str | None,
    resolved: tuple[str, ...],
    masking: FakeAncla,
) -> None:
    words = ("run", APP, *options, *resolved, "--", sys.executable, "-c", PRINT_ENVIRONMENT)
    outcome = finish(start(*words, fake=masking, environ=OWN))

    assert (outcome.status, outcome.err) == (0, messages)
    environment = json.loads(outcome.out)
    assert "TOKEN" not in environment
    assert environment.get("DATABASE_URL") == own
    assert environment["OTHER"] == "shell"
    assert environment.get("REGION") == ("eu" if resolved else None)


def test_a_resolved_value_that_is_no_text_is_refused(fake: FakeAncla) -> None:
    fake.fail_next(200, body={"KEY": {"value": "hunter2"}})
    outcome = run("run", APP, "--resolved", "--", sys.executable, "-c", "", fake=fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert "the resolved value of KEY is not text" in outcome.err
    assert "hunter2" not in outcome.err


@on_one_python
def test_what_follows_the_dashes_is_the_commands_own(fake: FakeAncla) -> None:
    words = ("--json", "--help", "-q", "--", "a b", "")
    code = "import sys; print(sys.argv[1:])"

    assert run_program(code, *words, fake=fake).out == f"{list(words)}\n"


@needs_signals
def test_an_argument_may_be_no_text_of_the_locale(fake: FakeAncla) -> None:
    code = "import os, sys; print(os.fsencode(sys.argv[1]))"
    outcome = run_program(code, os.fsdecode(b"gr\xfc\xdfe"), fake=fake)

    assert outcome.out == "b'gr\\xfc\\xdfe'\n"


# First one that is not 0: should the program replace this process, the tests end with that status.
@pytest.mark.parametrize("status", one_in(3, [7, 1, 2, 0, 255]))
def test_the_exit_status_is_that_of_the_command(status: int, fake: FakeAncla) -> None:
    code = f"raise SystemExit({status})"

    assert run_program(code, fake=fake) == Outcome(status, "", "")
    # In a program that embeds the command line, and in this one, it is a child.
    assert run("run", APP, "--", sys.executable, "-c", code, fake=fake).status == status


@needs_signals
def test_a_signal_reaches_the_command_itself(fake: FakeAncla) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    process = start("run", APP, "--", sys.executable, "-c", code, fake=fake)
    assert process.stdout
    identifier = int(process.stdout.readline())
    process.send_signal(signal.SIGTERM)

    assert identifier == process.pid
    assert finish(process).status == -signal.SIGTERM


@on_one_python
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_signals_that_python_ignores_have_their_usual_effect(fake: FakeAncla) -> None:
    # A Python would ignore SIGPIPE by itself.
    outcome = finish(start("run", APP, "--", "grep", "SigIgn", "/proc/self/status", fake=fake))

    ignored = int(outcome.out.split()[1], 16)
    assert not ignored & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)


@needs_signals
def test_a_command_that_a_signal_ends_has_the_status_of_a_shell_in_an_embedding_program(
    fake: FakeAncla,
) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    outcome = run("run", APP, "--", sys.executable, "-c", code, fake=fake)

    assert outcome.status == 128 + signal.SIGTERM


@pytest.fixture
def not_executable(tmp_path: Path) -> str:
    file = tmp_path / "data"
    file.write_text("no program")
    return str(file)


@needs_signals
@pytest.mark.parametrize("is_embedded", one_in(2, [True, False]))
def test_a_command_that_cannot_be_run_has_the_status_of_a_shell(
    is_embedded: bool, fake: FakeAncla, not_executable: str
) -> None:
    def status_and_error(command: str) -> tuple[int, str]:
        words = ("run", APP, "--", command, "hunter2")
        outcome = run(*words, fake=fake) if is_embedded else finish(start(*words, fake=fake))
        assert (outcome.out, "hunter2" in outcome.err) == ("", False)
        return outcome.status, outcome.err

    absent = (127, "error: the command after -- was not found\n")
    assert status_and_error("no-such-command-hunter2") == absent
    assert status_and_error("/absent/hunter2") == absent
    status, error = status_and_error(not_executable)
    assert (status, error.count("\n")) == (126, 1)
    assert error.startswith("error: cannot execute the command after --: Permission denied")
    Path(not_executable).chmod(0o755)
    assert status_and_error(not_executable)[0] == 126
    assert status_and_error("/")[0] == 126


def test_nothing_is_run_if_the_variables_cannot_be_read(fake: FakeAncla, tmp_path: Path) -> None:
    file = tmp_path / "ran"
    code = f"open({str(file)!r}, 'w').close()"
    fake.fail_next(500, times=10)
    outcome = run("run", APP, "--", sys.executable, "-c", code, fake=fake)

    assert outcome.status == 1
    assert not file.exists()


@pytest.mark.parametrize("variable", [("A=B", "1"), ("A", "x\0y"), ("A", "\ud800"), ("", "1")])
def test_a_variable_that_no_environment_holds_is_named(
    variable: tuple[str, str], fake: FakeAncla
) -> None:
    name, value = variable
    body = json.dumps([{"name": name, "value": value}]).encode()
    fake.fail_next(200, body=body)
    outcome = run("run", APP, "--", sys.executable, "-c", "", fake=fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert f"an environment cannot contain the variable {name!r}" in outcome.err


@on_one_python
@needs_signals
def test_the_process_that_runs_the_command_does_not_hold_the_key(fake: FakeAncla) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    code = """
import os
print(open("/proc/self/environ").read() + open("/proc/self/cmdline").read())
print(open(f"/proc/{os.getpid()}/cmdline").read())
"""
    outcome = run_program(code, fake=fake)

    assert outcome.status == 0
    assert fake.api_key not in outcome.out
    assert f"TOKEN={SECRET}" in outcome.out
    assert outcome.out.count(SECRET) == 1  # in the environment, and never among the arguments
