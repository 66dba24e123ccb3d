"""Keys and secret values stay out of arguments, of the output and of the messages."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.clean_process import run_python
from tests.cli.command_line import (
    PACKAGE_PARENT,
    SECRET,
    Outcome,
    World,
    finish,
    furnish,
    run,
    start,
)
from tests.once import on_one_python, one_in
from tests.servers import ScriptedServer, json_reply, replies, reply

APP = "acme/shop/web"


@pytest.fixture
def world() -> Iterator[World]:
    with FakeAncla(pace=0, mask_secrets=False) as fake:
        yield furnish(fake)


def value_at_the_server(world: World, name: str) -> str:
    with AnclaClient(world.fake.api_key, world.fake.url, trust_env=False) as client:
        return client.get_config("acme", "shop", "web", name).value


SHOWING = [
    ("config", "list", APP),
    ("request", "GET", "/workspaces/acme/projects/shop/envs/production/services/web/config"),
]


@pytest.mark.parametrize("json_option", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("words", SHOWING, ids=" ".join)
def test_a_secret_is_hidden_unless_it_is_asked_for(
    words: tuple[str, ...], json_option: list[str], world: World
) -> None:
    hidden = run(*words, *json_option, fake=world.fake)
    shown = run(*words, *json_option, "--show-secrets", fake=world.fake)

    assert (hidden.status, shown.status) == (0, 0)
    assert SECRET not in hidden.out + hidden.err
    assert "********" in hidden.out
    assert SECRET in shown.out
    assert "********" not in shown.out


@pytest.mark.parametrize("mark", ["true", "1", '"yes"'])
def test_a_secret_is_hidden_however_a_response_marks_it(mark: str) -> None:
    body = f'{{"items": [{{"name": "TOKEN", "value": "{SECRET}", "secret": {mark}}}]}}'
    with ScriptedServer(replies(reply(body.encode()))) as server:
        outcome = run("request", "GET", "/x", "--server", server.url, ANCLA_API_KEY="key")

    assert outcome.document["items"][0]["value"] == "********"


def test_the_values_in_a_release_are_hidden() -> None:
    release = {"id": "r1", "configuration": {"LOG_LEVEL": "info", "TOKEN": SECRET}}
    with ScriptedServer(replies(json_reply(release))) as server:
        outcome = run("request", "GET", "/x", "--server", server.url, ANCLA_API_KEY="key")

    assert outcome.document["id"] == "r1"
    assert outcome.document["configuration"] == dict.fromkeys(("LOG_LEVEL", "TOKEN"), "********")


@pytest.mark.parametrize("json_option", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("words", [("NEW=the-value", "--secret"), ("NEW",)], ids=" ".join)
def test_a_value_that_is_secret_or_was_read_is_not_shown_when_it_is_set(
    words: tuple[str, ...], json_option: list[str], world: World
) -> None:
    outcome = run("config", "set", APP, *words, *json_option, stdin="the-value", fake=world.fake)

    assert outcome.status == 0
    assert "the-value" not in outcome.out + outcome.err
    assert value_at_the_server(world, "NEW") == "the-value"


MASKED = "the server masks the value of TOKEN"
HIDDEN = "TOKEN is secret: --show-secrets shows its value"


@pytest.mark.parametrize("options", ["", "--show-secrets", "-q", "--show-secrets -q"])
@pytest.mark.parametrize("masked", [True, False])
def test_a_script_gets_the_value_or_an_error_and_never_asterisks(
    masked: bool, options: str
) -> None:
    with FakeAncla(pace=0, mask_secrets=masked) as fake:
        furnish(fake)
        outcome = run("config", "get", APP, "TOKEN", *options.split(), fake=fake)
        plain = run("config", "get", APP, "LOG_LEVEL", *options.split(), fake=fake)

    if masked or "--show-secrets" not in options:
        assert (outcome.status, outcome.out) == (1, "")
        assert outcome.err == f"error: {MASKED if masked else HIDDEN}\n"
    else:
        assert outcome == Outcome(0, f"{SECRET}\n", "")
    assert plain == Outcome(0, "info\n", "")


def test_the_json_of_a_secret_says_that_it_is_one(world: World) -> None:
    outcome = run("config", "get", APP, "TOKEN", "--json", fake=world.fake)

    assert (outcome.status, outcome.err) == (0, f"{HIDDEN}\n")
    assert outcome.document["value"] == "********"
    assert outcome.document["secret"] is True


@pytest.mark.parametrize("words", [("NEW",), ("--stdin", "NEW"), ("OTHER=1", "NEW")], ids=" ".join)
def test_a_value_is_read_from_stdin_without_its_last_line_end(
    words: tuple[str, ...], world: World
) -> None:
    outcome = run("config", "set", APP, *words, stdin="first\nlast=\n", fake=world.fake)

    assert outcome.status == 0
    assert value_at_the_server(world, "NEW") == "first\nlast="


@pytest.mark.parametrize("setting", ["NEW=", "NEW=a=b", "NEW= spaces "])
def test_a_value_is_all_that_follows_the_first_equals_sign(setting: str, world: World) -> None:
    assert run("config", "set", APP, setting, fake=world.fake).status == 0
    assert value_at_the_server(world, "NEW") == setting.removeprefix("NEW=")


def test_options_make_a_variable_secret_and_there_at_buildtime(world: World) -> None:
    run("config", "set", APP, "NEW=1", "--secret", "--buildtime", fake=world.fake)
    outcome = run("config", "get", APP, "NEW", "--json", fake=world.fake)

    assert outcome.document["secret"] is True
    assert outcome.document["buildtime"] is True


@pytest.mark.parametrize("form", ["{}", "{}\n", "\ufeff{}\r\n"], ids=ascii)
def test_the_api_key_can_come_from_a_file(form: str, world: World, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(form.format(world.fake.api_key).encode())
    words = ("orgs", "list", "--server", world.fake.url)

    assert run(*words, "--api-key-file", str(key_file), ANCLA_API_KEY="wrong").status == 0
    assert run(*words, ANCLA_API_KEY="wrong").status == 1


def test_a_key_that_cannot_be_one_is_told_by_where_it_is(world: World, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("half half")

    from_variable = run("orgs", "list", fake=world.fake, ANCLA_API_KEY="half half")
    from_file = run("orgs", "list", "--api-key-file", str(key_file), fake=world.fake)

    for outcome, source in ((from_variable, "ANCLA_API_KEY"), (from_file, "--api-key-file")):
        assert outcome.status == 2
        assert outcome.err.startswith(f"error: the key in {source} must hold ")
        assert "half" not in outcome.err


def test_the_value_of_a_variable_is_printed_exactly(world: World) -> None:
    value = "\x1b[31mred\ttab"
    run("config", "set", APP, "NEW", stdin=value, fake=world.fake)

    assert run("config", "get", APP, "NEW", fake=world.fake).out == f"{value}\n"


# Neither the locale nor the mark that editors on Windows put before a text makes a difference.
@pytest.mark.parametrize("encoding", one_in(2, ["latin-1", "ascii:surrogateescape"]))
def test_what_is_read_is_text_in_utf_8(encoding: str, world: World, tmp_path: Path) -> None:
    file = tmp_path / "value"
    environ = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    words = ("config", "set", APP, "NEW", "-q")
    for content in ("Grüße".encode("utf-8-sig"), b"gr\xfc\xdfe"):
        file.write_bytes(content)
        with file.open() as stdin:
            outcome = finish(start(*words, fake=world.fake, environ=environ, stdin=stdin))

        assert value_at_the_server(world, "NEW") == "Grüße"
    assert outcome.status == 2
    assert outcome.err.startswith("error: the value on standard input is not UTF-8 text ")


@on_one_python
@pytest.mark.parametrize("name", ["-", "FILE"])
def test_a_file_of_variables_that_is_no_text_is_told(
    name: str, world: World, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"NEW=\xff")
    words = ("config", "import", APP, "-f", name.replace("FILE", str(file)))
    with file.open() as stdin:
        outcome = finish(start(*words, fake=world.fake, stdin=stdin))

    what = "standard input" if name == "-" else "the file given with --file"
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: cannot read {what}: it is not UTF-8 text ")


def test_what_an_import_says_of_a_value_does_not_repeat_it(world: World) -> None:
    world.fake.fail_next(400, method="POST", body={"detail": f"not allowed: {SECRET}"})
    words = ("config", "import", APP, "-f", "-")
    outcome = run(*words, stdin=f"OTHER='{SECRET}'\n", fake=world.fake)

    assert outcome.status == 1
    assert outcome.err == (
        "error: acme/shop/web: 0 created, 0 changed, 0 kept, 1 failed: "
        "OTHER: not allowed: ********\n"
    )


def test_request_takes_its_data_from_a_file_or_stdin(world: World, tmp_path: Path) -> None:
    file = tmp_path / "org.json"
    file.write_text(json.dumps({"name": "From File"}))
    post = ("request", "POST", "/workspaces", "--data")

    from_file = run(*post, f"@{file}", fake=world.fake)
    from_stdin = run(*post, "-", stdin='{"name": "From Stdin"}', fake=world.fake)

    assert from_file.document["slug"] == "from-file"
    assert from_stdin.document["slug"] == "from-stdin"


def test_verbose_tells_of_each_request_and_of_no_secret(world: World) -> None:
    outcome = run("config", "set", APP, "NEW=the-value", "--verbose", fake=world.fake)

    assert re.search(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d POST \S+: status 201 in ", outcome.err)
    assert (
        "POST /api/v1/workspaces/acme/projects/shop/envs/production/services/web/config"
        in outcome.err
    )
    assert "the-value" not in outcome.err
    assert world.fake.api_key not in outcome.err


IN_A_REPOSITORY = {
    "the script": ["{folder}/ancla-sdk"],
    "-P": ["-P", "-m", "ancla"],
    "-P, vendor": ["-P", "-m", "ancla.vendor"],
}


@pytest.mark.parametrize("way", IN_A_REPOSITORY)
def test_a_module_of_the_current_folder_is_not_run(way: str, tmp_path: Path) -> None:
    """Of a cloned repository, say: it would find the key in its environment."""
    if way != "the script" and sys.version_info < (3, 11):
        pytest.skip("Python has -P from 3.11 on")
    (tmp_path / "ancla-sdk").write_text("from ancla._cli import script\nraise SystemExit(script())")
    repository = tmp_path / "repository"
    repository.mkdir()
    for name in ("json", "argparse", "ancla"):
        (repository / f"{name}.py").write_text("print('owned')")
    words = [word.format(folder=tmp_path) for word in IN_A_REPOSITORY[way]]
    environment = {"PYTHONPATH": str(PACKAGE_PARENT), "ANCLA_API_KEY": SECRET}
    said = run_python(*words, "--help", cwd=repository, environment=environment)
    assert said.startswith("usage: ") and "owned" not in said
