"""The files of the platform's own command line: whoever logged in there is logged in here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ancla.testing import FakeAncla
from tests.cli.command_line import Outcome, World, run

APP = "acme/shop/web"
LINK = "workspace: acme\nproject: shop\nenv: production\nservice: web\n"
OLD_LINK = "org: acme\nproject: shop\napp: web\n"


class Folders:
    """A home, a folder in it that is worked in, and the command line there."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = root / "home"
        self.work = self.home / "src" / "web"
        self.work.mkdir(parents=True)
        monkeypatch.chdir(self.work)

    def write(self, folder: Path, text: str | bytes) -> Path:
        file = folder / ".ancla" / "config.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def log_in(self, fake: FakeAncla) -> Path:
        text = f"api_key: {fake.api_key}\nemail: ada@example.com\nserver: {fake.url}\n"
        return self.write(self.home, text)

    def run(self, words: str, fake: FakeAncla | None = None, **environ: str) -> Outcome:
        home = "USERPROFILE" if os.name == "nt" else "HOME"
        return run(*words.split(), fake=fake, **{home: str(self.home), **environ})


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    return Folders(tmp_path, monkeypatch)


def test_a_login_is_taken_from_the_global_file(folders: Folders, world: World) -> None:
    folders.log_in(world.fake)

    assert folders.run("orgs list").status == 0


def test_options_and_variables_come_before_the_global_file(folders: Folders, world: World) -> None:
    folders.write(folders.home, "api_key: wrong\nserver: nowhere\n")
    key_file = folders.work / "key"
    key_file.write_text(world.fake.api_key)

    assert folders.run("orgs list", world.fake).status == 0
    by_option = f"orgs list --server {world.fake.url} --api-key-file {key_file}"
    assert folders.run(by_option, ANCLA_SERVER="nowhere", ANCLA_API_KEY="wrong").status == 0
    assert folders.run("orgs list", world.fake, ANCLA_API_KEY="wrong").status == 1
    outcome = folders.run("orgs list", ANCLA_API_KEY=world.fake.api_key)
    assert outcome.err.startswith(f"error: the server in {folders.home}")


def test_an_empty_variable_does_not_count(folders: Folders, world: World) -> None:
    folders.log_in(world.fake)

    assert folders.run("orgs list", ANCLA_SERVER="", ANCLA_API_KEY="").status == 0


def test_a_key_in_the_global_file_that_cannot_be_one_is_not_shown(folders: Folders) -> None:
    file = folders.write(folders.home, "api_key: 'hunter2 hunter2'\n")
    outcome = folders.run("orgs list")

    assert outcome.status == 2
    assert outcome.err.startswith(f"error: the key in {file} must hold ")
    assert "hunter2" not in outcome.err


def test_without_a_home_and_without_files_nothing_is_read(folders: Folders, world: World) -> None:
    assert folders.run("orgs list", world.fake).status == 0
    folders.log_in(world.fake)
    outcome = run("orgs", "list", ANCLA_SERVER=world.fake.url)

    assert (outcome.status, "no API key" in outcome.err or "401" in outcome.err) == (1, True)


LINKED = {
    "apps get": "web",
    "apps status": "build",
    "apps scale web=2": f"Scaled the app {APP}",
    "config list": "LOG_LEVEL",
    "config get LOG_LEVEL": "info",
    "config set A=a/b": "Set A of acme/shop/web.",
    "projects get": "shop",
    "orgs get": "acme",
    "environments list": "staging",
    "config list --scope workspace": "NAME",
    "config set A=1 --scope workspace": "Set A of acme.",
    "config set acme A=1 --scope workspace": "Set A of acme.",
}


@pytest.mark.parametrize("link", [LINK, OLD_LINK], ids=["new", "old"])
@pytest.mark.parametrize("words", LINKED)
def test_the_app_is_that_of_the_link_when_none_is_given(
    words: str, link: str, folders: Folders, world: World
) -> None:
    folders.write(folders.work.parent, link.replace("env: production\n", ""))
    outcome = folders.run(words, world.fake)

    assert (outcome.status, outcome.err.count("error")) == (0, 0), outcome.err
    assert LINKED[words] in outcome.out + outcome.err


