"""No frame of the package has a secret in a local variable, which error trackers would show.

Sentry, for example, sends the `repr` of the local variables of each frame of a traceback
(`with_locals`), including those of the causes and contexts.
"""

from __future__ import annotations

import asyncio
import base64
import io
import ssl
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, AsyncAnclaClient
from ancla._cli import main
from ancla._http.tracebacks import hides_locals
from ancla.testing import FakeAncla
from tests.clients import ROUTE_SETS, chain_of, client_for, main_thread_signal
from tests.once import IS_QUICK, one_in
from tests.servers import (
    Connection,
    Reply,
    ScriptedServer,
    give,
    json_reply,
    replies,
    reply,
    then_close,
)

SECRET = "s3cr3t-in-plain-text"
APP = ("my-org", "my-project", "my-app")
ECHO = f'{{"detail": "{SECRET}"'.encode()


def locals_of_our_frames(error: BaseException) -> str:
    """Returns what an error tracker shows of the package's frames, and of those that they called.

    That is all but the frames of this file and of other tests.
    """
    shown = []
    for link in chain_of(error):
        for frame, line in traceback.walk_tb(link.__traceback__):
            module = frame.f_globals["__name__"]
            if module.partition(".")[0] not in ("tests", "asyncio"):
                variables = {name: repr(value) for name, value in frame.f_locals.items()}
                shown.append(f"{module}:{line} {variables}")
    return "\n".join(shown)


def assert_no_frame_shows_it(call: Callable[[], object]) -> None:
    with pytest.raises((AnclaError, ValueError)) as caught:
        call()
    shown = locals_of_our_frames(caught.value)
    assert shown
    assert SECRET not in shown


def test_the_constructor_and_all_public_methods_hide_their_locals() -> None:
    for name, method in {**vars(AnclaClient), "main": main}.items():
        if callable(method) and (name == "__init__" or name[0] != "_"):
            assert method.__code__.co_filename == hides_locals.__code__.co_filename, name
    for name in ("__init__", "with_options"):
        method = getattr(AsyncAnclaClient, name)
        assert method.__code__.co_filename == hides_locals.__code__.co_filename, name


INTERRUPTED: dict[str, Callable[[AnclaClient], object]] = {
    "set": lambda c: c.set_config(*APP, "TOKEN", SECRET),
    "set_shared": lambda c: c.set_shared_config("my-org", key="TOKEN", value=SECRET),
    "import": lambda c: c.import_config(*APP, f"TOKEN={SECRET}", overwrite=True),
    "list": lambda c: c.list_config(*APP),
    "headers": lambda c: c.with_options(headers={"Authorization": SECRET}).list_orgs(),
    "request": lambda c: c.request(
        "POST", "/workspaces/my-org/config", json={"name": "TOKEN", "value": SECRET}
    ),
    "follow": lambda c: list(c.follow_image_log(*APP, c.build_image(*APP).image_id, interval=0)),
    "construct": lambda c: AnclaClient(SECRET, c.server, proxy=f"http://user:{SECRET}@127.0.0.1:1"),
    "command": lambda _: main(["config", "set", "/".join(APP), f"TOKEN={SECRET}", "--quiet"]),
}


class _Interrupted(BaseException):
    """Like KeyboardInterrupt, and like the time limits of Celery and others."""


