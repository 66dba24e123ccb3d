"""An exception from a signal handler reaches the caller at once, and no socket stays open."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import random
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest

import ancla
from ancla import AnclaClient, AnclaError, NotFoundError
from ancla._http.retry import RetryPolicy
from ancla.client import sender_of
from tests.clients import client_for, plain_and_tls
from tests.once import IS_QUICK, one_in
from tests.servers import (
    LARGE_BODY,
    Connection,
    ProxyServer,
    Request,
    ScriptedServer,
    client_tls,
    echo_target,
    json_reply,
    replies,
    reply,
    server_tls,
)

needs_signals = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="needs a system with alarms"
)
TRANSPORT = os.path.join(os.path.dirname(ancla.__file__), "_http", "")
# Of the standard library, what takes a socket's descriptor over long before it returns.
SECURING: CodeType = ssl.SSLSocket._create.__func__.__code__  # type: ignore[attr-defined]  # not public


class Nested(TimeoutError, AnclaError):
    """A TimeoutError subclass, such as the APITimeoutError of a client that the handler uses."""


ERRORS: dict[str, Callable[[], BaseException]] = {
    "SSLError": lambda: ssl.SSLError(1, "the handler's"),
    "TLS would block": lambda: ssl.SSLWantReadError(2, "the handler's"),
    "gaierror": lambda: socket.gaierror(-2, "the handler's"),
    "UnicodeError": lambda: UnicodeError("the handler's"),
    "TimeoutError": TimeoutError,
    "OSError": lambda: OSError("the handler's"),
    "reset": lambda: ConnectionResetError(errno.ECONNRESET, "the handler's"),
    "would block": lambda: BlockingIOError(errno.EAGAIN, "the handler's"),
    "timed out": lambda: TimeoutError(errno.ETIMEDOUT, "the handler's"),
    "an error of the SDK": lambda: Nested("the handler's"),
    "KeyboardInterrupt": KeyboardInterrupt,
}


@contextmanager
def _handler_raises(error: BaseException) -> Iterator[Callable[[], None]]:
    """Yields a function that sets off an alarm. The alarm's handler raises the error once."""
    raised = False

    def handle(*_: object) -> None:
        nonlocal raised
        if not raised:
            raised = True
            raise error

    def interrupt() -> None:
        # Again and again, since Python looks for signals, then waits: one in between wakes nobody.
        signal.setitimer(signal.ITIMER_REAL, 1e-6, 0.02)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        yield interrupt
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


OK = b"HTTP/1.1 200 OK\r\n"
# What the server sends before the signal comes, in place of a response.
STEPS = {
    "the response": b"",
    "the head": OK + b"Content-Le",
    "the body": OK + b"Content-Length: 10\r\n\r\n[",
    "a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[",
    "the trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX:",
    "the connection's end": OK + b"\r\n[",
    "the body of an error": b"HTTP/1.1 500 X\r\nContent-Length: 10\r\n\r\n[",
    "the body of a redirect": b"HTTP/1.1 307 X\r\nLocation: /\r\nContent-Length: 10\r\n\r\n[",
}


@needs_signals
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("step", STEPS)
@plain_and_tls
def test_an_exception_of_a_handler_reaches_the_caller_at_once(
    tls: ssl.SSLContext | None, step: str, method: str
) -> None:
    def begin(connection: Connection, request: Request) -> None:
        if request.target.endswith("/own"):
            echo_target(connection, request)
        else:
            connection.send(STEPS[step])
            interrupt()
            connection.wait_until_closed()

    body: Any = {} if method == "POST" else None
    with ScriptedServer(replies(begin), tls=tls) as server:
        for make_error in one_in(3, ERRORS.values()):
            error, before = make_error(), len(server.requests)
            with client_for(server, max_retries=2) as client, _handler_raises(error) as interrupt:
                with pytest.raises(type(error)) as caught:
                    client.request(method, "/x", json=body)
                assert caught.value is error
                server.wait_until_all_closed()
                assert len(server.requests) == before + 1
                assert client.request("GET", "/own")["target"] == "/api/v1/own"
            server.wait_until_all_closed()


