"""A response is complete or raises an error: truncation, interim responses, framing, garbage."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, APIConnectionError
from ancla._cli import main
from tests.clients import KEY, client_for, plain_and_tls
from tests.once import one_in
from tests.servers import (
    CERTIFICATES,
    Connection,
    Reply,
    Request,
    ScriptedServer,
    echo_target,
    json_reply,
    replies,
    server_tls,
    then_close,
    then_reset,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

CUT_BODIES = {
    "valid JSON prefix": OK + b"Content-Length: 9\r\n\r\n[]",
    "no last chunk": CHUNKED + b"2\r\n[]\r\n",
    "inside a trailer": CHUNKED + b"2\r\n[]\r\n0\r\nX-Trailer: 1\r\n",
}
CUT_HEADS = {
    "nothing": b"",
    "an empty response": OK + b"Content-Length: 0\r\n",
    "after a head that looks final": b"HTTP/1.1 102 Processing\r\n\r\n" + OK,
}
ENDINGS = {
    "FIN": then_close,
    "no close_notify": lambda data: then_close(data, notify=False),
    "RST": then_reset,
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("cut", one_in(3, CUT_BODIES))
@plain_and_tls
def test_a_truncated_body_raises_an_error(
    tls: ssl.SSLContext | None, cut: str, ending: str
) -> None:
    """Fault 11: even if the part is valid JSON. The next call gets its own response."""
    script = replies(*[ENDINGS[ending](CUT_BODIES[cut])] * 2, echo_target)
    with ScriptedServer(script, tls=tls) as server, client_for(server) as client:
        with pytest.raises(APIConnectionError):
            client.request("GET", "/x")
        with pytest.raises(APIConnectionError):
            client.request("POST", "/x", json={})
        assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 3


def test_a_body_that_ends_with_the_connection_is_complete_only_after_a_clean_end() -> None:
    """Fault 11: a FIN is a clean end. A reset, or TLS without close_notify, is not."""
    body = OK + b"\r\n[]"
    whole: list[tuple[ssl.SSLContext | None, Reply]] = [
        (None, then_close(body)),
        (server_tls(), then_close(body)),
    ]
    for tls, given in whole:
        with ScriptedServer(replies(given), tls=tls) as server, client_for(server) as client:
            assert client.request("GET", "/x") == []
    cut: list[tuple[ssl.SSLContext | None, Reply]] = [
        (None, then_reset(body)),
        (server_tls(), then_reset(body)),
        (server_tls(), then_close(body, notify=False)),
    ]
    for tls, given in cut:
        with ScriptedServer(replies(given), tls=tls) as server, client_for(server) as client:
            with pytest.raises(APIConnectionError):
                client.request("GET", "/x")


@pytest.mark.skipif(not hasattr(ssl, "OP_IGNORE_UNEXPECTED_EOF"), reason="needs OpenSSL 3")
@pytest.mark.parametrize("caller", ["client", "command line"])
def test_truncated_tls_raises_an_error_even_if_the_default_context_ignores_it(
    caller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 11: the ssl module of Debian 12 does."""
    make_context = ssl.create_default_context

    def make_context_of_debian_12(**options: Any) -> ssl.SSLContext:
        context = make_context(**options)
        context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
        return context

    monkeypatch.setattr(ssl, "create_default_context", make_context_of_debian_12)
    ca = str(CERTIFICATES / "ca.pem")
    cut = then_close(OK + b"\r\n[]", notify=False)
    with ScriptedServer(replies(cut), tls=server_tls()) as server:
        if caller == "command line":
            words = ["request", "POST", "/x", "--server", server.url, "--ca-file", ca]
            assert main(words) == 1
        else:
            monkeypatch.setenv("SSL_CERT_FILE", ca)
            with AnclaClient(KEY, server.url, trust_env=False) as client:
                with pytest.raises(APIConnectionError):
                    client.request("POST", "/x")
        assert len(server.requests) == 1


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("cut", one_in(3, CUT_HEADS))
@plain_and_tls
def test_a_truncated_head_raises_an_error(
    tls: ssl.SSLContext | None, cut: str, ending: str
) -> None:
    """Fault 12: otherwise a DELETE without a response would succeed."""
    with ScriptedServer(replies(ENDINGS[ending](CUT_HEADS[cut])), tls=tls) as server:
        with client_for(server) as client:
            with pytest.raises(APIConnectionError):
                client.delete_app("o", "p", "a")
            with pytest.raises(APIConnectionError):
                client.request("POST", "/x", json={})
    assert len(server.requests) == 2