def _interrupted_at(line: int, call: Callable[[], object]) -> BaseException | None:
    """Raises an exception in a line of the package, and returns it. None if there are fewer."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        module = frame.f_globals.get("__name__", "")
        if not module.startswith("ancla.") or module.startswith(("ancla._fake", "ancla.testing")):
            return None
        # Not in the door itself: there, an exception may come before its `try`.
        if event == "line" and module != "ancla._http.tracebacks":
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise _Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except _Interrupted as error:
        return error
    finally:
        sys.settrace(before)
    return None


# An interrupted `close` leaves a socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("interrupted", INTERRUPTED)
def test_an_exception_in_any_line_shows_no_secret(
    interrupted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, a bug, a MemoryError, or what a signal handler raises."""
    with FakeAncla(routes="workspaces", mask_secrets=False) as fake:
        fake.add_app(*APP)
        client = AnclaClient(fake.api_key, fake.url, trust_env=False)
        monkeypatch.setattr("sys.stdout", io.StringIO())
        monkeypatch.setenv("ANCLA_SERVER", fake.url)
        monkeypatch.setenv("ANCLA_API_KEY", fake.api_key)
        client.set_config(*APP, "TOKEN", SECRET)
        line = 1
        while error := _interrupted_at(line, lambda: INTERRUPTED[interrupted](client)):
            shown = locals_of_our_frames(error)
            assert SECRET not in shown and fake.api_key not in shown, line
            line += 41 if IS_QUICK else 7
    assert line > 40


def test_frames_of_the_user_keep_their_local_variables() -> None:
    def headers() -> dict[str, str]:
        own = "seen in the error tracker"
        raise LookupError(own)

    with client_for("http://127.0.0.1:1") as client:
        with pytest.raises(LookupError) as caught:
            client.with_options(headers=headers).set_config(*APP, "TOKEN", SECRET)
    frames = {frame.f_code: frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)}
    assert frames[headers.__code__].f_locals == {"own": "seen in the error tracker"}
    assert len(frames) > 10  # None of ours is cut off: files and lines stay.


def test_an_exception_of_on_attempt_is_logged_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: object) -> None:
        try:
            raise ValueError("an error of its own")
        except ValueError:
            raise KeyError("a bug") from None

    for failure in ("an error", "no response"):
        with ScriptedServer(replies(FAILURES[failure])) as server:
            with client_for(server, on_attempt=fail) as client:
                assert_no_frame_shows_it(
                    lambda: client.set_config(*APP, "TOKEN", SECRET, True, buildtime=False)
                )
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert logged
    for error in logged:
        assert error
        assert [str(link) for link in chain_of(error)] == ["'a bug'", "an error of its own"]
        assert SECRET not in locals_of_our_frames(error)


WRONG_VALUES = {
    "no text": SECRET.encode(),
    "a lone surrogate": f"{SECRET}\ud800",
    "a list": [SECRET],
}


ENVIRONMENT: dict[str, Any] = {"org": "o", "project": "p", "environment": "production"}
Send = Callable[[AnclaClient, Any], object]
SENDERS: dict[str, Send] = {
    "set": lambda c, value: c.set_config(*APP, "TOKEN", value),
    "import": lambda c, value: c.import_config(*APP, {"TOKEN": value, "LAST": "1"}),
    "import text": lambda c, value: c.import_config(*APP, f"TOKEN={value}\nLAST=1"),
    "request": lambda c, value: c.request("POST", "/x", json={"value": value, "a": {1, 2}}),
}
SHARED: dict[str, Send] = {
    "set_shared": lambda c, value: c.set_shared_config("o", key="TOKEN", value=value),
    "import_shared": lambda c, value: c.import_shared_config(
        **ENVIRONMENT, variables={"TOKEN": value, "LAST": "1"}
    ),
    "import_shared text": lambda c, value: c.import_shared_config(
        **ENVIRONMENT, variables=f"TOKEN={value}\nLAST=1"
    ),
    "overwrite": lambda c, value: c.import_config(*APP, {"TOKEN": value}, overwrite=True),
    "overwrite text": lambda c, value: c.import_config(*APP, f"TOKEN={value}", overwrite=True),
}


@pytest.mark.parametrize("wrong", WRONG_VALUES)
@pytest.mark.parametrize("sender", [*SENDERS, *SHARED])
def test_a_value_that_is_refused_is_in_no_local_variable(sender: str, wrong: str) -> None:
    with client_for("http://127.0.0.1:1") as client:
        assert_no_frame_shows_it(lambda: {**SENDERS, **SHARED}[sender](client, WRONG_VALUES[wrong]))


