"""Secrets stay secret, and invalid input is refused before it is sent."""

from __future__ import annotations

import http.client
import logging
import ssl
import traceback
from collections.abc import Callable
from urllib.parse import quote

import pytest

from ancla import AnclaClient, AnclaError, AuthenticationError, ConfigVar
from tests.clients import KEY, all_text_of, client_for, plain_and_tls
from tests.servers import (
    ProxyServer,
    ScriptedServer,
    echo_target,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
)

REDIRECTS = [300, 301, 302, 303, 305, 307, 308]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", REDIRECTS)
@plain_and_tls
def test_a_redirect_is_an_error_that_names_the_targets_origin(
    tls: ssl.SSLContext | None, status: int, method: str
) -> None:
    """Fault 1: the key stays at its origin, from https to http too."""
    with ScriptedServer(replies(echo_target)) as elsewhere:
        target = f"{elsewhere.url}/stolen?token=s3cret"
        moved = reply(b"{}", status, {"Location": target})
        with ScriptedServer(replies(moved), tls=tls) as server:
            with client_for(server, max_retries=2) as client, pytest.raises(AnclaError) as caught:
                client.request(method, "/x", json={} if method == "POST" else None)
    assert caught.value.status_code == status
    assert elsewhere.url in str(caught.value)
    assert "s3cret" not in all_text_of(caught.value)
    assert len(server.requests) == 1
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        None,
        "",
        "/api/v1/elsewhere",
        "//localhost/x",
        "http://user:s3cret@localhost/x",
        f"http://{'s3cret' * 50}@localhost/x",
        "http://s3cret\x80:s3cret@localhost/x",
        "http://[::1",
        "file:///etc/passwd",
        "data:application/json,{}",
        "http://" + "a" * 5000,
    ],
)
@pytest.mark.parametrize("status", [302, 308])
def test_any_location_raises_an_error_with_that_status(status: int, location: str | None) -> None:
    """Fault 1: the same for targets that are relative, malformed or no web address at all."""
    headers = {} if location is None else {"Location": location}
    with ScriptedServer(replies(reply(b"{}", status, headers))) as server:
        with client_for(server) as client, pytest.raises(AnclaError) as caught:
            client.request("GET", "/x")
    assert caught.value.status_code == status
    assert "s3cret" not in all_text_of(caught.value)
    assert len(str(caught.value)) < 1000
    assert len(server.requests) == 1


def test_the_location_of_other_statuses_is_ignored() -> None:
    """Fault 1: even if it has a Location header."""
    refused = reply(b"{}", 409, {"Location": "/existing"})
    with ScriptedServer(replies(refused)) as server, client_for(server) as client:
        with pytest.raises(AnclaError) as caught:
            client.create_org("name")
    assert "redirect" not in str(caught.value)


