"""The logger "ancla" gets one line for each attempt and each retry, without secrets."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ancla import AnclaError
from tests.clients import KEY, client_for, run_script
from tests.once import on_one_python
from tests.servers import (
    Connection,
    Request,
    ScriptedServer,
    json_reply,
    replies,
    reply,
    then_close,
)

PROJECT = Path(__file__).parents[2]
REQUEST_ID = "request-7f3a"


def _lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "ancla" and record.levelno == level
    ]


def test_each_attempt_is_one_debug_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="ancla")
    good = json_reply([], headers={"X-Request-ID": REQUEST_ID})
    with ScriptedServer(replies(good)) as server, client_for(server) as client:
        client.request("GET", "/first?token=s3cret")
        client.request("POST", "/second", json={})
    first, second = _lines(caplog, logging.DEBUG)
    assert re.search(r"GET /api/v1/first\b.*\b200\b.*\d ms\b.*attempt 1\b.*\bnew\b", first)
    assert re.search(r"POST /api/v1/second\b.*\b200\b.*\d ms\b.*attempt 1\b.*\breused\b", second)
    assert REQUEST_ID in first
    assert "?" not in first
    assert _lines(caplog, logging.INFO) == []


def test_each_retry_is_one_info_line_with_its_reason_and_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="ancla")
    script = replies(reply(b"", 503), then_close(b""), json_reply([]))
    with ScriptedServer(script) as server, client_for(server, max_retries=2) as client:
        client.request("GET", "/x")
    attempts = _lines(caplog, logging.DEBUG)
    assert [re.findall(r"attempt (\d)", line) for line in attempts] == [["1"], ["2"], ["3"]]
    first, second = _lines(caplog, logging.INFO)
    assert re.search(r"\b0\.50? s\b.*\b503\b", first)
    assert re.search(r"\b1\.00? s\b.*closed", second)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_a_line_has_the_time_that_the_attempt_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="ancla")

    def late(connection: Connection, _: Request) -> None:
        connection.server.stopping.wait(0.02)
        connection.send(json_reply([]))

    with ScriptedServer(replies(late)) as server, client_for(server) as client:
        client.request("GET", "/x")
    (line,) = _lines(caplog, logging.DEBUG)
    taken = re.search(r" in ([0-9.]+) ms, .* request id -$", line)
    assert taken is not None
    assert 19 <= float(taken[1]) < 10_000


def test_a_request_id_cannot_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="ancla")
    forged = json_reply([], headers={"X-Request-ID": "\x85\x1b[31mfine" + "a" * 5000})
    with ScriptedServer(replies(forged)) as server, client_for(server) as client:
        client.request("GET", "/x")
    (line,) = _lines(caplog, logging.DEBUG)
    assert line.isprintable()
    assert len(line) < 1000


def test_no_line_contains_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"Set-Cookie": "session=hunter2", "X-Other": "hunter2", "Location": "/hunter2"}
    script = replies(
        json_reply({"name": "TOKEN", "value": "hunter2"}, 201, headers),
        json_reply({"detail": "hunter2"}, 503, headers),
        then_close(b"hunter2\r\n\r\n"),
        then_close(b"HTTP/1.1 200 OK\r\nhunter2\r\n\r\n"),
        then_close(b"HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n"),
        reply(b"hunter2", 302, headers),
    )
    with ScriptedServer(script) as server, client_for(server, max_retries=4) as client:
        client.set_config("o", "p", "a", "TOKEN", "hunter2", secret=True, buildtime=False)
        with pytest.raises(AnclaError):
            client.request("PUT", "/x", json={"name": "TOKEN", "value": "hunter2"})
    assert len(server.requests) == 6
    assert len(caplog.records) >= 10
    assert "hunter2" not in caplog.text
    assert KEY not in caplog.text
    assert "X-API-Key" not in caplog.text


def test_the_logger_prints_nothing_without_a_handler() -> None:
    """Without the NullHandler, Python would print warnings of a library to stderr."""
    script = (
        "import logging, ancla\n"
        "client = ancla.AnclaClient('key', 'http://127.0.0.1:1', max_retries=0, trust_env=False)\n"
        "try: client.list_orgs()\n"
        "except ancla.AnclaError: pass\n"
        "kinds = [type(handler).__name__ for handler in logging.getLogger('ancla').handlers]\n"
        "assert kinds == ['NullHandler'], kinds\n"
        "assert logging.getLogger('ancla').level == logging.NOTSET\n"
        "assert logging.getLogger().handlers == []\n"
    )
    finished = run_script(script)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


@on_one_python
def test_two_copies_have_a_logger_each(tmp_path: Path) -> None:
    """Each is named after its copy, so that a line shows which copy it is from."""
    for host in ("one", "two"):
        (tmp_path / host).mkdir()
        (tmp_path / host / "__init__.py").touch()
        write_copy = [sys.executable, "-m", "ancla.vendor", str(tmp_path / host / "ancla")]
        subprocess.run(write_copy, cwd=PROJECT, check=True, capture_output=True)
    program = (
        "import logging, sys\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from one.ancla import AnclaClient as One, AnclaError\n"
        "from two.ancla import AnclaClient as Two\n"
        "logging.basicConfig(level=logging.DEBUG, format='%(name)s', stream=sys.stdout)\n"
        "for Client in (One, Two):\n"
        "    try: Client('key', 'http://127.0.0.1:1', max_retries=0, trust_env=False).list_orgs()\n"
        "    except Exception: pass\n"
    )
    finished = run_script(program)
    assert (finished.stdout.split(), finished.stderr) == (["one.ancla", "two.ancla"], "")
