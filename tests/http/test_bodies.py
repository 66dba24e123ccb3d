"""The body of a response: limits, codings, JSON, broken errors, and early responses."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
import tracemalloc
import zlib

import pytest

from ancla import (
    AnclaError,
    APIConnectionError,
    InvalidResponseError,
    NotFoundError,
)
from tests.clients import all_text_of, client_for, plain_and_tls
from tests.documented_calls import APP
from tests.once import one_in
from tests.servers import (
    LARGE_BODY,
    Connection,
    Reply,
    Request,
    ScriptedServer,
    client_tls,
    echo_target,
    json_reply,
    replies,
    reply,
    then_close,
    then_reset,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CAP = 10_000
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("framing", ["sized", "chunked", "closed"])
@pytest.mark.parametrize("size", [CAP, CAP + 1, 20 * CAP])
def test_a_body_is_read_up_to_the_limit(framing: str, size: int) -> None:
    """Fault 17: a body of exactly that size is accepted."""
    body = b'"' + b"a" * (size - 2) + b'"'
    script: dict[str, Reply] = {
        "sized": reply(body),
        "chunked": CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (size, body),
        "closed": then_close(OK + b"\r\n" + body),
    }
    with ScriptedServer(replies(script[framing])) as server:
        with client_for(server, max_response_bytes=CAP) as client:
            if size <= CAP:
                assert len(client.request("GET", "/x")) == size - 2
            else:
                with pytest.raises(
                    AnclaError, match=rf"larger than {CAP} bytes \(max_response_bytes\)"
                ):
                    client.request("GET", "/x")


def test_a_log_of_more_than_16_mebibytes_needs_a_larger_limit() -> None:
    log = "a" * 16 * MEBIBYTE
    with ScriptedServer(replies(json_reply({"log_text": log}))) as server:
        with client_for(server, routes="workspaces") as client:
            with pytest.raises(AnclaError, match=r"than 16777216 bytes \(max_response_bytes\)$"):
                client.get_deployment_log(*APP, "d1")
        with client_for(server, routes="workspaces", max_response_bytes=17 * MEBIBYTE) as client:
            assert client.get_deployment_log(*APP, "d1").log_text == log


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("framing", ["sized", "chunked", "closed"])
def test_an_endless_body_ends_at_the_limit(framing: str, status: int) -> None:
    """Fault 17: an error keeps its status."""
    head = {
        "sized": f"HTTP/1.1 {status} X\r\nContent-Length: {10**15}\r\n\r\n".encode(),
        "chunked": f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n".encode(),
        "closed": f"HTTP/1.1 {status} X\r\n\r\n".encode(),
    }
    more = b"4000\r\n" + b" " * 0x4000 + b"\r\n" if framing == "chunked" else b" " * 0x4000
    sent = 0

    def endless(connection: Connection, _: Request) -> None:
        nonlocal sent
        connection.send(head[framing])
        while not connection.server.stopping.is_set():
            connection.send(more)
            sent += len(more)

    with ScriptedServer(replies(endless)) as server:
        with client_for(server, max_response_bytes=CAP) as client:
            with pytest.raises(AnclaError) as caught:
                client.request("GET", "/x")
    assert not isinstance(caught.value, TimeoutError)
    assert caught.value.status_code in ((None, 200) if status == 200 else (status,))
    assert sent < 32 * MEBIBYTE


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    "claim",
    [
        b"Content-Length: 60000000\r\n\r\n[]",
        b"Transfer-Encoding: chunked\r\n\r\n3938700\r\n[]",
    ],
)
def test_memory_grows_with_the_bytes_received(claim: bytes, status: int) -> None:
    """Fault 17: a large Content-Length or chunk size allocates nothing."""
    with ScriptedServer(replies(then_close(b"HTTP/1.1 %d X\r\n" % status + claim))) as server:
        with client_for(server) as client:
            with pytest.raises(AnclaError):
                client.request("GET", "/x")  # loads what is loaded on first use
            tracemalloc.start()
            try:
                with pytest.raises(AnclaError):
                    client.request("GET", "/x")
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert peak < 2 * MEBIBYTE


def test_a_body_in_small_pieces_costs_linear_time() -> None:
    """Fault 17: 100,000 chunks of one byte take seconds of CPU time, not minutes."""
    count = 100_000
    body = CHUNKED + b"1\r\n[\r\n" + b"1\r\n \r\n" * count + b"1\r\n]\r\n0\r\n\r\n"
    with ScriptedServer(replies(body)) as server, client_for(server) as client:
        start = time.thread_time()
        assert client.request("GET", "/x") == []
        assert time.thread_time() - start < 2


def _zipped(body: bytes, status: int = 200, coding: str = "gzip") -> bytes:
    return reply(body, status, {"Content-Encoding": coding})


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("framing", ["sized", "chunked"])
def test_gzip_is_decoded(framing: str, coding: str) -> None:
    """Fault 18: in a success and in an error, with each framing."""
    ok, missing = gzip.compress(b'["decoded"]'), gzip.compress(b'{"detail": "decoded"}')
    chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in ok) + b"0\r\n\r\n"
    head = OK + f"Content-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    first = _zipped(ok, coding=coding) if framing == "sized" else head + chunked
    with ScriptedServer(replies(first, _zipped(missing, 404))) as server:
        with client_for(server) as client:
            assert client.request("GET", "/x") == ["decoded"]
            with pytest.raises(NotFoundError) as caught:
                client.request("GET", "/x")
    assert caught.value.detail == "decoded"
    assert server.connections == 1


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_the_coding_identity_is_accepted(coding: str) -> None:
    """Fault 18: an empty body may have any coding."""
    unknown = _zipped(b"", coding="br")
    with ScriptedServer(replies(_zipped(b"[1]", coding=coding), unknown)) as server:
        with client_for(server) as client:
            assert client.request("GET", "/x") == [1]
            assert client.request("GET", "/x") is None


@pytest.mark.parametrize(("status", "counts"), [(299, False), (300, True), (404, True)])
def test_an_error_with_an_unknown_coding_keeps_its_status(status: int, counts: bool) -> None:
    """Fault 18: its body is empty. A retry would get the same coding."""
    waits: list[float] = []
    with ScriptedServer(replies(_zipped(b"text", status, "br"))) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            with pytest.raises(AnclaError) as caught:
                client.request("GET", "/x")
    assert (caught.value.status_code, caught.value.body) == (
        (status, b"") if counts else (None,) * 2
    )
    assert waits == []


def test_the_limit_applies_to_the_decompressed_body() -> None:
    """Fault 17: a body of exactly that size is accepted."""
    bodies = [_zipped(gzip.compress(b'"%b"' % (b"a" * (size - 2)))) for size in (CAP, CAP + 1)]
    with ScriptedServer(replies(*bodies)) as server:
        with client_for(server, max_response_bytes=CAP) as client:
            assert len(client.request("GET", "/x")) == CAP - 2
            with pytest.raises(APIConnectionError, match=f"larger than {CAP} bytes"):
                client.request("GET", "/x")


ZIPPED = gzip.compress(b"[1, 2, 3]")
BOMB = gzip.compress(b" " * 20 * MEBIBYTE)
SPOILT = {
    "cut after its head": _zipped(ZIPPED[:10]),
    "cut inside": _zipped(ZIPPED[:-9]),
    "cut before its checksum": _zipped(ZIPPED[:-8]),
    "wrong data": _zipped(ZIPPED[:10] + b"\xff" * 20),
    "wrong checksum": _zipped(ZIPPED[:-8] + b"\0" * 8),
    "garbage behind it": _zipped(ZIPPED + b"garbage"),
    "no gzip": _zipped(b"[1, 2, 3]"),
    "zlib instead": _zipped(zlib.compress(b"[1, 2, 3]")),
    "two layers": _zipped(gzip.compress(ZIPPED), coding="gzip, gzip"),
    "two layers in two headers": reply(
        gzip.compress(ZIPPED), 200, {"Content-Encoding": "gzip", "content-encoding": "gzip"}
    ),
    **{
        f"coding {coding!r} of {'gzip' if body is ZIPPED else 'text'}": _zipped(body, 200, coding)
        for coding in ["br", "deflate", "zstd", "compress", "gzip;q=1", "x"]
        for body in [b"[1, 2, 3]", ZIPPED]
    },
    "very many members": _zipped(gzip.compress(b"") * 2000 + ZIPPED),
    "padding": _zipped(ZIPPED + b"\0"),
    "cut second member": _zipped(gzip.compress(b"[") + gzip.compress(b"]")[:-1]),
    "bomb": _zipped(BOMB),
    "bomb in the second member": _zipped(gzip.compress(b" " * MEBIBYTE) + BOMB),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_broken_or_unknown_coding_raises_an_error(spoilt: str) -> None:
    """Fault 18: memory grows with the size of the decompressed body at most."""
    with ScriptedServer(replies(SPOILT[spoilt])) as server:
        with client_for(server, max_response_bytes=MEBIBYTE) as client:
            for _ in range(2):  # loads what is loaded on first use
                tracemalloc.start()
                try:
                    with pytest.raises((APIConnectionError, InvalidResponseError)):
                        client.request("GET", "/x")
                    _, peak = tracemalloc.get_traced_memory()
                finally:
                    tracemalloc.stop()
    assert peak < 6 * MEBIBYTE


DEEP = 100_000
WRONG = {
    "NaN": (b'{"name": NaN, "slug": "s"}', "NaN is not JSON"),
    "Infinity": (b'{"name": "n", "slug": "s", "member_count": Infinity}', "Infinity is not JSON"),
    "-Infinity": (b"[-Infinity]", "-Infinity is not JSON"),
    "1e999": (b'{"name": "n", "slug": "s", "unknown": 1e999}', "a number is too large"),
    "5,000 digits": (b'{"name": "n", "slug": "s", "member_count": %s}' % (b"1" * 5000), ""),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, ""),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, ""),
    "deep and cut": (b"[" * DEEP, ""),
    "invalid UTF-8": (b'{"name": "\xff", "slug": "s"}', "byte 10 is not UTF-8"),
    "HTML": (b"<!DOCTYPE html><title>Log in</title>", "html"),
    "text": (b"hello", "at character 0$"),
    "cut JSON": (b'{"name": "n"', "delimiter at character 12$"),
    "two documents": (b"{} {}", "extra data at character 3$"),
    "nothing": (b"", ""),
    "null": (b"null", "null|None|NoneType"),
    "scalar": (b"1", "int|integer|number|1"),
    "string": (b'"text"', "str|text"),
    "list": (b"[]", r"list|array|\[\]"),
    "missing field": (b'{"name": "n"}', "slug"),
    "wrong type": (b'{"name": 1, "slug": "s"}', "name"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_invalid_or_unexpected_json_raises_invalid_response_error(wrong: str) -> None:
    """Fault 19: the message says what was received. There is no retry."""
    body, says = WRONG[wrong]
    kind = "text/html; charset=utf-8" if wrong == "HTML" else "application/json"
    with ScriptedServer(replies(reply(body, 200, {"Content-Type": kind}))) as server:
        with client_for(server, max_retries=2) as client:
            with pytest.raises(InvalidResponseError, match=f"(?i){says}") as caught:
                client.get_org("slug")
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 2000
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PATCH"])
def test_a_change_without_a_body_sends_content_length_0(method: str) -> None:
    """Fault 21: some servers send a 411 for a change without a length."""
    with ScriptedServer(replies(reply())) as server, client_for(server) as client:
        client.request(method, "/x")
    usual = method in ("POST", "PUT", "PATCH")
    assert server.requests[0].header("Content-Length") == ("0" if usual else None)


@pytest.mark.parametrize("status", [200, 299, 300, 400, 500])
def test_an_error_names_the_request_and_the_status(status: int) -> None:
    """Fault 19: and the request ID, for the server's support."""
    with ScriptedServer(replies(reply(b"text", status, {"X-Request-ID": "r-1"}))) as server:
        with client_for(server) as client, pytest.raises(AnclaError) as caught:
            client.request("POST", "/x?query")
    error = caught.value
    assert isinstance(error, InvalidResponseError) is (status < 300)
    assert ("no content type" in str(error)) is (status < 300)
    assert (error.method, error.url) == ("POST", f"{server.url}/api/v1/x")
    assert (error.status_code, error.request_id) == (status, "r-1")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_an_outgoing_number_that_json_lacks_raises_before_anything_is_sent(number: float) -> None:
    """Fault 19: at any depth."""
    with ScriptedServer(replies(echo_target)) as server, client_for(server) as client:
        for body in (number, {"a": [number]}):
            with pytest.raises(ValueError, match="not JSON compliant"):
                client.request("POST", "/x", json=body)
        with pytest.raises(ValueError, match="deployment_timeout must be an integer"):
            client.update_app("o", "p", "a", deployment_timeout=number)  # type: ignore[arg-type]  # so
        with pytest.raises((TypeError, ValueError)):
            client.request("POST", "/x", json={"a": {1, 2}})
    assert server.connections == 0


