"""At a terminal: questions, hidden typing, colour and spinner; and nothing that a server wants."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from ancla import AnclaClient
from ancla._api.progress import one_line, printable
from ancla._cli.tables import format_table
from ancla.testing import FakeAncla
from tests.cli.command_line import start
from tests.clients import fake_with_app
from tests.once import on_one_python, one_in

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals on Windows", allow_module_level=True)

# A Python that was built for a newer C library than there is cannot import all of its own modules.
with contextlib.suppress(ImportError):
    importlib.import_module("termios")
needs_termios = pytest.mark.skipif(
    "termios" not in sys.modules, reason="typing unseen needs termios"
)

APP = "acme/shop/web"
DEPLOY = ("apps", "deploy", APP, "--wait", "--interval", "0.01")


class Terminal:
    """A command in a process of its own, at a terminal that the test holds the other end of."""

    def __init__(self, *words: str, fake: FakeAncla, **environ: str) -> None:
        try:
            self._ours, theirs = os.openpty()
        except OSError as error:
            pytest.skip(f"there are no pseudo-terminals here: {error}")
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self._process: subprocess.Popen[str] = start(
            *words,
            fake=fake,
            environ={"TERM": "xterm", **environ},
            **streams,
            start_new_session=True,
        )
        os.close(theirs)
        self.text = ""
        self._interrupted = False

    def expect(self, text: str) -> None:
        while text not in self.text:
            if not self._read():
                self._fail(f"{text!r} never came")

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._interrupted = True

    def finish(self) -> int:
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(timeout=30)

    def _read(self) -> bool:
        for _ in range(30):
            ready, _, _ = select.select([self._ours], [], [], 1)
            if ready:
                break
            if self._interrupted:  # as a person would: one just before a read begins is not seen
                self._process.send_signal(signal.SIGINT)
        if not ready:
            self._fail("nothing more came")
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode()
        return bool(data)

    def _fail(self, why: str) -> NoReturn:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)
        pytest.fail(f"{why}: {self.text!r}")


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app() as fake:
        yield fake


@pytest.mark.parametrize(
    ("response", "status", "left"),
    one_in(3, [("y\n", 0, 0), ("Yes\n", 0, 0), ("\n", 1, 1), ("n\n", 1, 1), ("\x04", 1, 1)]),
)
def test_deleting_asks_and_names_what_is_lost(
    response: str, status: int, left: int, fake: FakeAncla
) -> None:
    terminal = Terminal("apps", "delete", APP, fake=fake)
    terminal.expect(f"Delete the app {APP} with its images and deployments? [y/N] ")
    terminal.type(response)

    assert terminal.finish() == status
    assert ("nothing was deleted" in terminal.text) == bool(left)
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        assert len(client.list_apps("acme", "shop")) == left


@needs_termios
def test_a_value_is_typed_unseen(fake: FakeAncla) -> None:
    terminal = Terminal("config", "set", APP, "TOKEN", "--secret", fake=fake)
    terminal.expect("Value of TOKEN: ")
    terminal.type("typed-by-hand\n")

    assert terminal.finish() == 0
    assert "typed-by-hand" not in terminal.text
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        assert client.get_config("acme", "shop", "web", "TOKEN").secret
    assert [request.body for request in fake.requests if request.method == "POST"] == [
        {"name": "TOKEN", "value": "typed-by-hand", "secret": True}
    ]


@on_one_python
@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        (f"apps delete {APP}", "[y/N] "),
        pytest.param(f"config set {APP} TOKEN", "Value of TOKEN: ", marks=needs_termios),
    ],
)
def test_an_error_behind_a_prompt_has_a_line_of_its_own(
    words: str, prompt: str, fake: FakeAncla
) -> None:
    ended, interrupted = (Terminal(*words.split(), fake=fake) for _ in range(2))
    for terminal in (ended, interrupted):
        terminal.expect(prompt)
    ended.type("\x04")
    interrupted.interrupt()

    assert (ended.finish() in (1, 2), interrupted.finish()) == (True, 130)
    for terminal in (ended, interrupted):
        assert f"{prompt}\r\n\x1b[31merror:" in terminal.text


def test_a_wait_shows_stage_time_and_a_spinner() -> None:
    with fake_with_app(pace=0.3) as fake:
        terminal = Terminal("apps", "deploy", APP, "--wait", "--interval", "0.15", fake=fake)
        assert terminal.finish() == 0

    assert "\r/ build 1: running  0:00" in terminal.text
    assert "\r- build 1: running  0:00" in terminal.text
    assert "\x1b[32mbuild 1: built\x1b[0m  0:0" in terminal.text
    assert "\x1b[32mdeployment: complete\x1b[0m  0:0" in terminal.text
    assert "\x1b[1mFIELD" in terminal.text


@on_one_python
def test_tables_fit_the_terminal(fake: FakeAncla) -> None:
    fake.add_config("acme", "shop", "web", "TOKEN", "long " * 60)
    fake.add_deployment("acme", "shop", "web", error="it timed out after many attempts " * 3)
    for words, row in (
        (f"config list {APP}", r"\nTOKEN  long long .*  no +no\r\n"),
        (f"apps status {APP}", r"\ndeploy  - +error: it timed out "),
    ):
        terminal = Terminal(*words.split(), fake=fake, NO_COLOR="1")

        assert terminal.finish() == 0
        assert max(map(len, terminal.text.splitlines())) <= 80
        assert re.search(row, terminal.text)


@on_one_python
def test_an_empty_no_color_is_none(fake: FakeAncla) -> None:
    terminal = Terminal("orgs", "list", fake=fake, NO_COLOR="")

    assert terminal.finish() == 0
    assert "\x1b[1mNAME" in terminal.text


@on_one_python
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_colour_can_be_unwanted(variables: dict[str, str], fake: FakeAncla) -> None:
    terminal = Terminal(*DEPLOY, fake=fake, **variables)

    assert terminal.finish() == 0
    assert "\x1b" not in terminal.text
    assert "build 1: built" in terminal.text


@on_one_python
def test_quiet_keeps_the_spinner_away(fake: FakeAncla) -> None:
    terminal = Terminal(*DEPLOY, "-q", "--json", fake=fake)

    assert terminal.finish() == 0
    assert terminal.text.startswith("{")


@on_one_python
def test_a_log_is_followed_with_the_spinner_out_of_its_way(fake: FakeAncla) -> None:
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        image = client.build_image("acme", "shop", "web").image_id
    terminal = Terminal("images", "log", APP, image, "-f", "--interval", "0.2", fake=fake)

    assert terminal.finish() == 0
    assert re.search(r"build: running  0:00\r +\rBuil", terminal.text)
    assert "\x1b[32mbuild: done\x1b[0m" in terminal.text


@on_one_python
def test_what_a_server_sends_cannot_command_the_terminal(fake: FakeAncla) -> None:
    evil = "\x1b]0;title\x07\x1b[2Jname\x9b31m\u202etxt"
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        client.create_org(evil)
        client.set_config("acme", "shop", "web", "EVIL", evil)
    fake.fail_next_build(evil)

    for words in (("orgs", "list"), ("config", "get", APP, "EVIL"), DEPLOY):
        terminal = Terminal(*words, fake=fake, NO_COLOR="1")
        terminal.finish()
        assert "name" in terminal.text
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(terminal.text)


PRINTABLE = {
    "plain text\n\twith lines\n": "plain text\n\twith lines\n",
    "\x1b[1;31mred\x1b[0m": "red",
    "one\r\ntwo\rthree": "one\ntwo\nthree",
    "bell\x07": "bell\N{REPLACEMENT CHARACTER}",
    "half \ud800": "half \N{REPLACEMENT CHARACTER}",
    "déjà 漢字 👩‍💻": "déjà 漢字 👩‍💻",
    "می\u200cخوب": "می\u200cخوب",
    "क्\u200dष": "क्\u200dष",
    "❤\ufe0f\u200d🔥 1\ufe0f\u20e3": "❤\ufe0f\u200d🔥 1\ufe0f\u20e3",
    "we\u200db \u200c": "we\N{REPLACEMENT CHARACTER}b \N{REPLACEMENT CHARACTER}",
    "é\u200d\u200d漢": "é\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}漢",
    "☀\ufe0f\ufe0f a\ufe0f": "☀\ufe0f\N{REPLACEMENT CHARACTER} a\N{REPLACEMENT CHARACTER}",
}
# A sample of each kind: formats, fillers, selectors, tags.
INVISIBLE = (
    "\xad\u034f\u115f\u180e\u200b\u2060\u206a\u3164\ufe00\ufeff\ufff9\U0001d173\U000e0041\U000e0100"
)


@pytest.mark.parametrize("text", PRINTABLE, ids=repr)
def test_only_what_is_printable_is_left_of_a_text(text: str) -> None:
    assert printable(text) == PRINTABLE[text]


@pytest.mark.parametrize("char", INVISIBLE, ids=ascii)
def test_what_is_invisible_is_seen(char: str) -> None:
    shown = "we\N{REPLACEMENT CHARACTER}b"
    assert printable(f"we{char}b") == shown
    assert one_line(f"we{char}b") == shown
    assert format_table(("NAME",), [(f"we{char}b",)]) == f"NAME\n{shown}"
