"""Command lines that nobody meant: each ends with a status that is documented, and tells nothing.

What stands where it does not belong may be a key or the value of a secret, and the log of a CI job
is read by many.
"""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla._cli.all_arguments import GLOBAL_OPTIONS
from ancla._cli.all_commands import COMMANDS, GROUPS
from tests.cli.command_line import World, run
from tests.clients import KEY
from tests.once import IS_QUICK
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

APP = "acme/shop/web"
# A proxy's name would be looked up.
OPTIONS = [option for option in GLOBAL_OPTIONS if "--proxy" not in option.names]
CASES = 300 if IS_QUICK else 1500
ODD_RESPONSES = 100 if IS_QUICK else 400
STATUSES = {0, 1, 2, 3, 4}  # and those of `run`, which is not tried with a command after --
VALUE = "hunter2"

MISTAKES = [
    f"config set {APP} A=1 --sceret TOKEN={VALUE}",
    f"config set TOKEN={VALUE} --secret",
    f"config set {APP} TOKEN {VALUE}",
    f"config set {APP} {VALUE}",
    f"config set {APP} --stdin TOKEN={VALUE}",
    f"config set {APP} --secret={VALUE} A=1",
    f"config set {APP} A=1 -x{VALUE}",
    f"config set {APP} A={VALUE} A={VALUE}",
    f"config set {VALUE}/web A=1",
    f"config get {APP} TOKEN={VALUE}",
    f"config import {APP} -f TOKEN={VALUE}",
    f"apps scale {APP} web={VALUE}",
    f"apps update {APP} --deployment-timeout {VALUE}",
    f"whoami --api-key {VALUE}",
    f"whoami --api-key-file {VALUE}",
    f"whoami --server {VALUE}",
    f"whoami --server https://user:{VALUE}@localhost",
    f"whoami --proxy {VALUE}:{VALUE}",
    f"whoami --proxy http://user:{VALUE}@localhost/path",
    f"{VALUE}",
    f"TOKEN={VALUE} config set {APP}",
    f"request {VALUE} /workspaces",
    f"request GET {VALUE}",
    f"request POST /workspaces --data {VALUE}",
    f"request POST /workspaces --data @{VALUE}",
]


@pytest.mark.parametrize("words", MISTAKES)
def test_an_error_in_usage_does_not_repeat_a_value_or_a_key(words: str, world: World) -> None:
    outcome = run(*words.split(), fake=world.fake)

    assert (outcome.status, outcome.out) == (2, "")
    assert VALUE not in outcome.err.lower()
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1


def test_a_variable_with_its_value_in_the_place_of_an_app_is_told_by_its_name() -> None:
    outcome = run("config", "set", f"TOKEN={VALUE}", "--secret")

    assert "should look like acme/shop/web, but has the form 'TOKEN=...' (see" in outcome.err


def test_who_wants_to_give_the_key_as_an_option_is_told_how_it_can_be_given() -> None:
    outcome = run("whoami", "--api-key", VALUE)

    assert "set ANCLA_API_KEY or pass --api-key-file FILE" in outcome.err


def random_word(chance: random.Random) -> str:
    value = f"{VALUE}{chance.randrange(1000)}"
    command = chance.choice(COMMANDS)
    option = chance.choice([*command.takes, *OPTIONS])
    name = chance.choice(option.names)
    return chance.choice(
        [
            command.words,
            *command.words.split(),
            *GROUPS,
            name,
            name,
            f"{name}={value}",
            f"{name}{value}",
            name[:-1],
            value,
            f"-{value}",
            f"KEY={value}",
            f"{value}={value}",
            f"acme/{value}",
            "acme",
            "acme/shop",
            APP,
            "KEY",
            "1",
            chance.choice(
                ["", "-", "--", "=", "/", "//", "\0", "\n", "\x1b[2J", "\ud800", "日", ".."]
            ),
        ]
    )


def command_lines(seed: int) -> Iterator[list[str]]:
    chance = random.Random(seed)
    for _ in range(CASES):
        words = chance.choice(COMMANDS).words.split() if chance.random() < 0.8 else []
        yield words + [random_word(chance) for _ in range(chance.randrange(6))]


def test_no_command_line_leads_to_a_traceback_or_tells_a_value(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    ended = set()
    for words in command_lines(13):
        if {"run", "--"} <= set(words):  # would run what follows
            continue
        # Behind the others, so that nothing is waited for and no other server is asked.
        last = [] if "--" in words else ["--timeout", "2", "--server", world.fake.url]
        outcome = run(*words, *last, fake=world.fake)
        ended.add(outcome.status)

        assert outcome.status in STATUSES, words
        assert "Traceback" not in outcome.err, words
        assert "\x1b" not in outcome.err, words
        if outcome.status == 2:
            assert VALUE not in outcome.err.lower(), words
    assert {0, 1, 2} <= ended


ODD: list[object] = [
    None,
    [],
    {},
    "",
    "x",
    1,
    1.5,
    True,
    [None],
    {"a": None},
    {"items": None},
    [[{}]],
]
FIELDS = (
    "name slug id status error built complete version created log_text release build deploy items "
    "members authenticated user value secret configuration image_id deployment_id latest_image"
).split()


RIGHT = {"name": "Web", "slug": "web", "id": "7f2c", "ok": True, "application_id": "7f2c"}


def odd_json(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(3 if depth < 3 else 1)
    if kind == 0:
        return chance.choice(ODD)
    if kind == 1:
        return [odd_json(chance, depth + 1) for _ in range(chance.randrange(3))]
    return {chance.choice(FIELDS): odd_json(chance, depth + 1) for _ in range(chance.randrange(6))}


def test_no_response_leads_to_a_traceback_or_is_called_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # `link` writes a file.
    chance = random.Random(14)

    def respond(connection: Connection, request: Request) -> None:
        response = odd_json(chance)
        if isinstance(response, dict) and chance.random() < 0.8:
            response = {**RIGHT, **response} if chance.random() < 0.5 else {**response, **RIGHT}
        connection.send(json_reply([response] if chance.random() < 0.3 else response))

    with ScriptedServer(replies(respond)) as server:
        ended = set()
        for _ in range(ODD_RESPONSES):
            sending = [it for it in COMMANDS if not (it.is_local or it.after_dashes)]
            command = chance.choice(sending)
            words = shlex.split(command.example.replace("-f .env", "-f -"))
            words = words[: min(map(words.index, {"<", ">"} & {*words}), default=len(words))]
            waits = {"--wait", "--follow", "--timeout", "900"}
            words = [word for word in words if word not in waits]
            outcome = run(*words, stdin="A=1\n", ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)

            ended.add(outcome.status)

            assert "Traceback" not in outcome.err, words
    assert ended == {0, 1}
