"""The environment: proxies, certificate bundles, and Pythons without TLS."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, APIConnectionError, AuthenticationError
from tests.clients import KEY, all_text_of, client_for, plain_and_tls, run_script
from tests.servers import (
    CERTIFICATES,
    Connection,
    ProxyServer,
    Reply,
    ScriptedServer,
    client_tls,
    echo_target,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
)

PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def _calls_go_through(spied: ProxyServer, server: ScriptedServer, **options: Any) -> bool:
    """Calls the server twice; True if that went through the proxy."""
    with client_for(server, **{"trust_env": True, **options}) as client:
        assert client.request("GET", "/x")["target"] == "/api/v1/x"
        assert client.request("POST", "/y", json={})["target"] == "/api/v1/y"
    assert len(server.requests) == 2
    return spied.connections > 0


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("case", ["upper", "lower"])
@pytest.mark.parametrize("form", ["http://{}", "{}", "http://{}/", "HTTP://{}"])
@plain_and_tls
def test_a_proxy_of_the_environment_is_used(
    tls: ssl.SSLContext | None, form: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 39: HTTP_PROXY for http, HTTPS_PROXY for https, in either case."""
    name = "HTTPS_PROXY" if tls else "HTTP_PROXY"
    with ScriptedServer(replies(echo_target), tls=tls) as server, ProxyServer() as proxy:
        address = form.format(f"127.0.0.1:{proxy.port}")
        monkeypatch.setenv(name if case == "upper" else name.lower(), address)
        assert _calls_go_through(proxy, server)
        method = "CONNECT" if tls else "GET"
        target = f"127.0.0.1:{server.port}" if tls else f"{server.url}/api/v1/x"
        assert (proxy.requests[0].method, proxy.requests[0].target) == (method, target)
        assert proxy.requests[0].header("Host") == f"127.0.0.1:{server.port}"
        assert proxy.requests[0].header("Proxy-Authorization") is None


