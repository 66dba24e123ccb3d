"""How the command line ends: each exit status, told in one line and without a traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla._cli.exits import run_command
from ancla.testing import FakeAncla
from tests.clean_process import run_program
from tests.cli.command_line import PACKAGE_PARENT, Outcome, finish, run, start
from tests.clients import fake_with_app
from tests.once import on_one_python, one_in
from tests.servers import ScriptedServer, replies, reply

APP = "acme/shop/web"
DEPLOY = ("apps", "deploy", APP, "--wait", "--interval", "0.01")


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app(pace="reads") as fake:
        yield fake


def test_what_the_api_refuses_ends_with_status_1(fake: FakeAncla) -> None:
    outcome = run("apps", "get", "acme/shop/absent", fake=fake)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "404" in outcome.err


def test_a_missing_key_ends_with_status_1_and_says_how_to_give_one(fake: FakeAncla) -> None:
    outcome = run("orgs", "list", "--server", fake.url)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert outcome.err.endswith("(set ANCLA_API_KEY or pass --api-key-file FILE)\n")


WHOSE_KEY = {
    "": "no API key was given: set ANCLA_API_KEY or pass --api-key-file FILE",
    "wrong": " does not accept this API key",
}


def whoami(key: str, *options: str) -> Outcome:
    """On a server whose sessions do not know API keys."""
    with FakeAncla(api_key="right", session=False) as fake:
        return run("whoami", *options, fake=fake, ANCLA_API_KEY=key)


@pytest.mark.parametrize("key", WHOSE_KEY)
def test_whoami_tells_a_missing_key_from_a_wrong_one(key: str) -> None:
    outcome = whoami(key)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert WHOSE_KEY[key] in outcome.err


def test_whoami_does_not_call_a_key_wrong_that_the_server_accepts() -> None:
    outcome = whoami("right")

    assert (outcome.status, outcome.err.count("\n")) == (0, 1)
    assert "accepts this API key, but does not return its user" in outcome.err


@pytest.mark.parametrize(("key", "status"), {"right": 0, "wrong": 1, "": 1}.items())
def test_whoami_as_json_tells_whether_the_key_is_accepted(key: str, status: int) -> None:
    outcome = whoami(key, "--json")

    assert outcome.status == status
    assert outcome.document["accepted"] is (status == 0)


def test_whoami_as_json_tells_of_a_key_that_the_session_refuses(fake: FakeAncla) -> None:
    outcome = run("whoami", "--json", fake=fake, ANCLA_API_KEY="wrong")

    assert (outcome.status, outcome.document) == (1, {"accepted": False})
    assert outcome.err.startswith("error: ")


@on_one_python
@pytest.mark.parametrize(
    ("words", "start_of_last"),
    [("orgs create Sea", "Created the organization sea"), ("whoami --json", "error: ")],
)
def test_the_result_comes_before_the_message_where_both_go_to_one_file(
    words: str, start_of_last: str, fake: FakeAncla
) -> None:
    environ = {"ANCLA_API_KEY": "wrong"} if "whoami" in words else {}
    process = start(*words.split(), fake=fake, environ=environ, stderr=subprocess.STDOUT)
    *result, last = finish(process).out.splitlines()

    assert result
    assert last.startswith(start_of_last)


def test_an_import_that_fails_in_part_ends_with_status_1_and_says_what_was_done(
    fake: FakeAncla,
) -> None:
    words = ("config", "import", APP, "-f", "-")
    outcome = run(*words, fake=fake, stdin="A=1\nno variable\n")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(
        "error: acme/shop/web: 1 created, 0 changed, 0 kept, 1 failed: line 2: "
    )


def test_what_was_not_begun_ends_with_status_1(fake: FakeAncla) -> None:
    fake.fail_next(200, body={"ok": False})
    outcome = run("apps", "deploy", APP, fake=fake)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "the request was not carried out" in outcome.err


def test_a_server_that_is_not_there_ends_with_status_1(fake: FakeAncla) -> None:
    fake.close()
    outcome = run("request", "POST", "/organizations", fake=fake)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("stage", "log"), [("deployment", "deployments log"), ("build", "images log")]
)
def test_a_failure_ends_with_status_3_and_names_its_log(
    stage: str, log: str, fake: FakeAncla
) -> None:
    for options in ([], ["--json", "-q"]):
        getattr(fake, f"fail_next_{stage}")("health check\n\x1b[31mtimed out")
        outcome = run(*DEPLOY, *options, fake=fake)

        *progress, error = outcome.err.splitlines()
        assert (outcome.status, outcome.out) == (3, "")
        assert not progress if options else f"{stage}" in progress[-1] and "failed" in progress[-1]
        assert "health check timed out" in error
        assert f"see python -m ancla {log} {APP} " in error


def test_a_followed_log_of_a_failed_build_ends_with_status_3_behind_the_log(
    fake: FakeAncla,
) -> None:
    fake.fail_next_build("no Procfile")
    image = run("images", "build", APP, "--json", fake=fake).document["image_id"]
    outcome = run("images", "log", APP, image, "--follow", "--interval", "0", fake=fake)
    assert outcome.status == 2  # an interval of nothing would be a busy loop

    outcome = run("images", "log", APP, image, "--follow", "--interval", "0.01", fake=fake)
    assert outcome.status == 3
    assert "no Procfile" in outcome.err.splitlines()[-1]
    assert outcome.out.endswith("\n")


def test_a_wait_that_takes_too_long_ends_with_status_4() -> None:
    with fake_with_app(pace="manual") as fake:
        outcome = run(*DEPLOY, "--timeout", "0.05", fake=fake)

    assert (outcome.status, outcome.out) == (4, "")
    assert f"see python -m ancla apps status {APP}" in outcome.err.splitlines()[-1]


def test_a_request_that_takes_too_long_ends_with_status_4(fake: FakeAncla) -> None:
    fake.delay_next(60)
    outcome = run("request", "POST", "/organizations", "--timeout", "0.05", fake=fake)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (4, "", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child")
def test_ctrl_c_ends_with_status_130_and_no_traceback() -> None:
    with fake_with_app(pace="manual") as fake:
        process = start("apps", "deploy", APP, "--wait", fake=fake)
        assert process.stderr
        assert "waiting for the deploy" in process.stderr.readline()
        assert "build 1: running" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        outcome = finish(process)

    assert (outcome.status, outcome.out) == (130, "")
    assert outcome.err == (
        "error: interrupted; the build or deployment may still be running on the server\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGPIPE")
@pytest.mark.parametrize("words", one_in(2, [("orgs", "list"), ("--help",)]), ids=" ".join)
def test_a_closed_pipe_ends_it_quietly(words: tuple[str, ...], fake: FakeAncla) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*words, fake=fake, stdout=writing)
    os.close(writing)
    outcome = finish(process)

    assert (outcome.status, outcome.err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_told(fake: FakeAncla) -> None:
    with open("/dev/full", "w") as full:
        outcome = finish(start("orgs", "list", fake=fake, stdout=full))

    assert outcome.status == 1
    assert outcome.err == "error: cannot write the output: No space left on device\n"


@on_one_python
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    ("words", "status"), {("orgs", "get", "absent"): 1, ("apps", "delete", APP): 2}.items()
)
def test_an_error_that_cannot_be_told_keeps_its_status(
    words: tuple[str, ...], status: int, fake: FakeAncla
) -> None:
    with open("/dev/full", "w") as full:
        outcome = finish(start(*words, fake=fake, stdout=full, stderr=full))

    assert outcome.status == status


ENDS = [
    (KeyboardInterrupt(), 130, "error: interrupted\n"),
    (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, ""),
    (OSError(errno.ENOSPC, "No space left"), 1, "error: cannot write the output: No space left\n"),
    (OSError(errno.EMFILE, "Too many open files"), 1, "error: Too many open files\n"),
    (TimeoutError("nothing came"), 1, "error: nothing came\n"),
]


@pytest.mark.parametrize(("error", "status", "told"), ENDS, ids=lambda end: repr(end)[:30])
def test_only_what_cannot_be_written_is_called_so(
    error: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def end() -> int:
        raise error

    assert run_command(end) == status
    assert capsys.readouterr() == ("", told)


def test_a_program_that_embeds_it_finds_its_streams_as_they_were(tmp_path: Path) -> None:
    program = """