def test_a_value_beside_another_wrong_argument_is_in_no_local_variable() -> None:
    wrong: Any = 5
    calls: list[Callable[[AnclaClient], object]] = [
        lambda c: c.set_config(wrong, "p", "a", "TOKEN", SECRET),
        lambda c: c.set_config(*APP, "TOKEN", SECRET, wrong),
        lambda c: c.import_config(*APP, {"A": SECRET, "": ""}),
        lambda c: c.import_config(*APP, f"A={SECRET}", secret=wrong),
        lambda c: c.request("X", "/x", json=SECRET),
        lambda c: c.set_shared_config("o", environment="e", key="TOKEN", value=SECRET),
        lambda c: c.import_shared_config(**ENVIRONMENT, variables=f"A={SECRET}\nbroken"),
        lambda c: c.import_shared_config(**ENVIRONMENT, variables={"A": SECRET}, secret=wrong),
        lambda c: c.with_options(headers={"Authorization": SECRET}, timeout=wrong - 6),
        lambda c: c.with_options(headers={"Authorization": SECRET}, environment=""),
    ]
    with client_for("http://127.0.0.1:1") as client:
        for call in calls:
            assert_no_frame_shows_it(lambda: call(client))  # noqa: B023


FAILURES: dict[str, Reply] = {
    "an error": reply(ECHO + b"}", 400),
    "an error of the server": reply(ECHO, 500),
    "no response": then_close(b""),
    "a cut body": then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + ECHO),
    "a cut chunk": then_close(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + ECHO
    ),
    "a broken line": then_close(b"HTTP/1.1 200 OK\r\nX: " + ECHO + b"\n\r\n"),
    "no JSON": reply(ECHO),
    "no UTF-8": reply(ECHO + b"\xff"),
    "no model": json_reply({"name": 5, "value": SECRET, "created": SECRET}),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("sender", one_in(3, SENDERS))
@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_a_value_whose_call_fails_is_in_no_local_variable(
    routes: str, sender: str, failure: str
) -> None:
    """Also where the server repeats it, and the response is broken."""
    if routes == "workspaces" and "import" in sender and failure in ("an error", "no model"):
        pytest.skip("an import one by one lists what was refused, and makes no model")
    if routes == "slugs" and "import" in sender:
        pytest.skip("there is no route for it, and nothing is sent")
    if sender == "request" and failure == "no model":
        pytest.skip("a free request makes no model")
    ids = json_reply({"id": "1", "slug": "x"})
    is_first = sender == "request" or (routes == "slugs" and sender == "set")

    def serve(connection: Any, request: Any) -> None:
        if request.method == "GET" and not is_first:
            is_list = "config" in request.target
            connection.send(json_reply([]) if is_list else ids)
        else:
            give(FAILURES[failure], connection, request)

    with ScriptedServer(replies(serve)) as server:
        with client_for(server, routes=routes) as client:
            assert_no_frame_shows_it(lambda: SENDERS[sender](client, SECRET))
        assert SECRET.encode() in server.received or sender == "request"


# Config variables that applications share, keys, and what the server sent


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("sender", one_in(3, SHARED))
@pytest.mark.parametrize("routes", [*ROUTE_SETS, "auto"])
def test_a_shared_value_whose_call_fails_is_in_no_local_variable(
    routes: str, sender: str, failure: str
) -> None:
    if "overwrite" in sender and failure in ("an error", "no model"):
        pytest.skip("an import one by one lists what was refused, and makes no model")

    def serve(connection: Any, request: Any) -> None:
        if request.method == "GET":
            connection.send(json_reply([{"id": "1", "name": "TOKEN", "value": f"{SECRET}, old"}]))
        else:
            give(FAILURES[failure], connection, request)

    with ScriptedServer(replies(serve)) as server:
        with client_for(server, routes=routes) as client:
            assert_no_frame_shows_it(lambda: SHARED[sender](client, SECRET))


