"""Why there is no connection, or no access: what the doctor tells apart, and what it advises."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import pytest

from ancla import AnclaClient
from ancla.doctor import Finding, examine
from ancla.testing import FakeAncla
from tests.doctor.accounts import KEY, ODD, DifferingServer, furnish
from tests.servers import (
    Connection,
    ProxyServer,
    ScriptedServer,
    client_tls,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
)


class Place(NamedTuple):
    """A server's URL, and the options of a client for it."""

    url: str
    options: Mapping[str, Any] = MappingProxyType({})


@contextlib.contextmanager
def dead_host() -> Iterator[Place]:
    with socket.socket() as taken:  # It listens to nobody.
        taken.bind(("127.0.0.1", 0))
        yield Place(f"http://127.0.0.1:{taken.getsockname()[1]}")


@contextlib.contextmanager
def unknown_host() -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        patch.setattr(socket, "getaddrinfo", fail)
        yield Place("http://zebra.example")


@contextlib.contextmanager
def serving(script: Callable[[Connection], None], **options: Any) -> Iterator[Place]:
    with ScriptedServer(script) as server:
        yield Place(server.url, options)


def responding(*script: Any) -> AbstractContextManager[Place]:
    return serving(replies(*script))


@contextlib.contextmanager
def silent() -> Iterator[Place]:
    with ScriptedServer(lambda connection: connection.wait_until_closed()) as server:
        yield Place(server.url, {"timeout": 0.05})


@contextlib.contextmanager
def secure(certificate: str, context: ssl.SSLContext | None, host: str = "") -> Iterator[Place]:
    with ScriptedServer(replies(json_reply([])), tls=server_tls(certificate)) as server:
        url = server.url.replace("127.0.0.1", host or "127.0.0.1")
        yield Place(url, {"ssl_context": context})


@contextlib.contextmanager
def plain_behind_https() -> Iterator[Place]:
    def refuse(connection: Connection) -> None:
        connection.receive()
        connection.send(reply(b"", 400))

    with ScriptedServer(refuse) as server:
        yield Place(server.url.replace("http:", "https:"))


@contextlib.contextmanager
def through(
    proxy: ProxyServer | None, scheme: str = "https", host: str = "zebra.example"
) -> Iterator[Place]:
    if proxy is None:
        with dead_host() as place:
            yield Place(f"{scheme}://{host}", {"proxy": place.url})
        return
    with proxy:
        yield Place(f"{scheme}://zebra.example", {"proxy": proxy.url})


LOGIN_PAGE = reply(b"<html>okapi</html>", 200, {"Content-Type": "text/html"})
# How it is made, how what is seen starts, and a part of the advice.
FAILURES: dict[str, tuple[Callable[[], AbstractContextManager[Place]], str, str]] = {
    "dead host": (dead_host, "connect: .*Connection refused", "ANCLA_SERVER"),
    "unknown host": (unknown_host, "DNS: .*Name or service not known", "ANCLA_SERVER, DNS"),
    "host in the words of a reason": (
        lambda: through(None, host="connect"),
        r"connect: cannot connect through the proxy \*: .*Connection refused$",
        "NO_PROXY",
    ),
    "silent server": (silent, "timeout: the response took longer", "firewall"),
    "closing server": (lambda: responding(then_close(b"")), "HTTP: ", "without a path"),
    "other protocol": (lambda: responding(then_close(b"SSH-2.0\r\n")), "HTTP: ", "without a path"),
    "unknown authority": (
        lambda: secure("server", ssl.create_default_context()),
        r"TLS: .*certificate is not trusted",
        "--ca-file",
    ),
    "signed by itself": (lambda: secure("self-signed", client_tls()), "TLS: ", "--ca-file"),
    "expired": (lambda: secure("expired", client_tls()), "TLS: .*expired", "clock"),
    "other name": (lambda: secure("wrong-host", client_tls()), "TLS: .*mismatch", "--server"),
    "no TLS": (plain_behind_https, r"TLS: .*speaks http, not https", "http://"),
    "refusing proxy": (
        lambda: through(ProxyServer(connect_reply=reply(b"", 403))),
        "proxy: .* with status 403",
        "ask who runs the proxy",
    ),
    "proxy with a password": (
        lambda: through(ProxyServer(credentials="ibex:civet")),
        "proxy: .* with status 407",
        "http://user:password@host",
    ),
    "proxy with a password, without TLS": (
        lambda: through(ProxyServer(credentials="ibex:civet"), "http"),
        "proxy: status 407",
        "http://user:password@host",
    ),
    "no proxy": (
        lambda: through(ProxyServer(connect_reply=then_close(b"SSH-2.0\r\n"))),
        "proxy: ",
        "NO_PROXY",
    ),
    "dead proxy": (lambda: through(None), "connect: .*through the proxy.*refused", "NO_PROXY"),
    "wrong path": (lambda: responding(json_reply({}, 404)), "HTTP: status 404", "without a path"),
    "redirect": (lambda: responding(reply(b"", 302)), "HTTP: status 302", "without a path"),
    "login page": (lambda: responding(LOGIN_PAGE), "HTTP: .* login page", "without a path"),
    "failing server": (lambda: responding(json_reply({}, 500)), "status 500", "try again later"),
}