def test_new_keys_of_a_link_come_before_old_ones(folders: Folders, world: World) -> None:
    folders.write(
        folders.work, LINK + OLD_LINK.replace("acme", "old").replace("project: shop\n", "")
    )

    assert folders.run("apps get", world.fake).status == 0


def test_the_app_that_is_given_comes_before_the_link(folders: Folders, world: World) -> None:
    folders.write(folders.work, LINK)

    assert "404" in folders.run("apps get acme/shop/absent", world.fake).err
    assert "should look like" in folders.run("apps get web", world.fake).err
    assert "too many" in folders.run(f"apps get {APP} web", world.fake).err


@pytest.mark.parametrize(
    "words",
    [
        *("apps delete -y", "projects delete -y", "config delete A -y", "orgs delete -y"),
        "config unset A --scope workspace -y",
        # Their one word could be the organization, too.
        *("orgs rename acme", "orgs add-member acme", "projects create acme"),
        "config set acme --scope workspace",
    ],
)
def test_what_is_deleted_or_could_be_mistaken_is_named(
    words: str, folders: Folders, world: World
) -> None:
    folders.write(folders.work, LINK)
    world.fake.clear_requests()

    assert folders.run(words, world.fake).status == 2
    assert not world.fake.requests


@pytest.mark.parametrize(
    "text", ["", "workspace: acme\nproject: shop\n", LINK.replace("acme", "''")]
)
def test_half_a_link_is_none(text: str, folders: Folders, world: World) -> None:
    folders.write(folders.work, text)
    outcome = folders.run("apps get", world.fake)

    assert "the following arguments are required: ORG/PROJECT/APP" in outcome.err


def test_the_nearest_folder_counts_even_without_a_file(folders: Folders, world: World) -> None:
    folders.write(folders.home / "src", LINK)
    assert folders.run("apps get", world.fake).status == 0
    (folders.work / ".ancla").mkdir()
    assert folders.run("apps get", world.fake).status == 2


def test_a_link_in_the_global_file_counts_below_home(folders: Folders, world: World) -> None:
    file = folders.log_in(world.fake)
    file.write_text(file.read_text() + LINK)
    outcome = folders.run("apps get")

    assert (outcome.status, outcome.err) == (0, "")


def test_a_login_in_a_folder_is_ignored_with_a_message(folders: Folders, world: World) -> None:
    file = folders.write(folders.work, f"{LINK}server: http://127.0.0.1:9\napi_key: theirs\n")
    folders.log_in(world.fake)
    outcome = folders.run("apps get")

    assert outcome.status == 0
    assert outcome.err == (
        f"ignoring server and api_key in {file}: a folder must not set the server or the API key\n"
    )
    assert folders.run("apps get -q").err == ""
    assert folders.run(f"apps get {APP}", world.fake).err == ""


def test_a_folder_cannot_send_a_key_elsewhere(folders: Folders, world: World) -> None:
    with FakeAncla() as thief:
        folders.write(folders.work, f"{LINK}server: {thief.url}\n")
        folders.log_in(world.fake)
        assert folders.run("apps get").status == 0
        assert not thief.requests


FORMS = {
    "api_key: KEY": "KEY",
    "api_key:    KEY   ": "KEY",
    "api_key: KEY # comment": "KEY",
    "api_key: KEY#no-comment": "KEY#no-comment",
    "api_key: 'KEY' # comment": "KEY",
    "api_key: 'it''s'": "it's",
    'api_key: "KEY"\t': "KEY",
    r'api_key: "a\"\\\u0041"': 'a"\\A',
    "API_KEY: KEY": "KEY",
    "# comment\n\n   \n\t# comment\napi_key: KEY": "KEY",
    "email: ''\nusername: \"\"\napi_key: KEY\nunknown: 1.5": "KEY",
    "api_key: a:b": "a:b",
    "api_key: -KEY": "-KEY",
    "\ufeffapi_key: KEY": "KEY",
    "email: a\r\napi_key: KEY\r\n": "KEY",
    # A comment ends where YAML ends a line.
    **{f"# comment{end}api_key: KEY": "KEY" for end in ("\r", "\x85", "\u2028", "\u2029")},
    "#\r\r  # api_key: a\x85\u2028api_key: KEY\r": "KEY",
    "api_key:": None,
    "api_key: # comment": None,
    "api_key: ''": None,
    "api_key: ~": None,
    "api_key: null": None,
}