LISTS: dict[str, Any] = {
    "of another variable": [{"id": "1", "name": "OTHER", "value": SECRET}],
    "without an id": [{"id": None, "name": "TOKEN", "value": SECRET}],
    "with an odd id": [{"id": ["/"], "name": "TOKEN", "value": SECRET}],
    "with odd pages": {"items": [{"name": "TOKEN", "value": SECRET}], "pagination": 5},
    "whose second page is an error": {
        "items": [{"name": "OTHER", "value": SECRET}],
        "pagination": {"page": 1, "per_page": 1, "total_pages": 2},
    },
    "of no list": {"TOKEN": SECRET},
    "of no variables": [{"name": 5, "value": SECRET}],
}
READERS: dict[str, Callable[[AnclaClient], object]] = {
    "get": lambda c: c.get_config(*APP, "TOKEN"),
    "delete": lambda c: c.delete_config(*APP, "TOKEN"),
    "list": lambda c: c.list_config(*APP),
    "set": lambda c: c.set_config(*APP, "TOKEN", "other-value"),
    "import": lambda c: c.import_config(*APP, {"TOKEN": "other-value"}, overwrite=True),
    "get_shared": lambda c: c.get_shared_config(**ENVIRONMENT, key="TOKEN"),
    "set_shared": lambda c: c.set_shared_config(**ENVIRONMENT, key="TOKEN", value="other-value"),
    "import_shared": lambda c: c.import_shared_config(**ENVIRONMENT, variables={"TOKEN": "other"}),
    "resolved": lambda c: c.get_resolved_config(*APP),
}


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("reader", one_in(3, READERS))
@pytest.mark.parametrize("routes", ["published", "workspaces"])
def test_a_value_that_the_server_lists_is_in_no_local_variable_of_an_error(
    routes: str, reader: str, listed: str
) -> None:
    def serve(connection: Any, request: Any) -> None:
        if request.method != "GET" or "page=2" in request.target:
            connection.send(json_reply({"detail": "no"}, 403))
        elif "config" in request.target:
            connection.send(json_reply(LISTS[listed]))
        else:
            connection.send(json_reply({"id": "1", "name": "x", "slug": "x"}))

    with ScriptedServer(replies(serve)) as server, client_for(server, routes=routes) as client:
        try:
            READERS[reader](client)
        except (AnclaError, ValueError) as error:
            assert SECRET not in locals_of_our_frames(error)
        else:  # Some read no more of the list than they need, and the response as it came.
            assert listed in ("without an id", "with odd pages", "of no list") or reader in (
                "list",
                "import",
                "resolved",
            )


@pytest.mark.parametrize(
    "body",
    [
        {"key_id": "1", "key": SECRET, "name": 5},
        {"key_id": "1", "key": [SECRET]},
        {"key": SECRET},
        [SECRET],
        SECRET,
    ],
)
def test_a_new_key_that_cannot_be_returned_is_in_no_error(body: Any) -> None:
    with ScriptedServer(replies(json_reply(body, 201))) as server:
        with client_for(server, routes="workspaces") as client:
            assert_no_frame_shows_it(lambda: client.create_api_key("ci"))
            with pytest.raises(AnclaError) as caught:
                client.create_api_key("ci")
    assert SECRET not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("failure", ["an error", "no response", "no JSON"])
