"""Help, options before and behind the words, and what is said about wrong usage."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ancla
from ancla._cli import _client as make_client
from ancla._cli.all_arguments import GLOBAL_OPTIONS
from ancla._cli.all_commands import COMMANDS, GROUPS
from ancla._cli.argument import Argument
from ancla._cli.command import Command
from ancla._cli.parser import parse
from tests.clean_process import run_program
from tests.cli.command_line import PACKAGE_PARENT, World, finish, run, start
from tests.once import one_in

APP = "acme/shop/web"


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
    assert max(map(len, outcome.out.splitlines())) < 80


@pytest.mark.parametrize(
    ("words", "form"),
    {
        "orgs get": "ORG [options]",
        "config set": "ORG/PROJECT/APP KEY=VALUE ... [options]",
        "apps create": "ORG/PROJECT NAME --platform PLATFORM [options]",
        "images log": "ORG/PROJECT/APP [IMAGE_ID] [options]",
        "run": "ORG/PROJECT/APP [options] -- COMMAND ...",
    }.items(),
)
def test_the_usage_shows_what_has_to_be_given(words: str, form: str) -> None:
    usage = run(*words.split(), "--help").out.partition("\n\n")[0]
    assert " ".join(usage.split()) == f"usage: python -m ancla {words} {form}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_the_example_in_the_help_is_understood(command: Command) -> None:
    words = shlex.split(re.split(" [<>] ", command.example)[0])

    assert parse(words)[0] is command


@pytest.mark.parametrize("words", ["", "apps", "apps deploy"])
def test_help_before_the_words_is_help_behind_them(words: str) -> None:
    assert run("help", *words.split()) == run(*words.split(), "--help")


@pytest.mark.parametrize("words", ["", *GROUPS])
def test_without_a_command_the_help_is_shown_and_the_status_is_2(words: str) -> None:
    outcome = run(*words.split())

    assert (outcome.status, outcome.out) == (2, "")
    assert "\ncommands:\n" in outcome.err


def test_the_version_is_that_of_the_package() -> None:
    outcome = finish(start("--version"))

    assert (outcome.status, outcome.out) == (0, f"ancla-sdk {ancla.__version__}\n")


PROGRAM = "mytool cloud"


@pytest.mark.parametrize("words", [*(f"{words} --help" for words in LEVELS), *GROUPS, "", "xyz"])
def test_a_program_that_embeds_it_is_called_by_its_own_name(words: str) -> None:
    outcome = run(*words.split(), program=PROGRAM)

    assert PROGRAM in outcome.out + outcome.err
    assert "python -m" not in outcome.out + outcome.err


def test_errors_and_messages_name_the_program_that_embeds_it(world: World) -> None:
    started = run("apps", "deploy", APP, fake=world.fake, program=PROGRAM)
    wrong = run("apps", "get", program=PROGRAM)
    version = run("--version", program=PROGRAM)

    assert started.err.endswith(f"; see mytool cloud apps status {APP}\n")
    assert wrong.err.endswith(" (see mytool cloud apps get --help)\n")
    assert version.out == f"mytool cloud (ancla-sdk {ancla.__version__})\n"


# Modules that Debian's python3-minimal lacks (argparse is there, changed to do without gettext).
LEFT_OUT = ("difflib", "email", "getpass", "http", "shutil", "tempfile", "unittest")


@pytest.mark.parametrize(
    ("words", "status"),
    one_in(
        3,
        {
            "--help": 0,
            "apps deploy --help": 0,
            "--version": 0,
            "apps lst": 2,
            "apps": 2,
            "apps get acme/shop/..": 2,
        }.items(),
    ),
)
def test_help_and_usage_need_little_of_the_standard_library(
    words: str, status: int, tmp_path: Path
) -> None:
    program = f"""