def findings_for(place: Place) -> dict[str, Finding]:
    options = {"trust_env": False, "timeout": 10, **place.options}
    with AnclaClient(KEY, place.url, **options) as client:
        findings = examine(client)
    shown = repr(findings)
    assert [word for word in (*ODD, KEY) if word in shown.lower()] == []
    return {finding.fact: finding for finding in findings}


@pytest.mark.parametrize("row", FAILURES)
def test_the_cause_of_a_failed_connection_is_told_with_what_to_do(row: str) -> None:
    make, seen, advice = FAILURES[row]
    with make() as place:
        found = findings_for(place)

    assert found["server"].mark == "differs"
    assert re.match(seen, found["server"].seen), found["server"]
    assert advice in found["server"].advice, found["server"]
    assert found.keys() <= {"server", "proxy", "tls", "http", "speed", "responses", "reuse"} | {
        *(
            "compression",
            "request_ids",
            "rate_limits",
            "clock",
            "key",
            "without_key",
            "session",
            "path",
        )
    }


@pytest.mark.parametrize(("routes", "requests"), [("workspaces", 2), ("slugs", 4)])
def test_a_wrong_key_is_told_from_a_failed_connection(
    routes: Literal["workspaces", "slugs"], requests: int
) -> None:
    with FakeAncla(api_key="another-key", routes=routes) as fake:
        found = findings_for(Place(furnish(fake, routes).url))
        assert len(fake.requests) == requests
    assert found["without_key"].mark == "holds"
    assert found["server"].seen == "responds"
    assert (found["key"].mark, found["key"].seen) == ("differs", "not accepted (status 401)")
    assert "a key of this server" in found["key"].advice
    assert found["session"].mark == "not seen"


def test_a_missing_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANCLA_API_KEY", raising=False)
    with FakeAncla() as fake, AnclaClient(None, fake.url, trust_env=False) as client:
        found = {finding.fact: finding for finding in examine(client)}
    assert found["key"].seen == "none was given (status 401)"
    assert "ANCLA_API_KEY" in found["key"].advice


def test_the_version_of_tls_and_a_proxy_are_seen() -> None:
    with FakeAncla(api_key=KEY) as fake, ProxyServer() as proxy:
        with DifferingServer(furnish(fake), lambda reply: None, tls=server_tls()) as server:
            options = {"proxy": proxy.url, "ssl_context": client_tls()}
            found = findings_for(Place(server.url, options))
    assert re.fullmatch(r"TLSv1\.[23]", found["tls"].seen)
    assert found["proxy"].seen == "used"
    assert "differs" not in {finding.mark for finding in found.values()}


def test_the_names_of_headers_on_rate_limits_are_seen() -> None:
    def limit(reply: Any) -> None:
        reply.headers |= {"X-RateLimit-Limit": "60", "RateLimit-Zorilla": "1"}

    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), limit) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            found = {finding.fact: finding for finding in examine(client)}
    assert found["rate_limits"].seen == "ratelimit-*, x-ratelimit-limit"