@needs_signals
@pytest.mark.parametrize("name", ["TimeoutError", "OSError", "would block"])
@plain_and_tls
def test_an_exception_of_a_handler_while_a_large_body_is_sent_reaches_the_caller(
    tls: ssl.SSLContext | None, name: str
) -> None:
    error = ERRORS[name]()
    with _handler_raises(error) as interrupt:

        def read_little(connection: Connection) -> None:
            connection.receive()
            interrupt()
            connection.server.stopping.wait()

        with ScriptedServer(read_little, tls=tls) as server:
            with client_for(server, max_retries=2) as client:
                with pytest.raises(type(error)) as caught:
                    client.request("PUT", "/x", json=LARGE_BODY)
        assert caught.value is error
        assert server.connections == 1


@needs_signals
@pytest.mark.parametrize("name", ERRORS)
def test_an_exception_of_a_handler_in_a_handshake_reaches_the_caller(name: str) -> None:
    with _handler_raises(ERRORS[name]()) as interrupt:

        def hang(connection: Connection) -> None:
            connection.receive()  # until TLS greets, its socket may not have been kept yet
            _hanging(interrupt)(connection)

        with ScriptedServer(hang) as server:
            client = client_for(server.url.replace("http", "https"), max_retries=2)
            _raises_what_the_handler_raised(client, server)


@needs_signals
@pytest.mark.parametrize("name", ERRORS)
def test_an_exception_of_a_handler_while_a_tunnel_is_opened_reaches_the_caller(name: str) -> None:
    with _handler_raises(ERRORS[name]()) as interrupt:
        with ProxyServer(connect_reply=_hanging(interrupt)) as server:
            client = client_for("https://127.0.0.1:1", max_retries=2, proxy=server.url)
            _raises_what_the_handler_raised(client, server)


@needs_signals
@pytest.mark.parametrize("name", ERRORS)
def test_an_exception_of_a_handler_before_a_retry_reaches_the_caller(name: str) -> None:
    def unavailable(connection: Connection, _: Request) -> None:
        connection.send(reply(b"", 503))
        interrupt()

    with _handler_raises(ERRORS[name]()) as interrupt:
        with ScriptedServer(replies(unavailable)) as server:
            client = client_for(server, max_retries=2)
            sender_of(client).retry_policy = RetryPolicy(2, random=lambda: 1.0)
            _raises_what_the_handler_raised(client, server)


def _hanging(interrupt: Callable[[], None]) -> Callable[..., None]:
    def hang(connection: Connection, *_: object) -> None:
        interrupt()
        connection.wait_until_closed()

    return hang


def _raises_what_the_handler_raised(client: AnclaClient, server: ScriptedServer) -> None:
    with client, pytest.raises(BaseException) as caught:  # noqa: PT011  # a handler may raise any
        client.request("GET", "/x")
    server.wait_until_all_closed()
    assert caught.traceback[-1].name == "handle"
    assert server.connections == 1


@needs_signals
def test_alarms_at_random_times_lose_and_repeat_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 300 calls gets its response or the handler's exception, and is sent once."""
    # A handler may also run where Python cannot raise, or before a new socket is kept anywhere.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    chance = random.Random(13)
    interrupted = 0
    with (
        ScriptedServer(replies(echo_target)) as server,
        client_for(server, max_retries=2) as client,
    ):
        for number in range(300):
            method = chance.choice(["GET", "POST"])
            error = ERRORS[chance.choice(list(ERRORS))]()
            with _handler_raises(error):
                try:
                    signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.00005, 0.0015), 0.02)
                    returned = client.request(method, f"/{number}")
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    assert returned["target"] == f"/api/v1/{number}"
                except BaseException as raised:
                    if raised is not error:
                        raise
                    interrupted += 1
        targets = [request.target for request in server.requests]
    assert len(targets) == len(set(targets))
    assert interrupted
    # Otherwise, a later test would be told of a socket that the last error holds.
    del error
    gc.collect()


class _Recorded:
    """Records each socket that was created, even if its creation was interrupted."""

    def __init__(self) -> None:
        self.thread = 0
        made: list[socket.socket] = []

        def keep(sock: Any) -> Any:
            if threading.get_ident() == self.thread:  # not the server's
                made.append(sock)
            return sock

        class Plain(socket.socket):
            __module__ = "socket"  # or the frames of this file would count as the socket's

            def __new__(cls, *arguments: Any, **options: Any) -> Any:
                return keep(super().__new__(cls, *arguments, **options))

        class Secured(ssl.SSLSocket):
            __module__ = "ssl"

            def __new__(cls, *arguments: Any, **options: Any) -> Any:
                return keep(super().__new__(cls, *arguments, **options))

        self.made, self.plain, self.secured = made, Plain, Secured

    def count_open(self) -> int:
        is_open = [sock for sock in self.made if sock.fileno() >= 0]
        self.made.clear()
        for sock in is_open:
            with contextlib.suppress(OSError):  # two may have the same one
                os.close(sock.detach())
        return len(is_open)