INTERIMS = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    "103 with a length": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
    "several": b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n" * 4,
}


@pytest.mark.parametrize("segments", ["one", "two", "bytes"])
@pytest.mark.parametrize("interim", INTERIMS)
@plain_and_tls
def test_interim_responses_are_skipped(
    tls: ssl.SSLContext | None, interim: str, segments: str
) -> None:
    """Fault 13: even if the final one arrives later. The next call gets its own response."""

    def interim_then_final(connection: Connection, request: Request) -> None:
        final = json_reply({"target": request.target})
        if segments == "one":
            connection.send(INTERIMS[interim] + final)
        elif segments == "two":
            connection.send(INTERIMS[interim])
            connection.server.stopping.wait(0.02)  # lets the client read what there is
            connection.send(final)
        else:
            connection.drip(INTERIMS[interim] + final, 0)

    with ScriptedServer(replies(interim_then_final), tls=tls) as server:
        with client_for(server) as client:
            for target in ("/first", "/second"):
                assert client.request("GET", target) == {"target": f"/api/v1{target}"}
        assert server.connections == 1


def test_a_switch_of_protocols_raises_an_error() -> None:
    """Fault 13: a 101 is only allowed after an Upgrade header."""
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    with ScriptedServer(replies(switch + json_reply([]), echo_target)) as server:
        with client_for(server) as client:
            with pytest.raises(APIConnectionError):
                client.request("GET", "/x")
            assert client.request("GET", "/own")["target"] == "/api/v1/own"


@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n" + b"X: y\r\n" * 20 + b"\r\n"),
        (CHUNKED + b"0\r\n", b"X-Trailer: 1\r\n"),
        (CHUNKED + b"0\r\n", b"a" * 1000),
        (CHUNKED + b"1;", b"extension=" * 100),
        (OK, b"X-Header: 1\r\n"),
        (OK, b"a" * 1000),
        (b"HTTP/1.1 200 ", b"a" * 1000),
        (b"", b"\r\n"),
    ],
    ids=["100", "103", "long 102", "trailers", "trailer", "chunk size", "headers", "header"]
    + ["reason", "blank lines"],
)
@plain_and_tls
def test_endless_heads_interims_and_trailers_end_at_a_limit(
    tls: ssl.SSLContext | None, start: bytes, repeated: bytes
) -> None:
    """Fault 13: and fault 16 for heads."""
    sent = 0

    def endless(connection: Connection, _: Request) -> None:
        nonlocal sent
        connection.send(start)
        while not connection.server.stopping.is_set():
            connection.send(repeated * 100)
            sent += len(repeated) * 100

    with ScriptedServer(replies(endless), tls=tls) as server:
        with client_for(server) as client, pytest.raises(APIConnectionError) as caught:
            client.request("GET", "/x")
    assert not isinstance(caught.value, TimeoutError)
    assert sent < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "claims",
    [
        "",
        "Content-Length: 1000\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 1000\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: br\r\n",
        "Content-Type: application/json\r\n",
    ],
)
@pytest.mark.parametrize(
    ("method", "status"), [("DELETE", 204), ("GET", 304), ("HEAD", 200)] + [("HEAD", 404)]
)
@plain_and_tls
def test_a_response_without_a_body_returns_at_once(
    tls: ssl.SSLContext | None, method: str, status: int, claims: str
) -> None:
    """Fault 14: whatever its headers say. If they announce a body, the connection is not reused."""
    bodiless = f"HTTP/1.1 {status} X\r\n{claims}\r\n".encode()
    with ScriptedServer(replies(bodiless, echo_target), tls=tls) as server:
        with client_for(server) as client:
            if status >= 300:
                with pytest.raises(AnclaError) as caught:
                    client.request(method, "/x")
                assert caught.value.status_code == status
            else:
                assert client.request(method, "/x") is None
            assert client.request("GET", "/own")["target"] == "/api/v1/own"
        may_go_on = "Length" in claims or "Transfer" in claims
        assert server.connections == 1 + may_go_on


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2\r\nContent-Length: 1",
        "Content-Length: 2, 2",
        "Content-Length: +2",
        "Content-Length:",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding:",
    ],
)
@pytest.mark.parametrize(("method", "status"), [("GET", 304), ("HEAD", 200)])
def test_a_connection_with_ambiguous_framing_is_not_reused(
    method: str, status: int, framing: str
) -> None:
    """Fault 15: even without a body: a late one would be read as the next response."""

    def respond_with_a_late_body(connection: Connection, _: Request) -> None:
        connection.send(f"HTTP/1.1 {status} X\r\n{framing}\r\n\r\n".encode())
        connection.read_request()
        connection.send(json_reply("what came late"))

    with ScriptedServer(replies(respond_with_a_late_body, echo_target)) as server:
        with client_for(server) as client:
            with contextlib.suppress(AnclaError):
                client.request(method, "/x")
            assert client.request("GET", "/own")["target"] == "/api/v1/own"


