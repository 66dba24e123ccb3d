"""Timeouts of attempts, and Retry-After."""

from __future__ import annotations

import errno
import select
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, formatdate
from typing import Any

import pytest

from ancla import AnclaError, APIConnectionError, APITimeoutError
from ancla._http.retry import RetryPolicy, parse_retry_after
from tests.clients import client_for, plain_and_tls
from tests.servers import (
    LARGE_BODY,
    Connection,
    ProxyServer,
    Reply,
    Request,
    ScriptedServer,
    dripped,
    json_reply,
    replies,
    reply,
    silence,
)

TIMEOUT = 0.06
# The promise is 10 %; the rest is for the scheduler of a busy machine.
AT_MOST = TIMEOUT * 1.1 + 0.5

OK = b"HTTP/1.1 200 OK\r\n"
EVERY = 0.02

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systems differ")


@contextmanager
def _times_out(at_most: float = AT_MOST, timeout: float = TIMEOUT) -> Iterator[None]:
    start = time.monotonic()
    with pytest.raises(APITimeoutError) as caught:
        yield
    taken = time.monotonic() - start
    assert 0.9 * timeout < taken < at_most
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, APIConnectionError)
    assert caught.value.__cause__ is not None
    assert f" longer than the timeout of {timeout:g} s" in str(caught.value)


