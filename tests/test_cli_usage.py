"""Help, options before and behind the words, and what is said about wrong usage."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

import ancla
from ancla._cli import _client as make_client
from ancla._cli.commands import COMMANDS, GROUPS, Command
from ancla._cli.parser import parse
from ancla.testing import FakeAncla

from .command_line import World, finish, furnish, run, start

APP = "acme/shop/web"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with FakeAncla(pace=0) as fake:
        yield furnish(fake)


LEVELS = ["", *GROUPS, *(command.words for command in COMMANDS)]


@pytest.mark.parametrize("words", LEVELS)
def test_help_has_an_example_on_every_level(words: str) -> None:
    outcome = run(*words.split(), "--help")

    program = f"python -m ancla {words}".rstrip()
    example = outcome.out.partition("\nexample")[2]
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(f"usage: {program} ")
    assert f"\n  {program}" in example
    assert "--timeout" in outcome.out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_the_example_in_the_help_is_understood(command: Command) -> None:
    words = shlex.split(command.example.partition(" < ")[0])

    assert parse(words)[0] is command


@pytest.mark.parametrize("words", ["", "apps", "apps deploy"])
def test_help_before_the_words_is_help_behind_them(words: str) -> None:
    assert run("help", *words.split()) == run(*words.split(), "--help")


@pytest.mark.parametrize("words", ["", *GROUPS])
def test_without_a_command_the_help_is_the_answer_and_the_status_2(words: str) -> None:
    outcome = run(*words.split())

    assert (outcome.status, outcome.out) == (2, "")
    assert "\ncommands:\n" in outcome.err


def test_the_version_is_that_of_the_package() -> None:
    outcome = finish(start("--version"))

    assert (outcome.status, outcome.out) == (0, f"ancla-sdk {ancla.__version__}\n")


@pytest.mark.parametrize(
    "words",
    ["--json -q orgs list", "orgs --json list -q", "-q orgs list --json", "orgs list --json -q"],
)
def test_options_of_every_command_may_stand_anywhere(words: str, world: World) -> None:
    outcome = run("--server", world.fake.url, *words.split(), ANCLA_API_KEY=world.fake.api_key)

    assert outcome.status == 0
    assert outcome.document[0]["slug"] == "acme"


@pytest.mark.parametrize(
    "words",
    ["--secret A=1 --buildtime B=2", "A=1 --secret -- B=2", "--secret -- A=1 B=2", "-- A=1 B=2"],
)
def test_options_and_their_end_may_stand_between_the_words_of_a_list(
    words: str, world: World
) -> None:
    outcome = run("config", "set", APP, *words.split(), fake=world.fake)

    assert (outcome.status, outcome.err) == (0, "Set A.\nSet B.\n")


DEEP = "[" * 100_000
WRONG = {
    "orgs lost": "; did you mean 'list'?",
    "aps list acme/shop": "; did you mean 'apps'?",
    "orgs xyz": "invalid choice: 'xyz'",
    "orgs get": "the following arguments are required: ORG",
    "orgs get a/b": "argument ORG: should look like acme, not 'a/b'",
    "apps get acme/shop": "should look like acme/shop/web, not 'acme/shop'",
    "apps get acme//web": "should look like acme/shop/web, not 'acme//web'",
    f"apps get {APP} more words": "unrecognized arguments: more words",
    f"apps get {APP} --jso": "unrecognized arguments: --jso",
    "apps get acme/shop/..": "app",
    "apps create acme/shop Web": "required: --platform",
    f"apps update {APP}": "nothing to change",
    f"apps update {APP} --deployment-timeout soon": "should be a whole number, not 'soon'",
    f"apps scale {APP} web": "expected PROCESS=COUNT, such as web=2, not 'web'",
    f"apps scale {APP} web=-1": "not 'web=-1'",
    f"apps scale {APP} web=1 web": "not 'web'",
    f"apps scale {APP} web=2 web=3": "web is given more than once",
    f"config set {APP}": "nothing to set",
    f"config set {APP} =1": "a variable needs a name",
    f"config set {APP} A=1 A=2": "A is given more than once",
    f"config set {APP} A=1 --stdin A": "A is given more than once",
    f"config set {APP} A B": "standard input holds one value, not 2: A, B",
    f"config set {APP} A": "no value of A on standard input; A= would set it to nothing",
    f"config delete {APP} A": f"give --yes to delete the variable A of {APP}",
    f"config import {APP} -f /absent/.env": "cannot read /absent/.env: No such file",
    "request GET organizations": "path",
    "request POST /organizations --data {": "--data is no JSON: ",
    "request POST /organizations --data NaN": "--data is no JSON: NaN is not JSON",
    f"request POST /organizations --data {DEEP}": "--data is no JSON: it is nested too deeply",
    "request POST /organizations --data @/absent": "cannot read /absent: No such file",
    "orgs list --timeout 0": "should be a number of seconds above 0, not '0'",
    "orgs list --timeout nan": "should be a number of seconds above 0, not 'nan'",
    "orgs list --timeout soon": "should be a number of seconds above 0, not 'soon'",
    "orgs list --proxy ftp://x": "proxy",
    "orgs list --server nowhere": "server",
    "orgs list --ca-file /absent.pem": "cannot use /absent.pem: No such file",
    f"orgs list --ca-file {__file__}": "it holds no certificates in PEM",
    "orgs list --api-key-file /absent": "cannot read /absent: No such file",
}


@pytest.mark.parametrize("words", WRONG, ids=lambda words: words[:80])
def test_wrong_usage_is_told_in_one_line_before_anything_is_sent(words: str, world: World) -> None:
    world.fake.clear_requests()
    outcome = run(*words.split(), fake=world.fake)

    assert (outcome.status, outcome.out) == (2, "")
    assert WRONG[words] in outcome.err
    assert outcome.err.startswith("error: ")
    assert outcome.err.endswith("--help)\n")
    assert outcome.err.count("\n") == 1
    assert not world.fake.requests


SECONDS_FOR_A_REQUEST = {
    "orgs list": 30,
    "orgs list --timeout 5": 5,
    f"apps deploy {APP} --timeout 900": 900,
    f"apps deploy {APP} --wait --timeout 900": 30,
    f"apps deploy {APP} --wait --timeout 5": 5,
    f"--timeout 900 images log {APP} 7f2c --follow": 30,
}


@pytest.mark.parametrize("words", SECONDS_FOR_A_REQUEST)
def test_timeout_is_for_a_request_unless_there_is_something_to_wait_for(words: str) -> None:
    _, given = parse(words.split())
    with make_client(given) as client:
        assert client._settings.timeout == SECONDS_FOR_A_REQUEST[words]