def _framed(*lines: str, body: bytes = b"[]") -> bytes:
    return OK + "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


LENGTH = "Content-Length: 2"
CHUNKS = b"2\r\n[]\r\n0\r\n\r\n"
MALFORMED = {
    "two lengths": _framed(LENGTH, "Content-Length: 1"),
    "two lengths in a list": _framed("Content-Length: 2, 1"),
    "length and chunked": _framed(LENGTH, "Transfer-Encoding: chunked"),
    "chunked and length": _framed("Transfer-Encoding: chunked", LENGTH, body=CHUNKS),
    **{
        f"length {length!r}": _framed(f"Content-Length:{length}")
        for length in [" +2", " -2", " 0x2", " 2_0", " 2 2", " 2.0", " 2;", " ", "", " \xb2"]
        + [" two", " 2,", " ,2", " 2\x0b", " \x002", " " + "9" * 30, " " + "2" * 5000]
    },
    "no colon": _framed(LENGTH, "nonsense"),
    "no colon, first": _framed("nonsense", LENGTH),
    "no name": _framed(LENGTH, ": value"),
    "space before the colon": _framed("Content-Length : 2"),
    "tab before the colon": _framed("Content-Length\t: 2"),
    "space before the name": _framed(" X-Header: 1", LENGTH),
    "folded header": _framed(LENGTH, "X-Header: 1", " continued"),
    "folded length": _framed("Content-Length:", " 2"),
    "NUL in a name": _framed(LENGTH, "X-\0Header: 1"),
    "NUL in a value": _framed(LENGTH, "X-Header: 1\x002"),
    "bare LF in a value": _framed(LENGTH, "X-Header: 1\nTransfer-Encoding: chunked"),
    "bare LF in the reason": _framed(LENGTH).replace(b"OK\r", b"OK\nX-Header: 1\r"),
    "bare CR in a value": _framed(LENGTH, "X-Header: 1\rTransfer-Encoding: chunked"),
    "name with a bracket": _framed(LENGTH, "X[Header]: 1"),
    "name with a letter that is none": _framed(LENGTH, "X-Head\xe9r: 1"),
    **{
        f"coding {coding!r}": _framed(f"Transfer-Encoding: {coding}", body=CHUNKS)
        for coding in ["gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked"]
        + ["chunked;q=1", "identity", "", "\x0bchunked", '"chunked"', "chunked\xa0"]
    },
    "two codings": _framed("Transfer-Encoding: chunked", "Transfer-Encoding: x", body=CHUNKS),
    **{
        f"chunk size {size!r}": _framed(
            "Transfer-Encoding: chunked", body=size.encode("latin-1") + b"\r\n[]\r\n0\r\n\r\n"
        )
        for size in ["+2", "-2", "0x2", "0X2", "2_0", "_2", " 2", "\t2", "", "x", "2 2", "\xb2"]
        + ["2\x00", "2.0", ";a=b", "2\r", "F" * 17, "F" * 5000, "-0", "2,2"]
    },
    "chunk longer than its size": CHUNKED + b"1\r\n[]\r\n0\r\n\r\n",
    "chunk shorter than its size": CHUNKED + b"3\r\n[]\r\n0\r\n\r\n",
    "no line end after a chunk": CHUNKED + b"2\r\n[]0\r\n\r\n",
    "line feeds alone": _framed(LENGTH).replace(b"\r\n", b"\n"),
    "line feed alone after a chunk": CHUNKED + b"2\r\n[]\n0\r\n\r\n",
    "line feed alone after a size": CHUNKED + b"2\n[]\r\n0\r\n\r\n",
    "line feed alone at the head's end": _framed(LENGTH).replace(b"\r\n\r\n", b"\n\r\n"),
    "carriage returns alone": _framed(LENGTH).replace(b"\r\n", b"\r"),
    **{
        f"trailer {trailer!r}": CHUNKED + b"2\r\n[]\r\n0\r\n%b\r\n\r\n" % trailer
        for trailer in [b"no trailer", b"X: 1\r\n folded", b"X: 1\r\n\tfolded", b": 1", b"X : 1"]
        + [b" X: 1", b"X: \0", b"X: 1\rY: 2", b"X: 1\nY: 2", b"X: y\n\nHTTP/1.1 200 OK"]
    },
}