sys.modules.update(dict.fromkeys({LEFT_OUT}))
from ancla.command_line import main
sys.stderr = sys.stdout
print(main({words.split()}))
"""
    said = run_program(program, path=[PACKAGE_PARENT], cwd=tmp_path)
    assert said.splitlines()[-1] == str(status)


def test_a_request_without_the_whole_standard_library_says_what_is_missing(tmp_path: Path) -> None:
    program = f"""
sys.modules.update(dict.fromkeys({LEFT_OUT}))
from ancla.command_line import main
sys.stderr = sys.stdout
print(main(["apps", "list", "acme/shop"]))
"""
    told, status = run_program(program, path=[PACKAGE_PARENT], cwd=tmp_path).splitlines()
    assert status == "1"
    assert told.startswith("error: ")
    assert "python3-minimal" in told


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="arguments are always Unicode")
def test_an_argument_that_the_locale_cannot_read_is_told_with_its_name() -> None:
    environ = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    outcome = finish(start("orgs", "create", "Grüße-hunter2", environ=environ))

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        "error: argument 3 cannot be decoded as ascii, the encoding of the locale 'C' "
        "(see python -m ancla orgs create --help)\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        "--json -q orgs list",
        "-o json orgs list -q",
        "orgs --json list -q",
        "-q orgs list --json",
        "orgs list --json -q",
    ],
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

    assert (outcome.status, outcome.err) == (
        0,
        "Set A of acme/shop/web.\nSet B of acme/shop/web.\n",
    )


@pytest.mark.parametrize("words", ["-qy", "-yq", "-yojson", "-y -ojson", "-y -o=json", "-yqo json"])
def test_short_options_may_stand_together(words: str, world: World) -> None:
    run("orgs", "create", "Gone", fake=world.fake)
    outcome = run("orgs", "delete", "gone", *words.split(), fake=world.fake)

    assert (outcome.status, outcome.err == "") == (0, "q" in words)
    assert (outcome.out != "") == ("json" in words)


DEEP = "[" * 100_000
NO_SEGMENT = (
    "should not be empty, '.' or '..', and should not contain slashes, backslashes or control "
    "characters"
)
WRONG = {
    "orgs lost": "unknown command; did you mean 'orgs list'?",
    "aps list acme/shop": "unknown command; did you mean 'apps'?",
    "scale acme/shop/web": "did you mean 'apps scale'?",
    "orgs xyz": "unknown command (see python -m ancla orgs --help)",
    "xyz": "unknown command (see python -m ancla --help)",
    "--jsn orgs list": "unknown option --jsn; did you mean '--json'?",
    "orgs get": "the following arguments are required: ORG",
    "orgs get a/b": "argument ORG: should look like acme, but has the form '.../...'",
    "apps get acme/shop": "should look like acme/shop/web, but has the form '.../...'",
    "apps get acme//web": "should look like acme/shop/web, but has the form '...//...'",
    f"apps get {APP} more words": "too many arguments: apps get takes ORG/PROJECT/APP",
    "orgs list more": "too many arguments: orgs list takes none",
    f"apps get {APP} --jso": "unknown option --jso; did you mean '--json'?",
    f"apps get {APP} -x": "unknown option (see",
    f"apps get {APP} --json=yes": "argument --json: takes no value",
    f"apps get {APP} --server": "argument --server: URL is missing",
    f"apps get {APP} --server --json": "argument --server: URL is missing",
    f"apps update {APP} --branch a --branch b": "argument --branch: is given more than once",
    "apps get acme/shop/..": f"argument ORG/PROJECT/APP: {NO_SEGMENT}",
    "orgs get a%2Fb": f"argument ORG: {NO_SEGMENT}",
    "members list acme": "unknown command; did you mean 'orgs members'?",
    "environments get acme/shop a/b": f"argument ENV: {NO_SEGMENT}",
    f"config delete {APP} .. --yes": f"argument KEY: {NO_SEGMENT}",
    f"config set {APP} A=1 B/=2": f"KEY {NO_SEGMENT}",
    f"config set {APP} --stdin B/": f"argument --stdin: {NO_SEGMENT}",
    f"images log {APP} a\\b": f"argument IMAGE_ID: {NO_SEGMENT}",
    "apps create acme/shop Web": "required: --platform",
    f"apps update {APP}": "nothing to change",
    f"apps update {APP} --deployment-timeout soon": "should be a whole number",
    f"apps scale {APP} web=-1": "argument PROCESS=COUNT: should look like web=2",
    f"apps scale {APP}": "the following arguments are required: PROCESS=COUNT",
    f"apps scale {APP} web=2 web=3": "should name each process once",
    f"apps update {APP} --privileged maybe": "argument --privileged: should be yes or no",
    f"apps update {APP} --counts web=x": "argument --counts: should look like web=2,worker=1",
    f"apps update {APP} --pod-classes web=": "should look like web=small,worker=large",
    f"apps update {APP} --pod-classes a=b,a=c": "should name each process once",
    "images log": "ORG/PROJECT/APP",
    f"config set {APP}": "nothing to set",
    f"config set {APP} =1": "a variable needs a name",
    f"config set {APP} A=1 A=2": "A is given more than once",
    f"config set {APP} A=1 --stdin A": "A is given more than once",
    f"config set {APP} A B": "only one value can be read from standard input, but 2 names have",
    f"config set {APP} A": "no value on standard input; KEY= sets the variable to an empty value",
    f"config delete {APP} A": "is not a terminal: pass --yes to delete without confirmation",
    "orgs get acme=": "argument ORG: should look like acme, but has the form '...'",
    f"config import {APP} -f /absent/.env": "cannot read the file given with --file: No such file",
    "request GET workspaces": "path",
    "request POST /workspaces --data {": "--data is not JSON: ",
    "request POST /workspaces --data NaN": "--data is not JSON: NaN is not JSON",
    f"request POST /workspaces --data {DEEP}": "--data is not JSON: it is nested too deeply",
    "request POST /workspaces --data @/absent": "the file given with --data: No such file",
    f"config export {APP} --json --format docker": "--json",
    f"run {APP}": "required: -- COMMAND",
    "run -- env": "required: ORG/PROJECT/APP",
    f"run {APP} env": "put `--` before the command to run",
    f"run {APP} env -- env": "put `--` before the command to run",
    f"apps promote {APP} staging qa --preview --wait": "--preview cannot be combined with",
    f"images build {APP} --strategy hunter2": "--strategy: should be dockerfile or buildpack",
    **{
        f"apps history {APP} --limit={it}": "argument --limit: should be a whole number above 0"
        for it in ("0", "-1", "x", "1.5")
    },
    f"apps deploy {APP} --environment ..": "argument --environment",
    "apps deploy acme/shop/staging/web --environment production": "does not match the path",
    "apps get acme/shop/staging/web/x": "should look like acme/shop/web",
    "config list acme/shop --scope workspace": "ORG: should look like acme, but has the form",
    f"config list {APP} --scope project": "acme/shop, but has the form '.../.../...'",
    "config list acme/shop --scope environment": "acme/shop/staging, but has the form '.../...'",
    "config list acme/shop/staging/web --scope environment": "should look like acme/shop/staging",
    "config list acme --scope team": "--scope: should be workspace or project or environment",
    "config list --scope workspace": "required: ORG",
    "config list acme/shop/staging --scope environment --environment qa": "does not match the path",
    "orgs list --timeout 0": "argument --timeout: should be a number of seconds above 0",
    "orgs list --timeout nan": "argument --timeout: should be a number of seconds above 0",
    "orgs list --proxy ftp://x": "proxy",
    "orgs list --server nowhere": "the server in --server must start with http",
    "orgs list --output yaml": "argument --output: should be table or json",
    "orgs list --ca-file /absent.pem": "cannot use the file given with --ca-file: No such file",
    f"orgs list --ca-file {__file__}": "it contains no PEM certificates",
    "orgs list --api-key-file /absent": "the file given with --api-key-file: No such file",
    "orgs list --api-key-file \0": "the file given with --api-key-file: its name is invalid",
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


WORDS_OF_THE_PLATFORM = {
    "workspaces list": "orgs list",
    "envs list acme/shop": "environments list acme/shop",
    "services list acme/shop": "apps list acme/shop",
    f"services status {APP}": f"apps status {APP}",
    f"builds list {APP}": f"images list {APP}",
    f"deploys list {APP}": f"deployments list {APP}",
    f"--json status {APP}": f"apps status {APP} --json",
    "help status": "apps status --help",
    "builds trigger --help": "images build --help",
    "services --help": "apps --help",
    "services create --help": "apps create --help",
}


@pytest.mark.parametrize("words", WORDS_OF_THE_PLATFORM)
def test_the_words_of_the_platform_mean_ours(words: str, world: World) -> None:
    outcome = run(*words.split(), fake=world.fake)

    assert outcome.status == 0, outcome.err
    assert outcome == run(*WORDS_OF_THE_PLATFORM[words].split(), fake=world.fake)


@pytest.mark.parametrize("options", [[], ["--wait"], ["--yes"], ["--follow"]])
def test_a_deploy_at_the_top_waits(options: list[str], world: World) -> None:
    outcome = run("deploy", APP, "--interval", "0.01", *options, fake=world.fake)

    assert outcome.status == 0, outcome.err
    assert "deployment: complete" in outcome.err


def test_a_deploy_at_the_top_can_only_start(world: World) -> None:
    outcome = run("deploy", APP, "--no-follow", fake=world.fake)

    assert outcome.status == 0
    assert outcome.err.startswith(f"Started to deploy the app {APP}; see ")
    outcome = run("deploy", APP, "--no-follow", "--wait", fake=world.fake)
    assert outcome.status == 2
    assert "--no-follow cannot be combined with --wait or --follow" in outcome.err


def test_each_command_that_starts_or_changes_something_accepts_yes() -> None:
    reads = (
        "list",
        "get",
        "members",
        "history",
        "status",
        "log",
        "logs",
        "export",
        "whoami",
        "doctor",
    )
    for command in COMMANDS:
        only_reads = command.words.split()[-1] in (*reads, "run", "completion")
        accepts = any("--yes" in option.names for option in command.options)
        assert accepts != only_reads, command.words


def test_the_help_shows_our_words_first_and_names_those_of_the_platform() -> None:
    text = run("--help").out
    commands = text[text.index("\ncommands:") : text.index("\noptions:")]

    for alias in ("workspaces", "envs", "services", "builds", "deploys", "status"):
        assert f"\n  {alias} " not in commands
        assert f"\n  {alias} " in text
    assert "'services' means the same." in run("apps", "--help").out
    assert "'status' means the same." not in run("apps", "deploy", "--help").out


@pytest.mark.parametrize(
    "name",
    [
        *("ANCLA_API_KEY", "ANCLA_SERVER", "ANCLA_ENV", "ANCLA_ROUTES", "~/.ancla/config.yaml"),
        *("126", "127"),
    ],
)
def test_the_help_names_every_variable_file_and_status(name: str) -> None:
    assert f"\n  {name} " in run("--help").out
    assert "\n  .ancla/config.yaml " in run("--help").out


def all_arguments() -> Iterator[Argument]:
    yield from GLOBAL_OPTIONS
    for command in COMMANDS:
        yield from command.takes


def test_the_help_of_an_argument_stands_alone() -> None:
    for argument in all_arguments():
        words = argument.help.split()
        assert len(words) >= 3, argument.label
        assert not argument.help.endswith((".", "?")), argument.label
        # "on GitHub" or "such as web=2" says nothing without the name of the option before it.
        assert words[0] not in ("such", "on", "of", "is", "in", "to", "as", "it", "what", "there")


def test_an_error_of_the_client_names_the_argument_and_no_method(world: World) -> None:
    outcome = run("apps", "update", APP, "--name", " ", fake=world.fake)

    assert outcome.err == (
        "error: name must hold more than spaces, not ' ' (see python -m ancla apps update --help)\n"
    )


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