@plain_and_tls
def test_a_proxy_for_the_other_scheme_is_not_used(
    tls: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 39: each scheme has its own variable."""
    with ScriptedServer(replies(echo_target), tls=tls) as server, ProxyServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY" if tls else "HTTPS_PROXY", proxy.url)
        assert not _calls_go_through(proxy, server)


def test_a_cgi_script_ignores_the_proxy_that_a_request_may_have_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fault 39: in a CGI script, HTTP_PROXY may come from the request's header `Proxy`."""
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    with ScriptedServer(replies(echo_target)) as server, ProxyServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert not _calls_go_through(proxy, server)


NOWHERE = {"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"}
CHOICES: list[tuple[dict[str, str], dict[str, Any], bool]] = [
    *(({"NO_PROXY": it}, {}, False) for it in ("127.0.0.1", "*", "x.example, 127.0.0.1")),
    ({"NO_PROXY": "127.0.0.1:PORT"}, {}, False),
    *(({"NO_PROXY": it}, {}, True) for it in ("", "example.com", "27.0.0.1", "127.0.0.1:1")),
    ({**NOWHERE, "NO_PROXY": "*"}, {"proxy": "PROXY"}, True),
    ({}, {"trust_env": False}, False),
]


@pytest.mark.parametrize(("environ", "options", "is_used"), CHOICES)
@plain_and_tls
def test_whether_a_proxy_is_used(
    tls: ssl.SSLContext | None,
    environ: dict[str, str],
    options: dict[str, Any],
    is_used: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fault 39: proxy= wins over the environment, NO_PROXY included."""
    with ScriptedServer(replies(echo_target), tls=tls) as server, ProxyServer() as proxy:
        both = {"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url}
        for name, value in {**both, **environ}.items():
            monkeypatch.setenv(name, value.replace("PORT", str(server.port)))
        given = {name: proxy.url if value == "PROXY" else value for name, value in options.items()}
        assert _calls_go_through(proxy, server, **given) is is_used


@pytest.mark.skipif(not _has_ipv6(), reason="this system has no IPv6")
@pytest.mark.parametrize(
    ("no_proxy", "goes_around"),
    [
        ("::1", True),
        ("[::1]", True),
        ("[::1]:{}", True),
        ("[::1]:1", False),
        ("[::2]", False),
        ("::1:{}", False),  # another address
    ],
)
def test_no_proxy_lists_an_ipv6_address_with_or_without_brackets(
    no_proxy: str, goes_around: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 39: a port needs them."""
    with ScriptedServer(replies(echo_target), host="::1") as server, ProxyServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", no_proxy.format(server.port))
        assert _calls_go_through(proxy, server) is not goes_around


@pytest.mark.parametrize("scheme", ["https", "socks5", "socks5h", "ftp"])
@pytest.mark.parametrize("given", ["argument", "environment"])
@plain_and_tls
def test_a_proxy_of_another_protocol_is_refused(
    tls: ssl.SSLContext | None, given: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 39: nothing is sent to it in clear text, or directly to the server."""
    waits: list[float] = []
    with ScriptedServer(replies(echo_target), tls=tls) as server, ProxyServer() as proxy:
        address = f"{scheme}://user:pa55@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY" if tls else "HTTP_PROXY", address)
        # The client refuses an argument when it is made, and the environment with its first call.
        with pytest.raises((ValueError, AnclaError), match="(?i)proxy") as caught:  # noqa: PT012
            options = {"proxy": address} if given == "argument" else {"trust_env": True}
            with client_for(server, max_retries=2, waits=waits, **options) as client:
                client.request("GET", "/x")
        assert waits == []
        assert "pa55" not in all_text_of(caught.value)
        assert proxy.connections == server.connections == 0


@pytest.mark.parametrize(
    "address",
    ["http://", "http://:3128", "http://127.0.0.1:0", "http://127.0.0.1:65537", "http://a b:1"]
    + ["http://.:1", "http://a..b:1", f"http://{'a' * 64}:1"]
    + ["http://127.0.0.1:1/path", "http://127.0.0.1:1?query", "http://[::1", "127.0.0.1:port", " "],
)
def test_a_proxys_address_is_checked(address: str) -> None:
    """Fault 39: when the client is created."""
    with pytest.raises(ValueError, match="proxy"):
        AnclaClient(KEY, "http://127.0.0.1:1", proxy=address)


CONNECT_RESPONSES: dict[str, Reply] = {
    "407": reply(b"who are you?", 407, {"Proxy-Authenticate": "Basic"}),
    "302": reply(b"", 302, {"Location": "https://elsewhere.example/"}),
    "401 like the API's": json_reply({"detail": "no"}, 401),
    "garbage": then_close(b"SSH-2.0\r\n"),
    "nothing": then_close(b""),
    "cut head": then_close(b"HTTP/1.1 200 OK\r\n"),
    "data behind it": b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03",
    "a response for us": b"HTTP/1.1 200 OK\r\n\r\n" + json_reply([]),
    "huge head": then_close(b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 10_000 + b"\r\n"),
}


@pytest.mark.parametrize("response", CONNECT_RESPONSES)
def test_a_proxy_that_opens_no_tunnel_raises_a_connection_error(response: str) -> None:
    """Fault 39: its response is not taken for the API's, and it never gets the key."""
    with ProxyServer(connect_reply=CONNECT_RESPONSES[response]) as proxy:
        with client_for("https://127.0.0.1:1", proxy=proxy.url) as client:
            with pytest.raises(APIConnectionError) as caught:
                client.request("GET", "/x")
    assert not isinstance(caught.value, AuthenticationError)
    assert response[:3] in str(caught.value) or not response.isdigit()
    # The server cannot have sent data behind the head, since it has received nothing yet.
    is_early = response == "a response for us" or response.endswith("behind it")
    assert str(caught.value).endswith("sent data before the tunnel was in use") is is_early
    assert KEY.encode() not in proxy.received


@pytest.mark.parametrize(
    ("status", "attempts"), [(300, 1), (401, 1), (403, 1), (407, 1), (500, 3), (502, 3), (503, 3)]
)
def test_a_proxy_s_refusal_is_not_retried_and_its_failure_is(status: int, attempts: int) -> None:
    """Fault 39: a retry would get the same 407."""
    with ProxyServer(connect_reply=reply(b"", status)) as proxy:
        with client_for("https://127.0.0.1:1", proxy=proxy.url, max_retries=2) as client:
            with pytest.raises(APIConnectionError) as caught:
                client.request("POST", "/x")
    assert proxy.connections == attempts
    assert caught.value.permanent is (attempts == 1)
    assert f"cannot connect through the proxy 127.0.0.1:{proxy.port}: " in str(caught.value)


@pytest.mark.parametrize(
    "established",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 299 X\r\n\r\n",
        b"HTTP/1.1 200\r\nVia: 1.1 proxy\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2 + b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_tunnel_begins_after_the_proxys_head(established: bytes) -> None:
    """Fault 39: the response has no body, whatever its headers. Interim ones may precede it."""
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        with ProxyServer(established=established) as proxy:
            assert _calls_go_through(proxy, server, proxy=proxy.url)


def test_a_host_name_that_ends_with_a_dot_is_verified_without_it() -> None:
    """Fault 40: certificates do not have the dot that ends an absolute name."""
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server, ProxyServer() as proxy:
        url = f"https://localhost.:{server.port}"
        with client_for(url, proxy=proxy.url) as client:
            assert client.request("GET", "/x")["target"] == "/api/v1/x"
        assert server.requests[0].header("Host") == f"localhost.:{server.port}"


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_a_certificate_bundle_of_the_environment_is_trusted(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 40: SSL_CERT_FILE and SSL_CERT_DIR."""
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if kind == "file":
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    else:
        monkeypatch.setenv("SSL_CERT_DIR", str(CERTIFICATES / "ca-dir"))
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            with AnclaClient(KEY, url) as client:
                assert client.request("GET", "/x")["target"] == "/api/v1/x"


def test_the_clients_own_context_asks_for_http_1_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 40: a server of HTTP/2 as well has to choose."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    chosen: list[str | None] = []

    def serve(connection: Connection) -> None:
        assert isinstance(connection.sock, ssl.SSLSocket)
        chosen.append(connection.sock.selected_alpn_protocol())
        replies(json_reply([]))(connection)

    tls = server_tls()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    with ScriptedServer(serve, tls=tls) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            client.list_orgs()
    assert chosen == ["http/1.1"]


def test_a_context_with_a_client_certificate_can_be_given() -> None:
    """Fault 40: and a private CA."""
    with ScriptedServer(replies(echo_target), tls=server_tls(asks_client=True)) as server:
        with client_for(server, ssl_context=client_tls("client")) as client:
            assert client.request("GET", "/x")["target"] == "/api/v1/x"


class _VerifyingContext(ssl.SSLContext):
    """A context that looks at the certificate itself, as those of truststore do."""

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        sock = super().wrap_socket(*arguments, **options)
        assert sock.getpeercert()
        return sock


def test_a_context_of_another_class_does_its_own_handshake() -> None:
    """Fault 40: truststore verifies the certificate within wrap_socket."""
    context = _VerifyingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERTIFICATES / "ca.pem")
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        with client_for(server, ssl_context=context) as client:
            assert client.request("GET", "/x")["target"] == "/api/v1/x"


class _ReadAheadSocket:
    """A TLS socket that is no `socket.socket`, and reads more than it returns."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock
        self._read = b""

    def recv(self, _: int) -> bytes:
        self._read = self._read or self._sock.recv(65536)
        piece, self._read = self._read[:50], self._read[50:]
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _ReadAheadContext(ssl.SSLContext):
    def wrap_socket(self, *arguments: Any, **options: Any) -> Any:
        return _ReadAheadSocket(super().wrap_socket(*arguments, **options))


def test_what_a_socket_of_another_library_has_read_ahead_is_received() -> None:
    """Polling it first would wait for the timeout: the system has nothing more to read."""
    context = _ReadAheadContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERTIFICATES / "ca.pem")
    with ScriptedServer(replies(echo_target), tls=server_tls()) as server:
        with client_for(server, ssl_context=context, timeout=5, max_retries=0) as client:
            assert client.request("GET", "/x")["target"] == "/api/v1/x"


def test_a_server_that_chooses_http_2_raises_a_connection_error() -> None:
    """Fault 40: the context may be shared with an HTTP/2 client. Nothing is sent."""
    context, servers = client_tls(), server_tls()
    for side in (context, servers):
        side.set_alpn_protocols(["h2", "http/1.1"])
    with ScriptedServer(replies(echo_target), tls=servers) as server:
        with client_for(server, ssl_context=context, max_retries=2) as client:
            with pytest.raises(
                APIConnectionError, match="remove h2 from the ALPN protocols"
            ) as caught:
                client.list_orgs()
    assert caught.value.permanent
    assert server.connections == 1
    assert server.requests == []


def test_https_to_a_server_of_http_is_an_error_that_says_so() -> None:
    """Fault 36: after one attempt, as for each permanent TLS failure."""

    def refuse(connection: Connection) -> None:
        connection.receive()
        connection.send(reply(b"", 400))

    with ScriptedServer(refuse) as server:
        with client_for(server.url.replace("http:", "https:"), max_retries=2) as client:
            with pytest.raises(APIConnectionError, match="perhaps .* http, not https") as caught:
                client.list_orgs()
    assert caught.value.permanent
    assert server.connections == 1


def test_a_client_makes_one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 40: reading the certificates takes longer than a call. http needs none."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    made: list[ssl.SSLContext] = []
    load = ssl.SSLContext.load_default_certs

    def counted_load(context: ssl.SSLContext, *arguments: ssl.Purpose) -> None:
        made.append(context)
        load(context, *arguments)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", counted_load)
    last_reply = json_reply([], headers={"Connection": "close"})
    for tls, contexts in ((None, 0), (server_tls(), 1)):
        with ScriptedServer(replies(last_reply), tls=tls) as server:
            with AnclaClient(KEY, server.url, trust_env=False) as client:
                for _ in range(4):
                    client.list_orgs()
            assert server.connections == 4
        assert len(made) == contexts


def test_an_environment_that_tls_cannot_use_raises_a_connection_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Fault 37: when the client is made."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    with pytest.raises(APIConnectionError, match="TLS") as caught:
        AnclaClient(KEY, "https://127.0.0.1:1", trust_env=False)
    assert caught.value.permanent
    assert isinstance(caught.value.__cause__, OSError)


WITHOUT_SSL = """
import sys

class NoTLS:
    def find_spec(self, name, path=None, target=None):
        if name in ("ssl", "_ssl"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoTLS())
sys.modules.pop("ssl", None)
from ancla import AnclaClient, AnclaError

with AnclaClient("key", sys.argv[1], trust_env=False, max_retries=0) as client:
    for number in range(3):
        assert client.request("GET", f"/{number}")["target"] == f"/api/v1/{number}"
    try:
        client.request("GET", "/fails")
    except AnclaError as error:
        assert error.status_code is None, error
    else:
        raise AssertionError("no error")

try:
    with AnclaClient("key", "https://127.0.0.1:1", trust_env=False) as client:
        client.list_orgs()
except AnclaError as error:
    print(error)
assert "ssl" not in sys.modules
"""


def test_a_python_without_tls_speaks_http() -> None:
    """Fault 41: the error for https says that ssl is missing."""
    script = replies(echo_target, echo_target, echo_target, then_close(b""))
    with ScriptedServer(script) as server:
        finished = run_script(WITHOUT_SSL, server.url)
    assert finished.returncode == 0, finished.stderr
    assert "ssl" in finished.stdout
    assert server.connections == 1


def test_the_fixture_clears_the_environment() -> None:
    """Fault 39: without the fixture, the other tests would prove little."""
    assert not any(name.upper() in PROXY_VARIABLES for name in os.environ)


@pytest.mark.parametrize("named", ["a file that is missing", "an empty file", "an empty folder"])
def test_without_ca_certificates_the_error_says_how_to_provide_them(
    named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Fault 40: it asks whether they are missing."""
    (tmp_path / "empty.pem").touch()
    (tmp_path / "folder").mkdir()
    file = tmp_path / ("missing.pem" if "missing" in named else "empty.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "folder"))
    with ScriptedServer(replies(json_reply([])), tls=server_tls()) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            with pytest.raises(APIConnectionError) as caught:
                client.list_orgs()
    said = str(caught.value)
    assert "ca-certificates" in said and "SSL_CERT_FILE" in said and "ssl_context" in said
    assert caught.value.permanent


@pytest.mark.parametrize("place", ["file", "folder"])
def test_with_other_ca_certificates_the_error_says_that_the_server_is_not_trusted(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = CERTIFICATES / "self-signed.pem"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "5ed36f99.0").write_bytes(other.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(other if place == "file" else tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "folder"))
    with ScriptedServer(replies(json_reply([])), tls=server_tls()) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            with pytest.raises(APIConnectionError, match="certificate is not trusted"):
                client.list_orgs()
    assert server.received == b""


def test_a_libssl_that_cannot_be_loaded_is_named_in_the_error() -> None:
    """Fault 41: unlike an ssl module that was not built."""
    finished = run_script(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == '_ssl':\n"
        "            raise ImportError('libssl.so.3: cannot open shared object file')\n"
        "sys.meta_path.insert(0, Broken())\n"
        "sys.modules.pop('ssl', None), sys.modules.pop('_ssl', None)\n"
        "import ancla\n"
        "ancla.AnclaClient('key', 'http://127.0.0.1:1')\n"
        "try: ancla.AnclaClient('key', 'https://127.0.0.1:1')\n"
        "except ancla.APIConnectionError as error: print(error)\n"
    )
    assert "libssl.so.3: cannot open" in finished.stdout, finished.stderr
    assert "built without" not in finished.stdout


STUB = """
def fail(*arguments, **options):
    raise RuntimeError("no OpenSSL here")
"""


@pytest.mark.parametrize(
    ("module", "name"), [(ssl, "create_default_context"), (ssl.SSLContext, "load_default_certs")]
)
def test_a_default_context_that_cannot_be_made_raises_a_connection_error(
    module: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 41: Pyodide's ssl module raises RuntimeError."""
    stub = types.ModuleType("_ssl")
    exec(STUB, vars(stub))
    monkeypatch.setattr(module, name, stub.fail)
    with pytest.raises(APIConnectionError, match="cannot set TLS up: no OpenSSL here") as caught:
        AnclaClient(KEY, "https://127.0.0.1:1", trust_env=False)
    assert caught.value.permanent
    with AnclaClient(KEY, "http://127.0.0.1:1", trust_env=False):
        pass


def test_an_exception_of_a_signal_handler_while_tls_is_set_up_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Mine(RuntimeError):
        pass

    def handler(*_: object) -> None:
        raise Mine

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", handler)
    with pytest.raises(Mine):
        AnclaClient(KEY, "https://127.0.0.1:1", trust_env=False)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_on_pyodide_the_constructor_raises_a_connection_error(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 41: otherwise the first call would wait for its timeout."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(APIConnectionError, match="which has no sockets") as caught:
        AnclaClient(KEY, f"{scheme}://127.0.0.1:1")
    assert caught.value.permanent