@pytest.mark.parametrize("malformed", MALFORMED)
def test_malformed_framing_raises_an_error_and_closes_the_connection(malformed: str) -> None:
    """Fault 15: a length that another reader could read differently is invalid."""
    with ScriptedServer(replies(MALFORMED[malformed], echo_target)) as server:
        with client_for(server, timeout=1.0) as client:
            with pytest.raises(APIConnectionError) as caught:
                client.request("GET", "/x")
            assert not isinstance(caught.value, TimeoutError)
            server.wait_until_all_closed()
            assert client.request("GET", "/own")["target"] == "/api/v1/own"


WELL_FORMED = {
    "no space after the colon": _framed("Content-Length:2"),
    "spaces around the value": _framed("Content-Length: \t 2 \t "),
    "leading zeros": _framed("Content-Length: 002"),
    "any case": _framed("cOnTeNt-LeNgTh: 2"),
    "same length twice": _framed(LENGTH, LENGTH),
    "no reason": OK.replace(b" OK", b"") + b"Content-Length: 2\r\n\r\n[]",
    "empty reason": OK.replace(b"OK", b"") + b"Content-Length: 2\r\n\r\n[]",
    "reason of any bytes": OK.replace(b"OK", b"\xc3\xa9 \xff") + b"Content-Length: 2\r\n\r\n[]",
    "bytes in a value": _framed("X-Header: \xe9\xff", "X-Empty:", LENGTH),
    "chunked in any case": _framed("transfer-encoding: Chunked", body=CHUNKS),
    "chunk extensions": CHUNKED + b'2;a=b;c="d e"\r\n[]\r\n0;z\r\n\r\n',
    "leading zeros of a size": CHUNKED + b"0002\r\n[]\r\n000\r\n\r\n",
    "many chunks": CHUNKED + b"1\r\n[\r\n" + b"1\r\n \r\n" * 300 + b"1\r\n]\r\n0\r\n\r\n",
    "hexadecimal sizes": CHUNKED + b"a\r\n[         \r\nB\r\n          ]\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"2\r\n[]\r\n0\r\nX-Trailer: 1\r\nX-Other: 2\r\n\r\n",
    "fifty headers": _framed(*[f"X-Header-{number}: 1" for number in range(50)], LENGTH),
    "a long header": _framed(f"X-Header: {'a' * 8000}", LENGTH),
}


