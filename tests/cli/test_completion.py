"""What is printed for the completion of commands, tried in the shells themselves."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ancla._cli.all_commands import COMMANDS
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.once import one_in

APP = "acme/shop/web"
PROJECT = str(Path(__file__).parents[2])
# What is typed, in part or up to a space, and what is offered for the last word.
TYPED = {
    "proj": {"projects"},
    "apps de": {"delete", "deploy"},
    "--json apps dep": {"deploy"},
    f"apps deploy {APP} --wa": {"--wait"},
    "completion z": {"zsh"},
    "services de": {"delete", "deploy"},
    "deploy --wa": {"--wait"},
    f"builds trigger {APP} --fol": {"--follow"},
    "orgs list --output ": {"table", "json"},
    "-o j": {"json"},
    f"apps update {APP} --private ": {"yes", "no"},
    "orgs list --timeout ": set(),
    f"run {APP} --qu": {"--quiet"},
    f"run {APP} -- --qu": set(),
    "xyz --no-h": set(),
}


def completion(shell: str, program: str | None, folder: Path) -> Path:
    outcome = run("completion", shell, program=program)
    assert (outcome.status, outcome.err) == (0, "")
    file = folder / "completion"
    file.write_text(outcome.out)
    return file


@pytest.fixture(autouse=True)
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the two programs on the PATH, which the scripts run."""
    folder = tmp_path_factory.mktemp("programs")
    for name, start in (("ancla-sdk", 1), ("my-tool", 2)):
        program = "None" if start == 1 else '"my-tool cloud"'
        call = f"main(sys.argv[{start}:], program={program})"
        (folder / name).write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {PROJECT!r})\n"
            f"from ancla.command_line import main\nsys.exit({call})\n"
        )
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def ask(*command: str) -> list[str]:
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def needs(shell: str) -> str:
    if sys.platform == "win32" or shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    return shell


def in_bash(file: Path, program: str, typed: str) -> set[str]:
    words = f"{program} {typed}".split(" ")
    function = "_" + program.replace("-", "_").replace(" ", "_")
    script = f'source "$1"; COMP_WORDS=("${{@:2}}"); COMP_CWORD=$(($# - 2)); {function}'
    print_it = 'printf "%s\\n" "${COMPREPLY[@]}"'
    lines = ask(needs("bash"), "-uc", f"{script}; {print_it}", "bash", str(file), *words)
    return set(filter(None, lines))


def described_in_fish(file: Path, typed: str, program: str = "ancla-sdk") -> list[str]:
    script = "source $argv[1]; complete -C $argv[2]; true"
    return ask(needs("fish"), "--no-config", "-c", script, str(file), f"{program} {typed}")


def in_fish(file: Path, program: str, typed: str) -> set[str]:
    return {line.partition("\t")[0] for line in described_in_fish(file, typed, program)}


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize("typed", one_in(6, TYPED))
@pytest.mark.parametrize("program", ["ancla-sdk", "my-tool cloud"])
def test_what_is_typed_is_completed(shell: str, typed: str, program: str, tmp_path: Path) -> None:
    file = completion(shell, None if program == "ancla-sdk" else program, tmp_path)
    offered = in_bash if shell == "bash" else in_fish

    assert offered(file, program, typed) == TYPED[typed]


def test_fish_offers_files_where_an_option_wants_one(tmp_path: Path) -> None:
    file = completion("fish", None, tmp_path)

    assert in_fish(file, "ancla-sdk", f"orgs list --api-key-file {tmp_path}/com") == {str(file)}


def test_fish_describes_what_it_offers(tmp_path: Path) -> None:
    file = completion("fish", None, tmp_path)

    assert "delete\tdelete an app" in described_in_fish(file, "apps de")
    assert "projects\tprojects of an organization" in described_in_fish(file, "proj")
    # The apostrophe needs a quote of its own.
    summary = "update\tchange an app's settings (today's servers: only name, repository and branch)"
    assert described_in_fish(file, "apps up")[0].startswith(summary)
    assert "--no-header\tprint the table without its first line" in described_in_fish(
        file, "apps list --no-h"
    )


def test_every_command_and_option_is_offered(tmp_path: Path) -> None:
    file = completion("bash", None, tmp_path)
    for command in COMMANDS:
        options = {name for option in command.takes if option.is_option for name in option.names}
        *group, word = command.words.split()

        assert word in in_bash(file, "ancla-sdk", " ".join([*group, word]))
        if options:
            assert options <= in_bash(file, "ancla-sdk", f"{command.words} -")


def test_the_words_of_another_program_are_left_alone(tmp_path: Path) -> None:
    file = completion("bash", "my-tool cloud", tmp_path)

    words = "COMP_WORDS=(my-tool apps de); COMP_CWORD=2"
    script = f'source "$1"; {words}; _my_tool_cloud; echo "${{COMPREPLY[@]}}"'
    assert ask("bash", "-uc", script, "bash", str(file)) == [""]


# What is typed in zsh, and what the terminal shows then.
IN_ZSH = {
    "ancla-sdk --json apps dep\t": "deploy ",
    "ancla-sdk apps de\t": "delete  -- delete an app",
    "ancla-sdk apps up\t": "apps update ",
    "ancla-sdk services scal\t": "services scale ",
    "ancla-sdk orgs list --output j\t": "--output json ",
    "ancla-sdk deploy --wa\t": "deploy --wait ",
    "ancla-sdk config import -\t": "-- change the variables that exist already",
    "ancla-sdk run acme/shop/web -- ./compl\t": "./completion",
    "ancla-sdk orgs list --ca-file compl\t": "--ca-file completion",
}


@pytest.mark.parametrize("typed", IN_ZSH)
def test_what_is_typed_is_completed_in_zsh(typed: str, tmp_path: Path) -> None:
    file = completion(needs("zsh"), None, tmp_path)
    pty = pytest.importorskip("pty", exc_type=ImportError)  # Windows has none.

    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.environ.update(PS1="> ", TERM="dumb", ZDOTDIR=str(tmp_path), COLUMNS="100", LINES="40")
        os.execvp("zsh", ["zsh", "-f", "-i"])
    try:
        for written, shown in ((f"source {file}; echo re''ady\n", "ready"), (typed, IN_ZSH[typed])):
            os.write(terminal, written.encode())
            text = ""
            while shown not in text:
                assert select.select([terminal], [], [], 30)[0], text
                text += os.read(terminal, 65536).decode()
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def test_a_tab_sends_no_request() -> None:
    with FakeAncla() as fake:
        for typed in TYPED:
            outcome = run("__complete", *typed.split(" "), fake=fake)
            assert (outcome.status, outcome.err) == (0, "")
        assert fake.connections == 0


@pytest.mark.parametrize("shell", ["", "tcsh"])
def test_another_shell_is_wrong_usage(shell: str) -> None:
    outcome = run("completion", *shell.split())

    assert (outcome.status, outcome.out) == (2, "")
    assert "SHELL" in outcome.err


def test_no_server_is_asked_and_no_key_is_read(tmp_path: Path) -> None:
    outcome = run("completion", "zsh", ANCLA_SERVER="nowhere", ANCLA_API_KEY="half half")

    assert outcome.status == 0