DRIPS: dict[str, Reply] = {
    "silence": silence,
    "status line": dripped(b"HTTP/1.1 200 " + b"a" * 1000, EVERY),
    "headers": dripped(b"X-Header: 1\r\n" * 1000, EVERY, OK),
    "one header": dripped(b"a" * 1000, EVERY, OK + b"X-Header: "),
    "body": dripped(b" " * 1000, EVERY, OK + b"Content-Length: 1000\r\n\r\n"),
    "body without a length": dripped(b" " * 1000, EVERY, OK + b"\r\n"),
    "chunks": dripped(b"1\r\n \r\n" * 1000, EVERY, OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "one chunk": dripped(b" " * 999, EVERY, OK + b"Transfer-Encoding: chunked\r\n\r\n999\r\n"),
    "trailers": dripped(b"X: y\r\n" * 99, EVERY, OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
    "interim responses": dripped(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, EVERY),
    "almost all": dripped(b"", EVERY, OK + b"Content-Length: 3\r\n\r\n[]"),
}


@pytest.mark.parametrize("drip", DRIPS)
@plain_and_tls
def test_a_slowly_sent_response_ends_with_the_timeout(
    tls: ssl.SSLContext | None, drip: str
) -> None:
    """Fault 30: the timeout limits the attempt, not the wait for one byte."""
    with ScriptedServer(replies(DRIPS[drip]), tls=tls) as server:
        with client_for(server, timeout=TIMEOUT) as client, _times_out():
            client.request("GET", "/x")


def test_a_slowly_sent_error_body_ends_with_the_timeout() -> None:
    """Fault 30: even if its status is known by then."""
    start = b"HTTP/1.1 500 X\r\nContent-Length: 1000\r\n\r\n"
    with ScriptedServer(replies(dripped(b"a" * 1000, EVERY, start))) as server:
        with client_for(server, timeout=TIMEOUT) as client:
            begun = time.monotonic()
            with pytest.raises(AnclaError):
                client.request("GET", "/x")
            assert time.monotonic() - begun < AT_MOST


@plain_and_tls
def test_a_reused_connection_has_the_full_timeout(tls: ssl.SSLContext | None) -> None:
    """Fault 30: and not more."""
    timeout = 4 * TIMEOUT  # the first call has to do with it, even on a busy machine
    with ScriptedServer(replies(json_reply([]), DRIPS["body"]), tls=tls) as server:
        with client_for(server, timeout=timeout) as client:
            client.request("GET", "/x")
            server.stopping.wait(TIMEOUT)
            with _times_out(timeout * 1.1 + 0.5, timeout):
                client.request("GET", "/x")
        assert server.connections == 1


@plain_and_tls
def test_a_server_that_reads_slowly_or_not_at_all_ends_with_the_timeout(
    tls: ssl.SSLContext | None,
) -> None:
    """Fault 30: sending counts too."""

    def read_nothing(connection: Connection) -> None:
        connection.read_head()
        connection.server.stopping.wait()

    def read_slowly(connection: Connection) -> None:
        while connection.receive() and not connection.server.stopping.wait(EVERY):
            pass

    for script in (read_nothing, read_slowly):
        with ScriptedServer(script, tls=tls) as server:
            with client_for(server, timeout=TIMEOUT) as client:
                with _times_out(AT_MOST + 1.0):  # the body's JSON is made before its clock starts
                    client.request("POST", "/x", json=LARGE_BODY)


@pytest.mark.parametrize("pace", ["silence", "drip"])
def test_a_slow_tls_handshake_ends_with_the_timeout(pace: str) -> None:
    """Fault 30: the timeout includes the handshake."""

    def run(connection: Connection) -> None:
        if pace == "drip":  # the start of a handshake record that never ends
            connection.drip(b"\x16\x03\x03\x3f\xff\x02" + b"\0" * 1000, EVERY)
        connection.server.stopping.wait()

    with ScriptedServer(run) as server:
        with client_for(server.url.replace("http:", "https:"), timeout=TIMEOUT) as client:
            with _times_out():
                client.request("GET", "/x")


@pytest.mark.parametrize("drip", ["silence", "status line", "headers", "interim responses"])
def test_a_slow_proxy_ends_with_the_timeout(drip: str) -> None:
    """Fault 30: the timeout includes CONNECT."""
    with ProxyServer(connect_reply=DRIPS[drip]) as proxy:
        with client_for("https://127.0.0.1:1", timeout=TIMEOUT, proxy=proxy.url) as client:
            with _times_out():
                client.request("GET", "/x")


@contextmanager
def _a_full_backlog() -> Iterator[str]:
    """Yields the URL of a server that drops every SYN, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"


@linux_only
def test_a_connect_that_hangs_ends_with_the_timeout() -> None:
    """Fault 30: even if no packet ever arrives."""
    with _a_full_backlog() as url, client_for(url, timeout=TIMEOUT) as client, _times_out():
        client.request("GET", "/x")


@linux_only
def test_a_change_is_retried_if_connecting_timed_out() -> None:
    """Fault 34: the server has not seen the request."""
    waits: list[float] = []
    with _a_full_backlog() as url:
        with client_for(url, timeout=0.05, max_retries=1, waits=waits) as client:
            with pytest.raises(APITimeoutError):
                client.request("POST", "/x", json={})
    assert waits == [0.5]


class _ImpatientSocket(socket.socket):
    """A socket whose system gives up 0.1 s after unacknowledged data."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 100)


@linux_only
def test_a_connect_that_the_system_gives_up_is_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fault 34: it is not our timeout, since there is none here."""
    waits: list[float] = []
    with _a_full_backlog() as url:
        monkeypatch.setattr(socket, "socket", _ImpatientSocket)
        with client_for(url, timeout=None, max_retries=1, waits=waits) as client:
            with pytest.raises(APIConnectionError, match="cannot connect: .*timed out") as caught:
                client.request("POST", "/x", json={})
    _assert_the_system_gave_up(caught.value)
    assert waits == [0.5]


@linux_only
@pytest.mark.parametrize(("method", "attempts", "timeout"), [("GET", 2, 60.0), ("POST", 1, None)])
def test_a_connection_that_the_system_gives_up_counts_as_lost(
    method: str, attempts: int, timeout: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 33: the server may have processed the request."""
    waits: list[float] = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # for less than one request
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setattr(socket, "socket", _ImpatientSocket)
        with client_for(url, timeout=timeout, max_retries=1, waits=waits) as client:
            with pytest.raises(APIConnectionError, match="the connection broke: ") as caught:
                client.request(method, "/x", json="a" * 12_000)
    _assert_the_system_gave_up(caught.value)
    assert len(waits) == attempts - 1


def _assert_the_system_gave_up(error: APIConnectionError) -> None:
    assert not isinstance(error, APITimeoutError)
    assert isinstance(error.__cause__, TimeoutError)
    assert error.__cause__.errno == errno.ETIMEDOUT


@pytest.mark.parametrize(("timeout", "is_ours"), [(None, False), (5.0, True)])
def test_a_socket_that_times_out_by_itself_raises_a_connection_error(
    timeout: float | None, is_ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 33: for example another library's socket. Without `timeout`, it is not our timeout."""

    class Impatient(socket.socket):
        def connect(self, _: object) -> None:
            raise TimeoutError

    monkeypatch.setattr(socket, "socket", Impatient)
    with client_for("http://127.0.0.1:1", timeout=timeout) as client:
        with pytest.raises(APIConnectionError, match="cannot connect|connecting") as caught:
            client.list_orgs()
    assert isinstance(caught.value, APITimeoutError) is is_ours


@plain_and_tls
def test_a_system_without_poll_waits_with_select(
    tls: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 30: to receive and to send, until the timeout."""
    monkeypatch.delattr(select, "poll", raising=False)
    large = {"value": "a" * 4 * 1024 * 1024}
    with ScriptedServer(replies(json_reply([]), json_reply([1]), silence), tls=tls) as server:
        with client_for(server, timeout=None) as client:
            assert client.request("GET", "/x") == []
            assert client.request("POST", "/x", json=large) == [1]
            assert server.connections == 1
        with client_for(server, timeout=TIMEOUT) as client, _times_out():
            client.request("GET", "/x")


def test_the_timeout_is_for_each_attempt() -> None:
    """Fault 30: the retry of an idempotent request has the full timeout."""
    waits: list[float] = []
    with ScriptedServer(replies(silence, silence, json_reply([]))) as server:
        with client_for(server, timeout=TIMEOUT, max_retries=9, waits=waits) as client:
            assert client.request("GET", "/x") == []
    assert waits[:2] == [0.5, 1.0]  # on a busy machine, the last response may be late as well


def test_no_timeout_waits_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 31: None means no limit, whatever socket.setdefaulttimeout says."""

    def respond_late(connection: Connection, _: Request) -> None:
        connection.server.stopping.wait(0.4)
        connection.send(json_reply([]))

    previous = socket.getdefaulttimeout()
    with ScriptedServer(replies(respond_late)) as server:
        with client_for(server, timeout=None) as client:
            socket.setdefaulttimeout(0.1)
            try:
                assert client.request("GET", "/x") == []
            finally:
                socket.setdefaulttimeout(previous)


def _too_many(retry_after: bytes, status: int = 429) -> bytes:
    return reply(b"", status).replace(b"\r\n", b"\r\nRetry-After: " + retry_after + b"\r\n", 1)


def _date(seconds: float) -> bytes:
    when = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return format_datetime(when, usegmt=True).encode()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("seconds", [1, 2, 7, 60])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_retry_after_is_waited_for(form: str, seconds: int, status: int) -> None:
    """Fault 32: as seconds or as a date, up to 60 s."""
    value = str(seconds).encode() if form == "seconds" else _date(seconds)
    waits: list[float] = []
    with ScriptedServer(replies(_too_many(value, status), json_reply([]))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            assert client.request("GET", "/x") == []
    assert len(waits) == 1
    # A date has whole seconds, and some time has passed since it was made.
    assert seconds - (2 if form == "date" else 0) <= waits[0] <= seconds + 8


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"61", 61.0),
        (b"3600", 3600.0),
        (b"9999999999", 9999999999.0),
        (b"", 3600.0),
    ],
)
def test_a_long_retry_after_raises_at_once(value: bytes, seconds: float, status: int) -> None:
    """Fault 32: error.retry_after has the seconds."""
    waits: list[float] = []
    with ScriptedServer(replies(_too_many(value or _date(seconds), status))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with pytest.raises(AnclaError) as caught:
                client.request("GET", "/x")
    assert waits == []
    assert len(server.requests) == 1
    assert caught.value.status_code == status
    assert caught.value.retry_after == pytest.approx(seconds, abs=30)


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000", "+1000", "-1000"])
def test_a_retry_after_is_a_date_of_any_time_zone(zone: str) -> None:
    """Fault 32: without a time zone, it is UTC."""
    offset = int(zone) // 100 * 3600 if zone != "GMT" else 0
    there = formatdate(time.time() + 40 + offset).replace("-0000", zone)
    waited = parse_retry_after(there)
    assert waited is not None
    assert 30 < waited <= 40


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "value",
    [
        b"0",
        b"Wed, 21 Oct 2015 07:28:00 GMT",
        b"\xb2",
        "\u0663".encode(),
        b"-1",
        b"1e1",
        b"nan",
        b"9" * 5000,
        b"",
        b"soon",
        b"2, 3",
        b"Wed, 31 Feb 2099 07:28:00 GMT",
        b"Wed, 21 Oct 2099 99:99:99 GMT",
        b"Wed, 21 Oct 99999 07:28:00 GMT",
        b"Wed, 21 Oct 2099 07:28:00 +999999999999",
        b"Mon, 01 Jan 0001 00:00:00 +2359",
        b"21" * 2000 + b" Oct 2099 07:28:00 GMT",
        b"(" * 3000,
    ],
)
def test_a_bad_retry_after_falls_back_to_normal_backoff(value: bytes, status: int) -> None:
    """Fault 32: the error is that of the status, not of the parsing."""
    waits: list[float] = []
    with ScriptedServer(replies(_too_many(value, status))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with pytest.raises(AnclaError) as caught:
                client.request("GET", "/x")
    assert caught.value.status_code == status
    assert waits == [0.5, 1.0]
    assert caught.value.retry_after in (None, 0.0)


def test_backoff_doubles_from_half_a_second_to_eight() -> None:
    """Fault 32: and never exceeds that."""
    waits: list[float] = []
    with ScriptedServer(replies(reply(b"", 503))) as server:
        with client_for(server, max_retries=8, waits=waits) as client:
            with pytest.raises(AnclaError):
                client.request("GET", "/x")
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert RetryPolicy(9999, random=lambda: 1.0).wait_after_status(5000, 503, None, True) == 8.0