@pytest.mark.parametrize("well_formed", WELL_FORMED)
@pytest.mark.parametrize("segments", ["one", "bytes"])
def test_unusual_but_correct_framing_is_read(well_formed: str, segments: str) -> None:
    """Fault 15: a strict reader accepts unusual framing that is valid."""

    def run(connection: Connection, _: Request) -> None:
        if segments == "one":
            connection.send(WELL_FORMED[well_formed])
        else:
            connection.drip(WELL_FORMED[well_formed], 0)

    with ScriptedServer(replies(run, echo_target)) as server, client_for(server) as client:
        assert client.request("GET", "/x") == []
        assert client.request("GET", "/own")["target"] == "/api/v1/own"
        assert server.connections == 1


GARBAGE = {
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"220 mail.example ESMTP\r\n",
    "TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "HTTP/2 settings": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18,
    "HTTP/2 response": b"HTTP/2 200\r\nContent-Length: 2\r\n\r\n[]",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "NULs": b"\0" * 100,
    "HTML": b"<html><body>hello</body></html>",
    "blank": b"\r\n\r\n\r\n\r\n",
    **{
        f"status line {line!r}": line + b"\r\nContent-Length: 2\r\n\r\n[]"
        for line in [b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1 abc OK", b"HTTP/1.1 99 OK"]
        + [b"HTTP/1.1 2000 OK", b"HTTP/1.1 +20 OK", b"HTTP/1.1 20 0", b"HTTP/1.1  200 OK"]
        + [b"HTTP/1.1 200OK", b"HTTP/1.1 2\xb20 OK", b"HTTP/1.1 -200 OK", b"HTTP/1.1 000 OK"]
        + [b"HTTP/1.1\t200\tOK", b"HTTP/2.0 200 OK", b"HTTP/0.9 200 OK", b"HTTP/1.12 200 OK"]
        + [b"HTTP/11 200 OK", b"HTTP/1.1 999 OK", b"ICY 200 OK", b"XHTTP/1.1 200 OK", b"200 OK"]
        + [b" HTTP/1.1 200 OK", b"HTTP/1.1 200 O\0K", b"HTTP/1.1 200 O\rK"]
    },
    "64 KiB of status line": b"HTTP/1.1 200 " + b"a" * 65537 + b"\r\nContent-Length: 2\r\n\r\n[]",
    "64 KiB of header": _framed("X-Header: " + "a" * 65537, LENGTH),
    "hundreds of headers": _framed(*["X-Header: 1"] * 500, LENGTH),
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_raises_a_connection_error(garbage: str) -> None:
    """Fault 16: each kind of garbage raises the same class of error."""
    with ScriptedServer(replies(then_close(GARBAGE[garbage]))) as server:
        with client_for(server) as client:
            for method in ("GET", "POST"):
                with pytest.raises(APIConnectionError) as caught:
                    client.request(method, "/x", json={} if method == "POST" else None)
                assert caught.value.status_code is None
                assert not isinstance(caught.value, TimeoutError)


def test_the_wrong_protocol_raises_a_connection_error() -> None:
    """Fault 16: http at a TLS port, and https at a plain one."""
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        with client_for(server.url.replace("https:", "http:")) as client:
            with pytest.raises(APIConnectionError):
                client.request("GET", "/x")
    for garbage in (json_reply([]), GARBAGE["SSH"], b""):

        def say(connection: Connection, garbage: bytes = garbage) -> None:
            connection.receive()
            connection.send(garbage)

        with ScriptedServer(say) as server:
            with client_for(server.url.replace("http:", "https:")) as client:
                with pytest.raises(APIConnectionError) as caught:
                    client.request("GET", "/x")
        assert caught.value.permanent is bool(garbage)  # a server that hangs up may be restarting