def test_no_coroutine_has_a_value_or_a_header_among_its_local_variables(failure: str) -> None:
    calls: list[Callable[[AsyncAnclaClient], Any]] = [
        lambda c: c.set_config(*APP, "TOKEN", SECRET),
        lambda c: c.set_config(*APP, key="TOKEN", value=SECRET),
        lambda c: c.set_shared_config("o", key="TOKEN", value=SECRET),
        lambda c: c.import_config(*APP, {"TOKEN": SECRET}),
        lambda c: c.request("POST", "/x", json={"value": SECRET}),
        lambda c: c.with_options(headers={"Authorization": SECRET}).list_orgs(),
    ]
    wrong: Any = {"headers": {"A B": SECRET}}

    async def run(call: Callable[[AsyncAnclaClient], Any], url: str) -> None:
        async with AsyncAnclaClient("key", url, max_retries=0, trust_env=False) as client:
            await call(client)

    with ScriptedServer(replies(FAILURES[failure])) as server:
        for call in calls:
            assert_no_frame_shows_it(lambda: asyncio.run(run(call, server.url)))  # noqa: B023
        options = AsyncAnclaClient("key", server.url, trust_env=False).with_options
        assert_no_frame_shows_it(lambda: options(**wrong))
        assert_no_frame_shows_it(lambda: AsyncAnclaClient(f"{SECRET}\n", server.url))


Headers = Mapping[Any, Any] | list[str]
WRONG_HEADERS: dict[str, Headers] = {
    "a line end": {"Authorization": f"{SECRET}\n"},
    "no text": {"Authorization": SECRET.encode()},
    "another header": {"Authorization": SECRET, "Host": "x"},
    "another name": {"Authorization": SECRET, "A B": "x"},
    "a list": [SECRET],
}


@pytest.mark.parametrize("wrong", WRONG_HEADERS)
def test_a_header_that_is_refused_is_in_no_local_variable(wrong: str) -> None:
    headers: Any = WRONG_HEADERS[wrong]
    with client_for("http://127.0.0.1:1") as client:
        assert_no_frame_shows_it(lambda: client.with_options(headers=headers))


@pytest.mark.parametrize("failure", [name for name in FAILURES if name != "no model"])
def test_a_header_of_a_call_that_fails_is_in_no_local_variable(failure: str) -> None:
    with ScriptedServer(replies(FAILURES[failure])) as server, client_for(server) as client:
        view = client.with_options(headers={"Authorization": f"Bearer {SECRET}"})
        assert_no_frame_shows_it(view.list_orgs)
        assert SECRET.encode() in server.received


PROXY = f"http://user:{SECRET}@127.0.0.1:1"
GIVEN = {"api_key": SECRET, "server": "http://127.0.0.1:1", "proxy": PROXY}
WRONG_ARGUMENTS: list[dict[str, Any]] = [
    {"api_key": f"{SECRET}\n"},
    {"api_key": SECRET.encode()},
    {"server": PROXY},
    {"server": SECRET},
    {"server": f"http://127.0.0.1:{SECRET}"},
    {"proxy": f"socks5://user:{SECRET}@127.0.0.1:1"},
    {"proxy": f"{PROXY}/path"},
    {"proxy": f"{PROXY}0000000"},
    {"proxy": f"{PROXY} "},
    {"proxy": f"http://user:{SECRET}%0a@127.0.0.1:1"},
    {"proxy": [PROXY]},
    {"timeout": "x"},
    {"ssl_context": "x"},
    {"routes": "x"},
    {"environment": ""},
    {"on_attempt": 5},
]


@pytest.mark.parametrize("wrong", WRONG_ARGUMENTS, ids=lambda wrong: next(iter(wrong)))
def test_no_secret_argument_of_a_constructor_that_fails_is_in_a_local_variable(
    wrong: dict[str, Any],
) -> None:
    assert_no_frame_shows_it(lambda: AnclaClient(**{**GIVEN, **wrong}))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal for one thread")