BROKEN_BODIES = {
    "invalid UTF-8": reply(b'{"detail": "\xff"}', 404),
    "cut JSON": reply(b'{"detail": ', 404),
    "deep lists": reply(b"[" * DEEP + b"]" * DEEP, 404),
    "deep details": reply(b'{"detail":' * 5000 + b"1" + b"}" * 5000, 404),
    "details as deep as Python goes": reply(b'{"detail":' * 900 + b"1" + b"}" * 900, 404),
    "5,000 digits": reply(b'{"detail": %s}' % (b"1" * 5000), 404),
    "HTML": reply(b"<html><title>Nothing here</title>", 404),
    "HTML without an end": reply(b"<html><title>", 404),
    "nothing": reply(b"", 404),
    "NULs": reply(b"\0" * 100, 404),
    "a strange shape": reply(b'{"detail": {"a": [null, {"loc": 1, "msg": 2}]}}', 404),
    "numbers in a list": reply(b'{"detail": [1, null, [2], {"loc": [1, null]}]}', 404),
    "no gzip": _zipped(b"text", 404),
    "cut gzip": _zipped(gzip.compress(b"text")[:-9], 404),
    "gzip bomb": _zipped(BOMB, 404),
    "cut body": then_close(b"HTTP/1.1 404 X\r\nContent-Length: 10\r\n\r\n{"),
    "cut chunk": then_close(b"HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "reset": then_reset(b"HTTP/1.1 404 X\r\nContent-Length: 10\r\n\r\n{"),
}


@pytest.mark.parametrize("broken", BROKEN_BODIES)
def test_a_broken_error_body_still_raises_the_error_for_its_status(broken: str) -> None:
    """Fault 20: the message has a readable length."""
    with ScriptedServer(replies(BROKEN_BODIES[broken])) as server:
        with client_for(server, max_response_bytes=MEBIBYTE) as client:
            with pytest.raises(NotFoundError) as caught:
                client.request("GET", "/x")
    assert caught.value.status_code == 404
    assert caught.value.detail is None or isinstance(caught.value.detail, str)
    assert "\0" not in str(caught.value)
    assert len(str(caught.value)) < 2000


MOVED = b"HTTP/1.1 308 X\r\nLocation: https://user:s3cret@elsewhere.example/s3cret?s3cret\r\n"
BROKEN_REDIRECTS = {
    "cut body": MOVED + b"Content-Length: 10\r\n\r\n<",
    "malformed length": MOVED + b"Content-Length: x\r\n\r\n<",
    "length and chunked": MOVED + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n<",
    "body over the limit": MOVED + b"Content-Length: 10001\r\n\r\n<",
    "no gzip": MOVED + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\ntext",
    "unknown coding": MOVED + b"Content-Encoding: br\r\nContent-Length: 4\r\n\r\ntext",
}


@pytest.mark.parametrize("broken", BROKEN_REDIRECTS)
def test_a_redirect_with_a_broken_body_still_names_its_target(broken: str) -> None:
    """Fault 20: there is no retry, which would be redirected too."""
    with ScriptedServer(replies(then_close(BROKEN_REDIRECTS[broken]))) as server:
        with client_for(server, max_retries=2, max_response_bytes=CAP) as client:
            with pytest.raises(
                AnclaError, match="redirects to https://elsewhere.example,"
            ) as caught:
                client.request("GET", "/x")
    assert caught.value.status_code == 308
    assert "s3cret" not in all_text_of(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("then", ["close", "reset", "finish", "drain"])
@plain_and_tls
def test_an_early_refusal_of_a_large_request_is_returned(
    tls: ssl.SSLContext | None, then: str
) -> None:
    """Fault 21: the error is the 413, not the broken pipe that follows it."""

    def refuse(connection: Connection) -> None:
        head = connection.read_head()
        assert head is not None
        connection.server.record(connection, head, b"")
        connection.send(json_reply({"detail": "too large"}, 413, {"Connection": "close"}))
        if then == "close":
            connection.close()
        elif then == "reset":
            connection.reset()
        elif then == "drain":
            connection.wait_until_closed()
        else:  # like a server that has gone on to other things
            connection.server.stopping.wait()

    with ScriptedServer(refuse, tls=tls) as server:
        with client_for(server, max_retries=2) as client, pytest.raises(AnclaError) as caught:
            client.request("POST", "/x", json=LARGE_BODY)
    assert len(server.requests) == 1
    if then != "reset":  # a reset may overtake the response and destroy it
        assert (caught.value.status_code, caught.value.detail) == (413, "too large")


@plain_and_tls
def test_a_connection_with_an_incomplete_request_is_not_reused(
    tls: ssl.SSLContext | None,
) -> None:
    """Fault 21: the rest of the body was not sent, even if the response says keep-alive."""

    def refuse(connection: Connection) -> None:
        head = connection.read_head()
        assert head is not None
        if connection.number == 0:
            connection.send(json_reply({"detail": "too large"}, 413))
            connection.wait_until_closed()
        else:
            connection.send(json_reply("own"))

    with ScriptedServer(refuse, tls=tls) as server, client_for(server) as client:
        with pytest.raises(AnclaError) as caught:
            client.request("POST", "/x", json=LARGE_BODY)
        assert caught.value.status_code == 413
        assert client.request("GET", "/own") == "own"


@plain_and_tls
def test_an_early_success_does_not_stop_the_request(tls: ssl.SSLContext | None) -> None:
    """Fault 21: the server may still be reading, unless the status is a refusal."""

    def respond_early(connection: Connection) -> None:
        connection.send(OK + b"Content-Length: 7\r\n\r\n")
        assert connection.read_request() is not None
        connection.send(b'"whole"')

    with ScriptedServer(respond_early, tls=tls) as server:
        with client_for(server, timeout=60.0) as client:
            assert client.request("POST", "/x", json=LARGE_BODY) == "whole"


@pytest.mark.parametrize(("method", "attempts"), one_in(2, [("POST", 1), ("PUT", 2)]))
@pytest.mark.parametrize("then", ["silence", "close", "half-closed"])
@plain_and_tls
def test_a_success_before_the_whole_request_was_sent_is_an_error(
    tls: ssl.SSLContext | None, then: str, method: str, attempts: int
) -> None:
    """Fault 21: it is unknown what the server did with a part of the body."""

    def respond_early(connection: Connection) -> None:
        connection.send(json_reply("whole"))
        if then == "close":
            connection.close()
        elif then == "half-closed":
            socket.socket.shutdown(connection.sock, socket.SHUT_WR)
            connection.server.stopping.wait()
        else:
            connection.server.stopping.wait()

    with ScriptedServer(respond_early, tls=tls) as server:
        timeout = 0.3 if then == "silence" else 5.0
        with client_for(server, timeout=timeout, max_retries=1) as client:
            with pytest.raises(APIConnectionError):
                client.request(method, "/x", json=LARGE_BODY)
        assert server.connections == attempts


@plain_and_tls
def test_a_large_request_and_a_large_response_are_sent_completely(
    tls: ssl.SSLContext | None,
) -> None:
    """Fault 21: receiving while sending loses no bytes."""
    with ScriptedServer(replies(echo_target), tls=tls) as server:
        with client_for(server, timeout=60.0, ssl_context=client_tls()) as client:
            echoed = client.request("POST", "/x", json=LARGE_BODY)
            assert len(echoed["body"]) > len(LARGE_BODY["value"])
            assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 1
