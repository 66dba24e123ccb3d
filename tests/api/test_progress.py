"""`ancla.progress`: what a wait shows of itself, on a terminal and elsewhere."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

import ancla
from ancla import AnclaClient, BuildFailedError, Deployment, Image, Release, WaitTimeoutError
from ancla._api.progress import Progress
from ancla._http.clock import Clock
from ancla.testing import FakeAncla
from tests.cli.command_line import run
from tests.clients import KEY, Time, fake_with_app
from tests.documented_calls import APP

DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", re.MULTILINE)
BUILDS = "/api/v1/workspaces/acme/projects/shop/envs/production/services/web/builds"
OURS = "the deploy of 'web'"
STAGES = [
    "build 1: running",
    "build 1: built",
    "deployment: running",
    "deployment: complete",
]


class Screen(io.StringIO):
    """A terminal that understands escapes."""

    def isatty(self) -> bool:
        return True


def screen_for(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


@pytest.fixture
def fake() -> Any:
    with fake_with_app(pace="manual") as fake:
        yield fake


class Watched(Time):
    """Moves the pipelines on every so many sleeps; runs `then` before a sleep, by its number."""

    def __init__(self, fake: FakeAncla, every: int = 1, **then: Callable[[], object]) -> None:
        super().__init__()
        self.fake, self.every, self.then = fake, every, then

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if action := self.then.pop(f"at_{len(self.slept)}", None):
            action()
        if len(self.slept) % self.every == 0:
            self.fake.advance()

    def client(self) -> AnclaClient:
        return self.of(AnclaClient(self.fake.api_key, self.fake.url, max_retries=0))


def undated(text: str) -> list[str]:
    lines = text.splitlines()
    assert all(map(DATE.match, lines)), text
    return [DATE.sub("", line) for line in lines]


def test_each_change_is_a_line_with_date_and_time(
    fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    with Watched(fake).client() as client:
        client.deploy_and_wait(*APP, interval=11, on_update=ancla.progress)
    captured = capsys.readouterr()
    times = ["0:00", "0:22", "0:22", "0:44"]
    assert undated(captured.err) == [
        f"waiting for {OURS} 0:00",
        *(f"{stage} {time}" for stage, time in zip(STAGES, times, strict=True)),
    ]
    assert captured.out == ""


@pytest.mark.parametrize("interval", [3, 59, 150])
def test_while_nothing_changes_a_line_a_minute_says_that_it_goes_on(
    interval: float, fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    with Watched(fake, every=10_000).client() as client:
        image_id = client.build_image(*APP).image_id
        with pytest.raises(WaitTimeoutError):
            client.wait_for_image(
                *APP, image_id, timeout=290, interval=interval, on_update=ancla.progress
            )
    first, *lines = undated(capsys.readouterr().err)
    assert first == f"waiting for the build of image {image_id} 0:00"
    assert lines == [f"build 1: running {minute}:00" for minute in range(5)]


def test_a_server_that_is_away_is_told_at_once_each_minute_and_when_it_is_back(
    fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    watched = Watched(fake, every=10_000, at_2=lambda: fake.fail_next(503, times=45))
    with watched.client() as client:
        image_id = client.build_image(*APP).image_id
        with pytest.raises(WaitTimeoutError):
            client.wait_for_image(*APP, image_id, timeout=210, interval=3, on_update=ancla.progress)
    url = f"GET {fake.url}{BUILDS}/1 failed with status 503"
    trouble = f"build 1: running; retrying, since {url}: service unavailable"
    assert undated(capsys.readouterr().err) == [
        f"waiting for the build of image {image_id} 0:00",
        "build 1: running 0:00",
        f"{trouble} 0:06",
        f"{trouble} 1:06",
        f"{trouble} 2:06",
        "build 1: running 2:21",
        "build 1: running 3:21",
    ]


def test_a_reason_that_changes_is_not_a_line_each_time(
    fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    watched = Watched(fake, every=10_000)
    with watched.client() as client:
        image_id = client.build_image(*APP).image_id
        for number in range(12):
            fake.fail_next(503, body={"message": f"reason {number}"})
        with pytest.raises(WaitTimeoutError):
            client.wait_for_image(*APP, image_id, timeout=33, interval=3, on_update=ancla.progress)
    lines = undated(capsys.readouterr().err)
    assert [re.findall(r"reason \d+", line) for line in lines] == [[], ["reason 0"]]


def test_on_a_terminal_there_is_a_live_line_and_a_line_for_what_is_over(
    fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_for(monkeypatch)
    with Watched(fake, every=3).client() as client:
        client.deploy_and_wait(*APP, interval=0.1, on_update=ancla.progress)
    text = screen.getvalue()
    assert f"\r/ waiting for {OURS}  0:00" in text
    assert re.search(r"\r- build 1: running  0:00 +\r\\ build 1: running  0:00", text)
    kept = [line.rpartition("\r")[2] for line in text.split("\n")[:-1]]
    assert kept == [
        "\x1b[32mbuild 1: built\x1b[0m  0:00",
        "\x1b[32mdeployment: complete\x1b[0m  0:01",
    ]
    assert text.endswith("\n")


def test_on_a_terminal_the_live_line_tells_what_is_wrong(
    fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_for(monkeypatch)
    watched = Watched(fake, at_1=lambda: fake.fail_next(503, times=5))
    with watched.client() as client:
        image_id = client.build_image(*APP).image_id
        client.wait_for_image(*APP, image_id, interval=3, on_update=ancla.progress)
    assert "build 1: running; retrying, since GET" in screen.getvalue()


def test_a_live_line_is_not_drawn_on_after_the_client_was_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = screen_for(monkeypatch)
    clock = Clock()
    progress = Progress(clock)
    progress.show_waiting("it")
    clock.end()
    progress.sleep(3600)
    assert screen.getvalue() == "\r/ waiting for it  0:00"


def test_the_live_line_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_for(monkeypatch)
    progress = Progress()
    progress.update("long " * 50)
    assert screen.getvalue() == "\r/" + " long" * 15 + " lo"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interruption_takes_the_live_line_away(
    error: type[BaseException], fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_for(monkeypatch)

    def interrupt() -> None:
        raise error

    with Watched(fake, every=100, at_20=interrupt).client() as client, pytest.raises(error):
        client.deploy_and_wait(*APP, interval=3, on_update=ancla.progress)
    assert re.search(r"\r\S build 1: running  0:0\d\r +\r$", screen.getvalue())


def test_a_failure_is_red_and_takes_the_live_line_away(
    fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_for(monkeypatch)
    fake.fail_next_build("no Dockerfile")
    with Watched(fake).client() as client, pytest.raises(BuildFailedError):
        client.deploy_and_wait(*APP, interval=3, on_update=ancla.progress)
    assert screen.getvalue().endswith("\r\x1b[31mbuild 1: failed\x1b[0m  0:03\n")


def test_half_a_line_of_a_log_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_for(monkeypatch)
    time = Time()
    progress = Progress(Clock(time.sleep, time.clock))
    progress.write("half a ")
    progress.sleep(300)
    progress.write("line")
    progress.close()
    progress.close()
    assert screen.getvalue() == "half a line\n"


MODELS: list[tuple[Image | Release | Deployment, str]] = [
    (Image(id="i", version=3), "build 3: running"),
    (Image(id="i", version=3, built=True), "build 3: built"),
    (Release(id="r", version=2, error=True), "release 2: failed"),
    (Deployment(id="d", complete=True), "deployment: complete"),
    (Deployment(id="d", complete=True, error=True), "deployment: failed"),
]


@pytest.mark.parametrize(("model", "said"), MODELS, ids=[row[1] for row in MODELS])
def test_called_by_yourself_it_prints_one_line(
    model: Image | Release | Deployment, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = screen_for(monkeypatch)
    ancla.progress(model)
    assert undated(screen.getvalue()) == [f"{said} 0:00"]


def test_a_process_without_standard_error_waits_in_silence(
    fake: FakeAncla, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Watched(fake).client() as client:
        assert client.deploy_and_wait(*APP, on_update=ancla.progress).complete
    assert capsys.readouterr().out == ""


def test_a_function_of_ones_own_is_given_models_and_nothing_is_printed(
    fake: FakeAncla, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[object] = []

    def disturb(model: object) -> None:
        seen.append(model)
        fake.fail_next(503, times=3)

    with Watched(fake).client() as client:
        client.deploy_and_wait(*APP, on_update=disturb)
    assert list(dict.fromkeys(map(type, seen))) == [Image, Deployment]
    assert capsys.readouterr() == ("", "")


def test_the_command_line_tells_what_it_waits_for_while_no_server_responds() -> None:
    with FakeAncla() as gone:
        pass
    outcome = run(
        *"images log acme/shop/web i --follow".split(),
        "--timeout",
        "0.2",
        "--interval",
        "0.05",
        ANCLA_SERVER=gone.url,
        ANCLA_API_KEY=KEY,
    )
    assert (outcome.status, outcome.out) == (4, "")
    first, trouble, *_, error = outcome.err.splitlines()
    assert undated(first) == ["build: running 0:00"]
    assert undated(trouble)[0].startswith(f"build: running; retrying, since GET {gone.url}/api/v1/")
    assert error.startswith("error: ")
