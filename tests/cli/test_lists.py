"""Lists: which columns a table has, and how it fits a narrow terminal."""

from __future__ import annotations

import os
import struct
import sys

import pytest

from ancla._cli.all_commands import COMMANDS
from ancla._cli.command import Command
from ancla.testing import FakeAncla
from tests.cli.command_line import finish, run, start
from tests.once import one_in

PROJECT = "acme/shop"
APP = "acme/shop/web"
LONG_SLUG = "a-service-with-a-name-of-fifty-characters-or-more-ok"


def head(text: str) -> list[str]:
    return text.splitlines()[0].split()


def test_a_list_of_apps_has_no_column_for_what_the_server_never_sends(fake: FakeAncla) -> None:
    outcome = run("apps", "list", PROJECT, fake=fake)

    assert outcome.out == "NAME  SLUG  PLATFORM\nweb   web   wind\n"


def test_columns_are_those_that_are_asked_for_in_their_order(fake: FakeAncla) -> None:
    words = ("apps", "list", PROJECT, "--columns", "environment,slug,process_counts")
    outcome = run(*words, fake=fake)

    assert head(outcome.out) == ["ENVIRONMENT", "SLUG", "PROCESS", "COUNTS"]
    assert outcome.out.splitlines()[1].split()[:2] == ["production", "web"]


def test_a_script_gets_one_column_without_its_header(fake: FakeAncla) -> None:
    fake.add_app("acme", "shop", "worker")
    outcome = run("apps", "list", PROJECT, "--columns", "slug", "--no-header", fake=fake)

    assert (outcome.status, outcome.out) == (0, "web\nworker\n")


def test_an_empty_list_without_a_header_is_empty(fake: FakeAncla) -> None:
    outcome = run("images", "list", APP, "--no-header", fake=fake)

    assert (outcome.status, outcome.out) == (0, "")


def test_json_has_all_fields_whatever_the_columns(fake: FakeAncla) -> None:
    words = ("apps", "list", PROJECT, "--columns", "slug", "--no-header", "--json")

    assert run(*words, fake=fake).document[0]["platform"] == "wind"


LISTS = [command for command in COMMANDS if "list" in command.words.split()]


@pytest.mark.parametrize("command", LISTS, ids=lambda command: command.words)
def test_every_list_refuses_a_column_that_cannot_be(command: Command, fake: FakeAncla) -> None:
    words = command.example.split()
    for columns in ("hunter2", "slug,,name", "", "name,hunter2"):
        outcome = run(*words, "--columns", columns, fake=fake)

        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.startswith("error: argument --columns: should ")
        assert "hunter2" not in outcome.err
    assert not fake.requests


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@pytest.mark.parametrize("width", one_in(4, [40, 79, 60, 20]))
def test_a_slug_is_whole_in_a_narrow_terminal(width: int, fake: FakeAncla) -> None:
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios", exc_type=ImportError)
    fake.add_app("acme", "shop", LONG_SLUG)
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = start("apps", "list", PROJECT, fake=fake, stdout=theirs, environ={"NO_COLOR": "1"})
    os.close(theirs)
    finish(process)
    text = os.read(ours, 4000).decode()
    os.close(ours)

    assert text.splitlines()[2].split()[1] == LONG_SLUG
    assert "..." in text.splitlines()[2].split()[0]