def _raise_at_line(
    number: int,
    error: BaseException,
    call: Callable[[], object],
    *,
    in_wrap_socket: bool = False,
) -> bool:
    """Runs `call`, and raises the error at that line of the transport, or where a socket is made
    secure. Returns False if there are fewer lines.
    """
    left = number
    raised: list[BaseException] = []

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        is_ours = not in_wrap_socket and frame.f_code.co_filename.startswith(TRANSPORT)
        if not is_ours and frame.f_code is not SECURING:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                sys.settrace(None)
                raise error
        return trace

    def run() -> None:
        sys.settrace(trace)
        try:
            call()
        except BaseException as caught:
            raised.append(caught)
        finally:
            sys.settrace(None)

    gc.disable()  # what it finalizes is no part of the call, and cannot raise
    # Where a trace function raises at the end of an `except`, Python keeps that exception as the
    # one being handled: only in this thread, which ends.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    gc.enable()
    if left < 0:
        assert raised == [error], "what was raised was taken for an error of the network"
    elif raised:
        raise raised[0]
    return left < 0


@pytest.mark.parametrize(
    ("way", "error_class"),
    [
        ("http", KeyboardInterrupt),
        ("https", KeyboardInterrupt),
        ("tunnel", KeyboardInterrupt),
        ("http", TimeoutError),
        ("http", OSError),
    ],
)
def test_an_interrupt_at_any_line_leaves_no_socket_open(
    way: str, error_class: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 23: while a connection is opened, used, pooled, reused, refused and closed."""
    recorded = _Recorded()
    context = client_tls()
    context.sslsocket_class = recorded.secured
    tls = None if way == "http" else server_tls()
    kept, closed = json_reply([]), reply(b"", 404, {"Connection": "close"})

    def respond_to_both(connection: Connection) -> None:
        for what in (kept, closed):
            if connection.read_request():
                connection.send(what)

    with ScriptedServer(respond_to_both, tls=tls) as server, ProxyServer() as proxy:
        monkeypatch.setattr(socket, "socket", recorded.plain)
        options: dict[str, Any] = {"proxy": proxy.url} if way == "tunnel" else {}
        lines = left_open = 0
        step = 5 if IS_QUICK else 1
        more = True
        while more:
            client = client_for(server, ssl_context=context, **options)

            def call_twice(client: AnclaClient = client) -> None:
                recorded.thread = threading.get_ident()
                try:
                    client.request("GET", "/x")
                    if way == "http":  # the others take long, and only opening one is different
                        with contextlib.suppress(NotFoundError):
                            client.request("GET", "/x")
                finally:
                    recorded.thread = 0  # a thread of a server may have the same number later

            more = _raise_at_line(lines, error_class("mine"), call_twice)
            client.close()
            left_open += recorded.count_open() > 0
            lines += step
    assert lines > 100
    assert left_open == 0


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs numbers to be used again")
def test_an_interrupt_in_wrap_socket_closes_no_other_descriptor() -> None:
    """Fault 23: for a moment, wrap_socket has two sockets with one descriptor. If each closed it,
    the second time could hit what another thread has opened meanwhile.
    """
    lines = 0
    more = True
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        while more:
            client = client_for(server)
            opened: list[int] = []

            def call(client: AnclaClient = client, opened: list[int] = opened) -> None:
                try:
                    client.request("GET", "/x")
                except KeyboardInterrupt:
                    opened.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(4))
                    raise

            more = _raise_at_line(lines, KeyboardInterrupt(), call, in_wrap_socket=True)
            client.close()
            for descriptor in opened:
                os.close(descriptor)  # an OSError if another has closed it
            lines += 1
    assert lines > 10


@pytest.mark.parametrize("error_class", [ValueError, UnicodeError])
def test_an_exception_of_a_handler_while_json_is_parsed_reaches_the_caller(
    error_class: type[ValueError],
) -> None:
    """Fault 23: it is not reported as invalid JSON."""
    error = error_class("the handler's")

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_name == "_finite_float":
            sys.settrace(None)
            raise error
        return trace

    with ScriptedServer(replies(reply(b"[1.5]"))) as server, client_for(server) as client:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            with pytest.raises(error_class) as caught:
                client.request("GET", "/x")
        finally:
            sys.settrace(before)
    assert caught.value is error
