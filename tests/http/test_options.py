"""`with_options` returns a view of the client with other options; also copy, pickle and repr."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, APITimeoutError, Attempt, ServerError
from ancla.client import sender_of
from ancla.testing import FakeAncla
from tests.clients import KEY, ROUTE_SETS, client_for, fake_with_app
from tests.servers import ScriptedServer, dripped, echo_target, json_reply, replies, reply

PRODUCTION = "production"


def test_a_view_shares_the_connections_and_leaves_the_client_as_it_was() -> None:
    with ScriptedServer(replies(echo_target)) as server, client_for(server) as client:
        view = client.with_options(headers={"Traceparent": "00-1"})
        for sender in (client, view, client.with_options(timeout=3), client):
            sender.request("GET", "/x")
    assert server.connections == 1
    assert [request.header("Traceparent") for request in server.requests] == [
        None,
        "00-1",
        None,
        None,
    ]
    assert type(view) is AnclaClient
    assert (view.server, view.api_key) == (client.server, client.api_key)


def test_a_view_shares_what_is_known_of_the_server() -> None:
    with FakeAncla() as fake:
        image_id = fake.image_of(fake.add_deployment("acme", "shop", "web"))
        with AnclaClient(fake.api_key, fake.url) as client:
            view = client.with_options(timeout=9)
            view.get_image("acme", "shop", "web", image_id)  # Looks its version up.
            fake.clear_requests()
            client.get_image("acme", "shop", "web", image_id)
            client.with_options(max_retries=0).get_image("acme", "shop", "web", image_id)
            assert len(fake.requests) == 2


def test_a_view_has_its_own_timeout() -> None:
    slow = dripped(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b" " * 50, 0.1)
    with ScriptedServer(replies(slow)) as server, client_for(server) as client:
        with pytest.raises(APITimeoutError, match="0.05 s"):
            client.with_options(timeout=0.05).request("GET", "/x")


def test_a_view_has_its_own_retries() -> None:
    with ScriptedServer(replies(reply(b"", 503))) as server, client_for(server) as client:
        with pytest.raises(ServerError):
            client.with_options(max_retries=2).list_orgs()
        assert len(server.requests) == 3
        with pytest.raises(ServerError):
            client.list_orgs()
    assert len(server.requests) == 4


def test_a_view_of_a_view_has_the_options_of_both() -> None:
    with ScriptedServer(replies(echo_target)) as server, client_for(server) as client:
        first = client.with_options(headers={"A": "1", "B": "1"}, environment="staging")
        second = first.with_options(headers={"b": "2"}, timeout=4)
        second.request("GET", "/x")
    assert [server.requests[0].header(name) for name in "AB"] == ["1", "2"]
    assert [each.environment for each in (client, first, second)] == [
        PRODUCTION,
        "staging",
        "staging",
    ]


@pytest.mark.parametrize("closed", ["client", "view"])
def test_closing_a_view_or_its_client_closes_both(closed: str) -> None:
    with ScriptedServer(replies(json_reply([]))) as server:
        client = client_for(server)
        view = client.with_options(timeout=4)
        view.list_orgs()
        (client if closed == "client" else view).close()
        server.wait_until_all_closed()
        for each in (client, view, view.with_options()):
            with pytest.raises(AnclaError, match="the client is closed"):
                each.list_orgs()


def test_a_view_of_a_subclass_has_its_class() -> None:
    class Mine(AnclaClient):
        def __init__(self, name: str) -> None:
            super().__init__(KEY, "http://127.0.0.1:1")
            self.name = name

    view = Mine("n").with_options(timeout=1)
    assert (type(view), view.name) == (Mine, "n")


REFUSED_HEADERS: list[tuple[str, Any]] = [
    ("'X-API-Key'", {"X-API-Key": "v4lue"}),
    ("'host'", {"host": "v4lue"}),
    ("'Content-Length'", {"Content-Length": "v4lue"}),
    ("'Connection'", {"Connection": "v4lue"}),
    ("'Content-Type'", {"Content-Type": "v4lue"}),
    ("must be valid header names, not 'A B'", {"A B": "v4lue"}),
    ("must be valid header names, not ''", {"": "v4lue"}),
    ("must be valid header names, not 'A:'", {"A:": "v4lue"}),
    (r"headers\['A'\] must be a string of printable ASCII", {"A": "v4lue\r\nB: 1"}),
    (r"headers\['A'\] must be a string of printable ASCII", {"A": "v4lue\0"}),
    (r"headers\['A'\] must be a string of printable ASCII", {"A": "v4lu\xe9"}),
    (r"headers\['A'\] must be a string of printable ASCII", {"A": b"v4lue"}),
    ("must be a mapping of names to values, not list", ["v4lue"]),
]


@pytest.mark.parametrize(("said", "headers"), REFUSED_HEADERS)
def test_refused_headers_raise_an_error_without_their_values(said: str, headers: Any) -> None:
    with client_for("http://127.0.0.1:1") as client:
        with pytest.raises(ValueError, match=f"^(the keys of )?headers.*{said}|^{said}") as caught:
            client.with_options(headers=headers)
    assert "v4lu" not in str(caught.value)


# Headers of a function


def test_a_function_of_headers_is_called_for_each_attempt() -> None:
    numbers = iter(range(9))
    script = replies(reply(b"", 503), reply(b"", 503), json_reply([]))
    with ScriptedServer(script) as server, client_for(server, max_retries=2) as client:
        view = client.with_options(headers=lambda: {"Traceparent": f"00-{next(numbers)}"})
        assert view.list_orgs() == []
        assert view.list_orgs() == []
        client.list_orgs()
    assert [request.header("Traceparent") for request in server.requests] == [
        "00-0",
        "00-1",
        "00-2",
        "00-3",
        None,
    ]


def test_headers_and_functions_of_headers_are_merged_in_order() -> None:
    with ScriptedServer(replies(echo_target)) as server, client_for(server) as client:
        view = client.with_options(headers={"A": "1", "B": "1", "C": "1", "D": "1"})
        view = view.with_options(headers=lambda: {"b": "2", "C": "2", "D": "2"})
        view = view.with_options(headers={"C": "3", "D": "3"}).with_options(headers={"d": "4"})
        view = view.with_options(headers=lambda: {"E": "5"}, timeout=3)
        view.request("GET", "/x")
    (request,) = server.requests
    assert [request.header(name) for name in "ABCDE"] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("said", "headers"), REFUSED_HEADERS)
def test_an_invalid_header_of_a_function_stops_the_attempt(said: str, headers: Any) -> None:
    said = said.replace("headers\\[", r"headers\(\)\[")
    returned: list[Any] = [{"A": "1"}, headers]
    with ScriptedServer(replies(reply(b"", 503))) as server:
        with client_for(server, max_retries=2) as client:
            view = client.with_options(headers=lambda: returned.pop(0))
            match = rf"^(the keys of )?headers\(\).*{said}|^{said}"
            with pytest.raises(ValueError, match=match) as caught:
                view.list_orgs()
    assert len(server.requests) == 1
    assert "v4lu" not in str(caught.value)


def test_an_invalid_header_of_a_function_is_in_no_local_variable() -> None:
    with client_for("http://127.0.0.1:1") as client:
        view = client.with_options(headers={"Cookie": "v4lue"})
        view = view.with_options(headers=lambda: {"Authorization": "v4lue\n"})
        with pytest.raises(ValueError, match="printable ASCII") as caught:
            view.list_orgs()
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "v4lue" not in "".join(trace.format())


@pytest.mark.parametrize(
    "error",
    [ValueError("mine"), TimeoutError("mine"), AnclaError("mine"), KeyboardInterrupt()],
)
@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_an_exception_of_a_function_of_headers_reaches_the_caller(
    error: BaseException, routes: Any
) -> None:
    def fail() -> dict[str, str]:
        raise error

    with fake_with_app(routes=routes) as fake, AnclaClient(fake.api_key, fake.url) as client:
        view = client.with_options(headers=fail)
        for call in (view.list_orgs, lambda: view.list_images("acme", "shop", "web")):
            with pytest.raises(type(error)) as caught:
                call()
            assert caught.value is error
        assert fake.requests == []
        assert client.list_images("acme", "shop", "web") == []


def test_a_credential_of_a_function_is_redacted_if_the_server_repeats_it() -> None:
    tokens = iter(["t0ken-one", "t0ken-two"])
    script = replies(
        reply(b"", 503), json_reply({"detail": "t0ken-two"}, 400, {"X-Request-ID": "t0ken-one"})
    )
    seen: list[Attempt] = []
    with ScriptedServer(script) as server:
        with client_for(server, max_retries=1, on_attempt=seen.append) as client:
            view = client.with_options(headers=lambda: {"Authorization": f"Bearer {next(tokens)}"})
            with pytest.raises(AnclaError) as caught:
                view.list_orgs()
    assert server.requests[1].header("Authorization") == "Bearer t0ken-two"
    assert "t0ken" not in f"{caught.value} {vars(caught.value)} {seen} {view!r}"
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "t0ken-two" not in "".join(str(f.locals) for f in trace.stack if "_http" in f.filename)


def test_a_credential_that_a_function_keeps_returning_is_always_redacted() -> None:
    numbers = iter(range(5_000))
    with client_for("http://127.0.0.1:1") as client:
        view = client.with_options(
            headers=lambda: {"Authorization": "st4tic", "Cookie": f"session={next(numbers)}"}
        )
        settings = sender_of(view).settings
        for _ in range(2_500):
            settings.headers_for_attempt()
            assert "st4tic" in settings.secrets


def test_only_the_latest_credentials_of_a_function_are_kept() -> None:
    numbers = iter(range(5_000))
    with ScriptedServer(replies(json_reply([]))) as server, client_for(server) as client:
        view = client.with_options(headers=lambda: {"Cookie": f"session={next(numbers)}"})
        for _ in range(2_000):
            sender_of(view).settings.headers_for_attempt()
        view.list_orgs()
    assert len(sender_of(view).settings.secrets) < 1_100
    assert "session=2000" in sender_of(view).settings.secrets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 0),
        ("max_retries", -1),
        ("environment", ""),
        ("environment", "a/b"),
        ("environment", None),
    ],
)
def test_with_options_checks_options_like_the_constructor(name: str, value: Any) -> None:
    with (
        client_for("http://127.0.0.1:1") as client,
        pytest.raises(ValueError, match=f"^{name} must"),
    ):
        client.with_options(**{name: value})


def test_an_added_authorization_is_redacted_if_the_server_repeats_it() -> None:
    echo = json_reply({"detail": "who is s3cr3t-t0ken"}, 400, {"X-Request-ID": "s3cr3t-t0ken"})
    with ScriptedServer(replies(echo)) as server, client_for(server) as client:
        view = client.with_options(headers={"Authorization": "Bearer s3cr3t-t0ken"})
        with pytest.raises(AnclaError) as caught:
            view.list_orgs()
    assert server.requests[0].header("Authorization") == "Bearer s3cr3t-t0ken"
    assert "s3cr3t" not in f"{caught.value} {vars(caught.value)} {view!r}"


def test_the_environment_is_the_argument_or_the_variable_or_production(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANCLA_ENV", raising=False)
    assert AnclaClient(KEY).environment == PRODUCTION
    monkeypatch.setenv("ANCLA_ENV", "")
    assert AnclaClient(KEY).environment == PRODUCTION
    monkeypatch.setenv("ANCLA_ENV", "review")
    assert AnclaClient(KEY).environment == "review"
    assert AnclaClient(KEY, environment="staging").environment == "staging"


# Clients as objects


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("used", [False, True])
def test_a_client_cannot_be_copied_or_pickled_and_says_so(take: Any, used: bool) -> None:
    with ScriptedServer(replies(json_reply([]))) as server, client_for(server) as client:
        if used:
            client.list_orgs()
        with pytest.raises(
            TypeError, match="^AnclaClient objects hold connections and cannot"
        ) as caught:
            take(client)
        assert client.list_orgs() == []
    assert KEY not in str(caught.value)


def test_a_client_whose_constructor_failed_has_a_repr() -> None:
    assert repr(AnclaClient.__new__(AnclaClient)) == "AnclaClient()"


def test_on_attempt_of_the_client_is_called_for_attempts_of_a_view() -> None:
    seen: list[Attempt] = []
    with ScriptedServer(replies(json_reply([]))) as server:
        with client_for(server, on_attempt=seen.append) as client:
            client.with_options(timeout=4).list_orgs()
    assert len(seen) == 1