from ancla.command_line import main
before = (sys.stdout.errors, sys.stderr.errors)
main(["--version"])
print(before == (sys.stdout.errors, sys.stderr.errors))
"""
    said = run_program(program, path=[PACKAGE_PARENT], cwd=tmp_path)
    assert said.splitlines()[-1] == "True"


@pytest.mark.parametrize("words", ["request GET /", f"apps get {APP}"])
def test_a_response_that_is_nested_too_deeply_ends_with_status_1(words: str) -> None:
    # Which the decoder still takes on most Pythons, while what shows it needs more of the stack.
    depth = 700 if sys.version_info < (3, 12) else 1500
    nested = "[" * depth + "]" * depth
    app = f'{{"name": "Web", "slug": "web", "latest_image": {{"a": {nested}}}}}'
    with ScriptedServer(replies(reply(app.encode()))) as server:
        outcome = run(*words.split(), "--server", server.url, ANCLA_API_KEY="key")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("error: ")
    assert "nested too deeply" in outcome.err
    assert outcome.err.count("\n") == 1


def test_an_output_that_knows_only_ascii_is_no_error(fake: FakeAncla) -> None:
    run("orgs", "create", "Grüße", fake=fake)
    environ = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    outcome = finish(start("orgs", "list", fake=fake, environ=environ))

    assert outcome.status == 0
    assert r"Gr\xfc\xdfe" in outcome.out