@pytest.mark.parametrize("text", FORMS, ids=ascii)
def test_flat_lines_are_read_as_yaml_means_them(text: str, folders: Folders, world: World) -> None:
    folders.write(folders.home, text)
    world.fake.clear_requests()
    folders.run("orgs list", ANCLA_SERVER=world.fake.url)

    assert world.fake.requests[0].headers["x-api-key"] == FORMS[text]


REFUSED = {
    "login:\n  api_key: hunter2": 2,
    "  api_key: hunter2": 1,
    "\tapi_key: hunter2": 1,
    "- api_key: hunter2": 1,
    "{api_key: hunter2}": 1,
    "---\napi_key: hunter2": 1,
    "api_key:hunter2": 1,
    "api_key hunter2": 1,
    "api_key: [hunter2]": 1,
    "api_key: |\n  hunter2": 1,
    "api_key: 'hunter2": 1,
    'api_key: "hunter2': 1,
    "api_key: 'hunter2' 2": 1,
    r'api_key: "\x68unter2"': 1,
    "api_key: a: hunter2": 1,
    "api_key: hunter2:": 1,
    "api_key: - hunter2": 1,
    "api_key: @hunter2": 1,
    "api_key: hunter2\x07": 1,
    "api_key: hunter2\rserver: x": 1,
    "api_key: hunter2 # comment\rserver: x": 1,
    "# comment\r# comment\x85 api_key: hunter2": 3,
    "api_key:\thunter2": 1,
    "api_key: \thunter2": 1,
    "api_key: \t# hunter2": 1,
    "email: x\napi_key: hunter2\nEmail: y": 3,
    "email: x\n? api_key\n: hunter2": 2,
    "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 300)): 2,
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:40]))
def test_anything_else_is_refused_with_file_and_line(text: str, folders: Folders) -> None:
    file = folders.write(folders.home, text)
    outcome = folders.run("orgs list")

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith(f"error: {file}, line {REFUSED[text]}: ")
    assert "hunter2" not in outcome.err


def test_a_broken_link_is_an_error_where_it_is_needed(folders: Folders, world: World) -> None:
    file = folders.write(folders.work, "workspace:\n  nested: acme\n")
    folders.log_in(world.fake)

    assert folders.run("orgs list").status == 0
    assert folders.run("apps get").err.startswith(f"error: {file}, line 2: ")


UNREADABLE = {
    b"api_key: \xff": "it is not UTF-8 text",
    b"# " + b"x" * 70_000: "it is longer than 65536 bytes",
}


@pytest.mark.parametrize("data", UNREADABLE, ids=lambda data: UNREADABLE[data])
def test_a_file_that_cannot_be_read_is_told(data: bytes, folders: Folders) -> None:
    file = folders.write(folders.home, data)
    outcome = folders.run("orgs list")

    assert outcome.status == 2
    assert outcome.err.startswith(f"error: cannot read {file}: {UNREADABLE[data]} ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_what_is_no_file_or_not_for_us_is_told(folders: Folders) -> None:
    file = folders.write(folders.home, "")
    file.unlink()
    os.mkfifo(file)
    assert f"cannot read {file}: it is not a file" in folders.run("orgs list").err
    file.unlink()
    file.symlink_to(file.name)
    assert f"cannot read {file}: it is not a file" in folders.run("orgs list").err
    file.unlink()
    file.write_text("")
    file.chmod(0)
    if os.geteuid():
        assert f"cannot read {file}: Permission denied" in folders.run("orgs list").err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the folder that one is in")
def test_a_working_directory_that_is_gone_has_no_link(folders: Folders, world: World) -> None:
    folders.work.rmdir()

    assert folders.run("orgs list", world.fake).status == 0
    assert folders.run("apps get", world.fake).status == 2


def test_the_library_itself_reads_no_files(
    folders: Folders, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ancla import AnclaClient

    folders.log_in(world.fake)
    monkeypatch.setenv("HOME", str(folders.home))
    monkeypatch.delenv("ANCLA_API_KEY", raising=False)

    assert AnclaClient().api_key is None