def test_the_password_of_a_proxy_is_in_no_local_variable_while_the_tunnel_is_awaited() -> None:
    """An error that a signal handler raises, as Celery's time limit does, shows these frames."""

    def serve(connection: Connection) -> None:
        connection.read_head()
        interrupt()
        connection.wait_until_closed()

    with main_thread_signal(ValueError("the time limit")) as interrupt:
        with ScriptedServer(serve) as proxy:
            url = f"http://user:{SECRET}@127.0.0.1:{proxy.port}"
            with client_for("https://127.0.0.1:1", proxy=url) as client:
                with pytest.raises(ValueError, match="the time limit") as caught:
                    client.list_orgs()
    shown = locals_of_our_frames(caught.value)
    assert "_open_tunnel" in "".join(traceback.format_tb(caught.value.__traceback__))
    assert SECRET not in shown
    assert base64.b64encode(f"user:{SECRET}".encode()).decode() not in shown


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ANCLA_SERVER", "ANCLA_API_KEY"])
def test_no_secret_of_the_environment_is_in_a_local_variable(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cleared in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(cleared, raising=False)
    monkeypatch.setenv("ANCLA_SERVER", "http://127.0.0.1:1")
    monkeypatch.setenv(name, f"{PROXY}/ path" if name != "ANCLA_API_KEY" else f"{SECRET} ")
    assert_no_frame_shows_it(lambda: AnclaClient())


def test_for_debugging_a_variable_of_the_environment_keeps_local_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value, kept in ("1", True), ("", False):
        monkeypatch.setenv("ANCLA_KEEP_LOCALS", value)
        with pytest.raises(ValueError, match="timeout") as caught:
            AnclaClient(api_key=SECRET, timeout=-1)
        assert (SECRET in locals_of_our_frames(caught.value)) is kept


class _Broken(io.StringIO):
    """A stream that makes the command line fail with an unexpected error."""

    def write(self, _: str) -> int:
        raise RuntimeError("a bug")


COMMANDS = {
    "a value": ["config", "set", "o/p/a", f"TOKEN={SECRET}"],
    "a shared value": ["config", "set", "o/p", f"TOKEN={SECRET}", "--scope", "project"],
    "a value that is read": ["config", "set", "o/p/a", "TOKEN"],
    "a file": ["config", "import", "o/p/a", "--file", "-"],
    "a shared file": ["config", "import", "o/p", "--file", "-", "--scope", "project"],
    "a file that is refused": ["config", "import", "o/p/a", "--file", "-", "--dry-run"],
    "a wrong word": ["config", "set", "o/p/a", f"TOKEN={SECRET}", "--scope", "project"],
    "an export": ["config", "export", "o/p/a", "--format", "docker", "--show-secrets"],
}


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_secret_is_in_the_local_variables_of_the_command_line(
    command: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in those of the error that is to be told, nor in those of its context."""
    text = SECRET
    if "file" in command:
        text = f"TOKEN={SECRET}\n" + (SECRET if command == "a file that is refused" else "")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    monkeypatch.setattr("sys.stderr", _Broken())
    with FakeAncla(routes="workspaces", mask_secrets=False) as fake:
        fake.add_app("o", "p", "a")
        if command == "an export":
            fake.add_config("o", "p", "a", "TOKEN", f"{SECRET}\n", secret=True)
        elif fails:
            fake.fail_next(status=400, times=2)
        monkeypatch.setenv("ANCLA_SERVER", fake.url)
        monkeypatch.setenv("ANCLA_API_KEY", fake.api_key)
        with pytest.raises(RuntimeError, match="a bug") as caught:
            main(COMMANDS[command])
    assert SECRET not in locals_of_our_frames(caught.value)
    assert fake.api_key not in locals_of_our_frames(caught.value)


def test_the_key_is_in_no_local_variable_while_the_command_line_makes_its_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(**_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(ssl, "create_default_context", fail)
    monkeypatch.setenv("ANCLA_API_KEY", SECRET)
    file = tmp_path / "key"
    file.write_text(SECRET)
    words = ["orgs", "list", "--server", "https://127.0.0.1:1"]
    for more in ([], ["--api-key-file", str(file)]):
        with pytest.raises(KeyError, match="a bug") as caught:
            main([*words, *more])
        assert SECRET not in locals_of_our_frames(caught.value)
