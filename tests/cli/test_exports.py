"""`config export`, and that `config import` reads back what it writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla.testing import FakeAncla
from tests.awkward_values import AWKWARD_VALUES
from tests.cli.command_line import SECRET, Outcome, World, finish, furnish, run, start
from tests.clients import client_of, fake_with_app
from tests.once import on_one_python

APP = "acme/shop/web"
OTHER = "acme/shop/other"
PLACE = ("acme", "shop", "web")


@pytest.fixture
def world() -> Iterator[World]:
    """The server shows secrets, so that it is the command line that does not."""
    with FakeAncla(routes="workspaces", pace=0, mask_secrets=False) as fake:
        yield furnish(fake)


def set_all(fake: FakeAncla, values: dict[str, str]) -> None:
    with client_of(fake) as client:
        for name, value in values.items():
            client.set_config(*PLACE, name, value)


def values_of(fake: FakeAncla, app: str) -> dict[str, str]:
    with client_of(fake) as client:
        return {it.name: it.value for it in client.list_config("acme", "shop", app)}


def test_an_export_is_imported_to_the_same_values() -> None:
    with fake_with_app(pace=0, routes="workspaces", lenient=True) as fake:
        fake.add_app("acme", "shop", "other")
        set_all(fake, AWKWARD_VALUES)
        exported = run("config", "export", APP, fake=fake)
        imported = run("config", "import", OTHER, "-f", "-", stdin=exported.out, fake=fake)

        assert (exported.status, exported.err) == (0, "")
        assert (imported.status, imported.err) == (
            0,
            f"{OTHER}: {len(AWKWARD_VALUES)} created, 0 changed, 0 kept\n",
        )
        assert values_of(fake, "other") == AWKWARD_VALUES


@pytest.mark.parametrize("environ", [{}, {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}], ids=str)
def test_an_export_to_a_file_is_utf_8_whatever_the_locale(
    environ: dict[str, str], tmp_path: Path, fake: FakeAncla
) -> None:
    file = tmp_path / ".env"
    set_all(fake, {"A": "Grüße 漢字", "B": "one\r\ntwo"})
    with file.open("wb") as stdout:
        outcome = finish(start("config", "export", APP, fake=fake, environ=environ, stdout=stdout))

    assert (outcome.status, outcome.err) == (0, "")
    assert file.read_bytes() == "A='Grüße 漢字'\nB=\"one\\r\\ntwo\"\n".encode()


def test_simple_values_have_no_quotes_and_a_dollar_is_in_single_ones(fake: FakeAncla) -> None:
    set_all(fake, {"URL": "http://x:1/y", "EMPTY": "", "PRICE": "$5", "LINES": "a\nb"})
    outcome = run("config", "export", APP, fake=fake)

    assert outcome.out == "URL=http://x:1/y\nEMPTY=\nPRICE='$5'\nLINES='a\nb'\n"


@pytest.mark.parametrize("format", ["env", "docker", "json"])
def test_a_secret_is_exported_only_if_it_is_asked_for(format: str, world: World) -> None:
    words = ("config", "export", APP, "--format", format)
    without, with_secrets = (
        run(*words, *more, fake=world.fake) for more in ([], ["--show-secrets"])
    )

    assert (without.status, with_secrets.status) == (0, 0)
    assert SECRET not in without.out + without.err
    assert "********" not in without.out
    assert "info" in without.out
    assert without.err == "omitted, since they are secret, and --show-secrets is not given: TOKEN\n"
    assert SECRET in with_secrets.out
    assert with_secrets.err == ""


@pytest.mark.parametrize("options", [(), ("--show-secrets",)], ids=str)
def test_a_masked_value_is_left_out_and_named(options: tuple[str, ...]) -> None:
    with FakeAncla(routes="workspaces", pace=0, mask_secrets=True) as fake:
        furnish(fake)
        outcome = run("config", "export", APP, *options, fake=fake)
        quiet = run("config", "export", APP, *options, "-q", fake=fake)

    assert (outcome.status, outcome.out) == (0, "LOG_LEVEL=info\n")
    assert outcome.err == "omitted, since the server masks their values: TOKEN\n"
    assert quiet == Outcome(0, "LOG_LEVEL=info\n", "")


@pytest.mark.parametrize("masked", [True, False])
def test_a_resolved_export_has_the_shared_variables_too(masked: bool) -> None:
    with FakeAncla(routes="workspaces", pace=0, mask_secrets=masked) as fake:
        furnish(fake)
        with client_of(fake) as client:
            client.set_shared_config("acme", key="REGION", value="eu")
            client.set_shared_config("acme", key="LOG_LEVEL", value="debug", secret=True)
            client.set_shared_config("acme", "shop", key="SHARED", value="hunter2", secret=True)
            client.set_shared_config("acme", "shop", environment="production", key="A", value="")
        words = ("config", "export", APP, "--resolved", "--json")
        outcome = run(*words, fake=fake)
        shown = run(*words, "--show-secrets", fake=fake)

    values = {"A": "", "LOG_LEVEL": "info", "REGION": "eu"}
    secrets = {} if masked else {"SHARED": "hunter2", "TOKEN": SECRET}
    reason = (
        "the server masks their values"
        if masked
        else "they are secret, and --show-secrets is not given"
    )
    assert outcome.document == values
    assert outcome.err == f"omitted, since {reason}: SHARED, TOKEN\n"
    assert shown.document == {**values, **secrets}


def test_what_is_shared_alone_is_not_resolved(world: World) -> None:
    words = ("config", "export", "acme/shop", "--scope", "project", "--resolved")
    outcome = run(*words, fake=world.fake)

    assert (outcome.status, outcome.out) == (2, "")
    assert "--resolved cannot be combined with --scope" in outcome.err


@pytest.mark.parametrize(
    "option",
    [("--format", "json"), ("--json",), ("-o", "json"), ("--json", "--format", "json")],
    ids=str,
)
def test_json_is_an_object_of_all_values(option: tuple[str, ...], fake: FakeAncla) -> None:
    # A secret of this name, and the field of a variable, must not be taken for each other.
    values = {**AWKWARD_VALUES, "value": "v", "secret": "1", "configuration": "c"}
    set_all(fake, values)
    outcome = run("config", "export", APP, *option, fake=fake)

    assert json.loads(outcome.out) == values


def test_docker_gets_values_as_they_are(fake: FakeAncla) -> None:
    values = {"QUOTES": "'a' \"b\"", "HASH": "a #b", "SPACES": "  x  ", "EMPTY": "", "NAME": "漢"}
    set_all(fake, values)
    outcome = run("config", "export", APP, "--format", "docker", fake=fake)

    assert outcome.out == "".join(f"{name}={value}\n" for name, value in values.items())


NOT_WRITABLE = [
    ("docker", {"A": "1", "KEY": "one\ntwo"}, "KEY has a line break"),
    ("docker", {"A": "1", "KEY": "one\r"}, "KEY has a line break"),
    ("docker", {"A B": "1"}, "A B is not a valid name in a file for docker"),
    ("env", {"A": "1", "B C": "2"}, "B C is not a valid name in a .env file"),
    ("env", {"A": "x\ny\\", "B": "x'\ny\\"}, "A, B end in a backslash"),
]


@pytest.mark.parametrize(("format", "values", "said"), NOT_WRITABLE, ids=str)
def test_what_cannot_be_written_is_named_and_nothing_is_written(
    format: str, values: dict[str, str], said: str
) -> None:
    with FakeAncla(routes="workspaces", pace=0) as fake:
        variables = [{"name": name, "value": value} for name, value in values.items()]
        fake.fail_next(200, body=variables)
        outcome = run("config", "export", APP, "--format", format, fake=fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f"error: nothing was written: {said}")
    assert all(value not in outcome.err for value in values.values() if len(value) > 1)


def test_a_value_that_is_no_text_is_not_written_in_part(world: World) -> None:
    variables = [{"name": "A", "value": "1"}, {"name": "HALF", "value": "x\ud800"}]
    world.fake.fail_next(200, body=json.dumps(variables).encode())
    outcome = run("config", "export", APP, fake=world.fake)

    assert (outcome.status, outcome.out) == (1, "")
    assert "nothing was written: HALF is not valid Unicode text" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@on_one_python
def test_a_terminal_gets_no_control_characters(fake: FakeAncla) -> None:
    set_all(fake, {"A": "\x1b[2Jname"})
    ours, theirs = os.openpty()
    process = start("config", "export", APP, fake=fake, stdout=theirs)
    os.close(theirs)
    finish(process)
    text = os.read(ours, 1000)
    os.close(ours)

    assert b"name" in text
    assert b"\x1b" not in text