Call = Callable[[AnclaClient], object]
CHANGES: dict[str, Call] = {
    "POST": lambda client: client.create_org("name"),
    "PATCH": lambda client: client.update_org("slug", "name"),
    "DELETE": lambda client: client.delete_org("slug"),
    "PUT": lambda client: client.request("PUT", "/x", json={}),
}


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("method", CHANGES)
def test_a_redirected_change_raises_and_reaches_nobody(method: str, status: int) -> None:
    """Fault 2: a POST never becomes a GET, at the same server or another."""
    with ScriptedServer(replies(echo_target)) as elsewhere:
        for location in (f"{elsewhere.url}/x", "/api/v1/organizations/"):
            moved = reply(b"", status, {"Location": location})
            with ScriptedServer(replies(moved)) as server:
                with client_for(server, max_retries=2) as client:
                    with pytest.raises(AnclaError) as caught:
                        CHANGES[method](client)
            assert caught.value.status_code == status
            assert [request.method for request in server.requests] == [method]
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "spoilt",
    ["{}\n", "\n{}", "{}\r\nX-Evil: 1", " {}", "{} ", "{}\t", "{}\0", "{}\x7f", "{}é", "{}\u2028"],
)
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_an_invalid_key_is_refused_and_not_shown(
    spoilt: str, given: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 3: the constructor checks it."""
    caplog.set_level(logging.DEBUG)
    key = spoilt.format(KEY)
    if given == "environment":
        if "\0" in key:
            pytest.skip("no environment holds a NUL")
        monkeypatch.setenv("ANCLA_API_KEY", key)
    with pytest.raises(ValueError, match="api_key|ANCLA_API_KEY") as caught:
        AnclaClient(key if given == "argument" else None, "http://127.0.0.1:1")
    assert KEY not in all_text_of(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in caplog.text


@plain_and_tls
def test_no_message_repr_or_log_shows_the_key(
    tls: ssl.SSLContext | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 3: for each kind of failure."""
    caplog.set_level(logging.DEBUG)
    failures = [
        json_reply({"message": "no"}, 401),
        reply(b"", 500),
        reply(b"<html>", 200),
        then_close(b"garbage\r\n\r\n"),
        then_close(b""),
    ]
    with ScriptedServer(replies(*failures), tls=tls) as server:
        with client_for(server) as client:
            for _ in failures:
                with pytest.raises(AnclaError) as caught:
                    client.list_orgs()
                assert KEY not in all_text_of(caught.value)
            assert KEY not in repr(client)
            assert server.url in repr(client)
    assert all(request.header("X-API-Key") == KEY for request in server.requests)
    assert KEY not in caplog.text


def test_no_key_is_sent_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 3: the header is left out, and the 401 says how to give a key."""
    monkeypatch.delenv("ANCLA_API_KEY", raising=False)
    with ScriptedServer(replies(json_reply({"detail": "no key"}, 401))) as server:
        with AnclaClient(server=server.url) as client, pytest.raises(AuthenticationError) as caught:
            client.list_orgs()
    assert b"x-api-key" not in server.requests[0].head.lower()
    assert "ANCLA_API_KEY" in str(caught.value)


@pytest.mark.parametrize(("key", "status"), [(KEY, 401), (None, 403)])
def test_an_error_that_a_key_would_not_prevent_does_not_ask_for_one(
    key: str | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 3: a key was sent, or the status is not 401."""
    monkeypatch.delenv("ANCLA_API_KEY", raising=False)
    with ScriptedServer(replies(json_reply({"detail": "no"}, status))) as server:
        with AnclaClient(key, server.url) as client, pytest.raises(AnclaError) as caught:
            client.list_orgs()
    assert "ANCLA_API_KEY" not in str(caught.value)


@pytest.mark.parametrize("closes", [False, True], ids=["kept tunnel", "new tunnels"])
def test_every_attempt_through_a_tunnel_is_the_same(closes: bool) -> None:
    """Fault 4: three identical requests inside the tunnel. The proxy sees none of them."""
    headers = {"Connection": "close"} if closes else {}
    script = replies(*[reply(b"", 503, headers)] * 2, json_reply([]))
    waits: list[float] = []
    with ScriptedServer(script, tls=server_tls()) as server, ProxyServer() as proxy:
        with client_for(server, proxy=proxy.url, max_retries=2, waits=waits) as client:
            assert client.list_orgs() == []
    assert len(waits) == 2
    heads = [request.head for request in server.requests]
    assert len(heads) == 3
    assert len(set(heads)) == 1
    assert heads[0].startswith(b"GET /api/v1/workspaces ")
    assert {request.method for request in proxy.requests} == {"CONNECT"}
    assert len(proxy.requests) == (3 if closes else 1)
    assert KEY.encode() not in proxy.received
    assert b"X-API-Key" not in proxy.received


@pytest.mark.parametrize("password", ["pass-w0rd", "p@ss/w:rd ü"])
@plain_and_tls
def test_proxy_credentials_appear_on_the_proxy_connection_only(
    tls: ssl.SSLContext | None, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 5: the server never sees them."""
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(replies(echo_target), tls=tls) as server:
        with ProxyServer(credentials=f"user:{password}") as proxy:
            address = f"http://user:{quote(password, safe='')}@127.0.0.1:{proxy.port}"
            with client_for(server, proxy=address) as client:
                client.request("GET", "/x")
                client.request("POST", "/x", json={})
                assert "pass" not in repr(client)
    assert all(request.header("Proxy-Authorization") for request in proxy.requests)
    assert len(server.requests) == 2
    assert b"proxy-authorization" not in bytes(server.received).lower()
    assert "Basic" not in caplog.text
    assert password not in caplog.text


@pytest.mark.parametrize("credentials", ["", "user:wr0ng@"], ids=["none", "wrong"])
@plain_and_tls
def test_a_proxy_that_wants_credentials_is_an_error_without_them(
    tls: ssl.SSLContext | None, credentials: str
) -> None:
    """Fault 5: the error does not show the credentials."""
    with ScriptedServer(replies(echo_target), tls=tls) as server:
        with ProxyServer(credentials="user:right") as proxy:
            address = f"http://{credentials}127.0.0.1:{proxy.port}"
            with client_for(server, proxy=address) as client:
                with pytest.raises(AnclaError, match="407") as caught:
                    client.request("GET", "/x")
    assert "wr0ng" not in all_text_of(caught.value)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "//localhost",
        "ftp://localhost",
        "file:///etc/passwd",
        "http://",
        "http://:80",
        "http://user:pa55@localhost",
        "http://pa55@localhost",
        "http://@localhost",
        "http://localhost:pa55@127.0.0.1",
        "http://localhost\\@127.0.0.1",
        "http://local host",
        " http://localhost",
        "http://localhost\n",
        "ht\ntp://localhost",
        "http://localhost\r\nX: y",
        "http://localhost\0",
        "http://localhost/\u00a0",
        "http://localhost/?pa55=1",
        "http://localhost?",
        "http://localhost/#pa55",
        "http://localhost/#",
        "http://localhost:0",
        "http://localhost:65536",
        "http://localhost:-1",
        "http://localhost:8_0",
        "http://localhost:0x50",
        "http://localhost:\uff18\uff10",
        "http://localhost:" + "1" * 5000,
        "http://[::1",
        "http://::1]",
        "http://[]",
        "http://.",
        "http://local..host",
        f"http://{'a' * 64}.example",
    ],
)
@pytest.mark.parametrize("given", ["argument", "environment"])
def test_a_bad_server_url_is_refused(url: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 6: the message does not show a password in it."""
    if given == "environment":
        if "\0" in url:
            pytest.skip("no environment holds a NUL")
        monkeypatch.setenv("ANCLA_SERVER", url)
    with pytest.raises(ValueError, match="server|ANCLA_SERVER") as caught:
        AnclaClient(KEY, url if given == "argument" else None)
    assert "pa55" not in all_text_of(caught.value)


@pytest.mark.parametrize("ending", ["", "/", "/prefix", "/prefix/"])
def test_a_good_server_url_may_have_a_path_and_a_trailing_slash(ending: str) -> None:
    """Fault 6: valid URLs work."""
    with ScriptedServer(replies(echo_target)) as server:
        with client_for(server.url.replace("http:", "HTTP:") + ending) as client:
            client.request("GET", "/x")
    assert server.requests[0].target == f"{ending.rstrip('/')}/api/v1/x"


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1{}:1",
        "http://127.0.0.1:1{}",
        "http://us{}er:password@127.0.0.1:1",
        "http://user:pass{}word@127.0.0.1:1",
    ],
)
def test_a_line_end_in_a_proxys_address_is_refused(address: str, line_end: str) -> None:
    """Fault 8: plain, and percent-encoded in host or credentials."""
    for given in (line_end, quote(line_end)):
        with pytest.raises(ValueError, match="proxy") as caught:
            AnclaClient(KEY, "http://127.0.0.1:1", proxy=address.format(given))
        assert "word" not in all_text_of(caught.value)


def test_a_secret_variable_masks_its_value() -> None:
    """Fault 9: in repr and str. The attribute has the value."""
    variable = ConfigVar(name="TOKEN", value="hunter2", secret=True)
    assert "hunter2" not in f"{variable!r} {variable} {[variable]}"
    assert variable.value == "hunter2"


@plain_and_tls
def test_somebody_elses_debuglevel_prints_no_key(
    tls: ssl.SSLContext | None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Fault 10: http.client's debuglevel is global, and prints all headers."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    monkeypatch.setattr(http.client.HTTPSConnection, "debuglevel", 1)
    with ScriptedServer(replies(echo_target), tls=tls) as server, ProxyServer() as proxy:
        # Only to https: our proxy in the tests forwards http by http.client, which does print.
        for address in (None, f"http://user:pa55@127.0.0.1:{proxy.port}") if tls else (None,):
            with client_for(server, proxy=address) as client:
                client.request("GET", "/x")
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
