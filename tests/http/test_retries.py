"""Retries: which requests are sent again, which never are, and which error the caller gets."""

from __future__ import annotations

import copy
import itertools
import pickle
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

import ancla
from ancla import (
    AmbiguousDeployError,
    AnclaClient,
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    BuildFailedError,
    Deployment,
    DeploymentFailedError,
    Image,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    WaitTimeoutError,
)
from ancla._http.retry import RetryPolicy
from ancla.client import clock_of, sender_of
from tests.clients import KEY, client_for, plain_and_tls
from tests.documented_calls import ALL_CALLS, Ids, deploy
from tests.once import one_in
from tests.servers import (
    LARGE_BODY,
    PATIENCE,
    Connection,
    ProxyServer,
    Reply,
    Request,
    ScriptedServer,
    client_tls,
    give,
    json_reply,
    replies,
    reply,
    server_tls,
    silence,
    then_close,
    then_reset,
)

OK = b"HTTP/1.1 200 OK\r\n"


LOST: dict[str, Reply] = {
    "closed": then_close(b""),
    "reset": then_reset(b""),
    "cut head": then_close(OK),
    "cut body": then_close(OK + b"Content-Length: 9\r\n\r\n{}"),
    "reset inside the body": then_reset(OK + b"Content-Length: 9\r\n\r\n{}"),
    "garbage": then_close(b"garbage\r\n\r\n"),
    "bad framing": then_close(OK + b"Content-Length: x\r\n\r\n{}"),
    "timeout": silence,
}


def _timeout_for(failure: object) -> float:
    """Returns a short timeout for calls that must time out, and a long one for all others."""
    return 0.5 if failure in ("timeout", "silence", APITimeoutError) else 5.0


Call = Callable[[AnclaClient], object]


def _call(name: str, client: AnclaClient) -> object:
    return ALL_CALLS[name](client, Ids("image", "release", "deployment"))


def _of_the_table(names: str) -> dict[str, Call]:
    return {name: partial(_call, name) for name in names.split()}


ONCE: dict[str, Call] = {
    "deploy": deploy,
    **_of_the_table(
        "create_org create_project create_app create_environment build_image set_config"
        " add_org_member rollback_app promote_app"
    ),
    "request": lambda client: client.request("POST", "/x", json={}),
}
AGAIN: dict[str, Call] = {
    **_of_the_table(
        "scale_app list_orgs get_org get_app list_images list_config get_deployment delete_org"
        " delete_app update_org update_project update_app"
    ),
    "request GET": lambda client: client.request("GET", "/x"),
    "request DELETE": lambda client: client.request("DELETE", "/x"),
}
# An empty list, too.
RECORD = {"id": "id", "name": "n", "slug": "s", "ok": True, "items": []}


def _look_ups_then(what: Reply) -> Reply:
    """Responds to GETs, which some changes need, and to all others with `what`."""

    def run(connection: Connection, request: Request) -> None:
        give(json_reply(RECORD) if request.method == "GET" else what, connection, request)

    return run


def _changes(server: ScriptedServer) -> list[Request]:
    return [request for request in server.requests if request.method != "GET"]


def _each_with(names: Iterable[str], failures: Iterable[str | int]) -> list[tuple[str, str | int]]:
    """Returns all pairs. A timeout takes time, so it is only paired with the first name."""
    first, *others = names
    quick = [failure for failure in failures if failure != "timeout"]
    return [(first, "timeout"), *itertools.product([first, *others], quick)]


@pytest.mark.parametrize(("name", "lost"), _each_with(ONCE, LOST))
def test_a_change_whose_response_was_lost_reaches_the_server_once(name: str, lost: str) -> None:
    """Fault 33: nothing is started or created twice, and the call raises an error."""
    waits: list[float] = []
    with ScriptedServer(replies(_look_ups_then(LOST[lost]))) as server:
        timeout = _timeout_for(lost)
        with client_for(server, timeout=timeout, max_retries=2, waits=waits) as client:
            with pytest.raises(APIConnectionError):
                ONCE[name](client)
    assert len(_changes(server)) == 1
    assert waits == []


@pytest.mark.parametrize("status", one_in(4, [502, 500, 503, 504]))
@pytest.mark.parametrize("name", ONCE)
def test_a_change_that_may_have_been_processed_is_not_sent_again(name: str, status: int) -> None:
    """Fault 33: a proxy's 502 does not tell what the server behind it did."""
    with ScriptedServer(replies(_look_ups_then(reply(b"", status)))) as server:
        with client_for(server, max_retries=2) as client:
            with pytest.raises(ServerError) as caught:
                ONCE[name](client)
    assert caught.value.status_code == status
    assert len(_changes(server)) == 1


@pytest.mark.parametrize("lost", ["closed", "reset"])
@plain_and_tls
def test_a_change_lost_on_a_kept_connection_is_not_sent_again(
    tls: ssl.SSLContext | None, lost: str
) -> None:
    """Fault 33: once the request was sent, the age of the connection proves nothing."""
    with ScriptedServer(replies(json_reply([]), LOST[lost]), tls=tls) as server:
        with client_for(server, max_retries=2) as client:
            client.list_orgs()
            with pytest.raises(APIConnectionError):
                deploy(client)
    assert server.connections == 1
    assert len(_changes(server)) == 1


@pytest.mark.parametrize("then", ["reset", "close", "silence"])
@pytest.mark.parametrize("read", [1, 1024 * 1024], ids=["head", "part"])
@plain_and_tls
def test_a_change_interrupted_while_it_was_sent_is_not_sent_again(
    tls: ssl.SSLContext | None, read: int, then: str
) -> None:
    """Fault 33: the server has the head, and may have acted on it."""

    def break_off(connection: Connection) -> None:
        seen = 0
        while seen < read:
            seen += len(connection.receive())
        if then == "silence":
            connection.server.stopping.wait()
        elif then == "reset":
            connection.reset()
        else:
            connection.close()

    waits: list[float] = []
    with ScriptedServer(break_off, tls=tls) as server:
        timeout = _timeout_for(then)
        with client_for(server, timeout=timeout, max_retries=2, waits=waits) as client:
            with pytest.raises(APIConnectionError):
                client.request("POST", "/x", json=LARGE_BODY)
        server.wait_for(lambda: server.connections > 0)  # it may be slower than the client
    assert server.connections == 1
    assert waits == []


@pytest.mark.parametrize("name", [*ONCE, *AGAIN])
def test_too_many_requests_is_retried_for_every_operation(name: str) -> None:
    """Fault 34: a 429 was not processed."""
    refusals: Counter[bytes] = Counter()

    def refuse_twice(connection: Connection, request: Request) -> None:
        refusals[request.head] += 1
        connection.send(reply(b"", 429) if refusals[request.head] <= 2 else json_reply(RECORD))

    waits: list[float] = []
    with ScriptedServer(replies(refuse_twice)) as server:
        with client_for(server, max_retries=2, waits=waits) as client:
            {**ONCE, **AGAIN}[name](client)
    assert waits == [0.5, 1.0] * len(refusals)


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("name", ["deploy", "create_org", "list_orgs", "request"])
@plain_and_tls
def test_a_refused_connection_is_retried_for_every_operation(
    tls: ssl.SSLContext | None, name: str
) -> None:
    """Fault 34: no server can have processed it."""
    port = _unused_port()
    waits: list[float] = []
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    with client_for(url, max_retries=2, waits=waits) as client:
        with pytest.raises(APIConnectionError) as caught:
            {**ONCE, **AGAIN}[name](client)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert waits == [0.5, 1.0]


def test_a_server_that_starts_between_attempts_gets_the_request_once() -> None:
    """Fault 34: even a deploy is retried."""
    port = _unused_port()
    with ExitStack() as stack, client_for(f"http://127.0.0.1:{port}", max_retries=2) as client:
        started: list[ScriptedServer] = []

        def start_server(_: float) -> None:
            server = ScriptedServer(replies(json_reply(RECORD)), port=port)
            started.append(stack.enter_context(server))

        clock_of(client).sleep = start_server
        deploy(client)
        assert [len(server.requests) for server in started] == [1]


@pytest.mark.parametrize(("name", "failure"), one_in(4, _each_with(AGAIN, [502, 503, 504, *LOST])))
def test_an_idempotent_request_is_retried(name: str, failure: str | int) -> None:
    """Fault 35: after 502, 503, 504 and lost responses, with growing waits."""
    failed = LOST[failure] if isinstance(failure, str) else reply(b"", failure)
    waits: list[float] = []
    with ScriptedServer(replies(failed, failed, json_reply(RECORD))) as server:
        timeout = _timeout_for(failure)
        with client_for(server, timeout=timeout, max_retries=2, waits=waits) as client:
            AGAIN[name](client)
    assert waits == [0.5, 1.0]
    heads = [request.head for request in server.requests]
    assert len(heads) == 3
    assert len(set(heads)) == 1
    assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize("failure", [502, 503, 504, "closed", "cut body"])
@pytest.mark.parametrize("retries", [0, 1, 2, 5])
def test_an_idempotent_request_is_retried_max_retries_times(
    retries: int, failure: int | str
) -> None:
    """Fault 35: max_retries counts the attempts after the first."""
    failed = LOST[failure] if isinstance(failure, str) else reply(b"", failure)
    with ScriptedServer(replies(failed)) as server:
        with client_for(server, max_retries=retries) as client, pytest.raises(AnclaError) as caught:
            client.list_orgs()
    assert caught.value.status_code == (None if isinstance(failure, str) else failure)
    assert len(server.requests) == 1 + retries


@pytest.mark.parametrize(
    ("failed", "is_told"),
    [(LOST["closed"], True), (reply(b"", 502), True), (reply(b"", 429), False)],
    ids=["closed", "502", "429"],
)
def test_a_404_for_a_retried_deletion_says_that_an_earlier_attempt_may_have_deleted_it(
    failed: Reply, is_told: bool
) -> None:
    with ScriptedServer(replies(failed, json_reply({"detail": "Not Found"}, 404))) as server:
        with client_for(server, max_retries=2) as client, pytest.raises(NotFoundError) as caught:
            client.delete_api_key("k")
    assert len(server.requests) == 2
    assert ("may have deleted it" in str(caught.value)) is is_told


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("DELETE", 403)])
def test_other_errors_after_a_retry_do_not_mention_a_deletion(method: str, status: int) -> None:
    with ScriptedServer(replies(reply(b"", 502), reply(b"", status))) as server:
        with client_for(server, max_retries=2) as client, pytest.raises(AnclaError) as caught:
            client.request(method, "/x")
    assert caught.value.status_code == status
    assert "deleted" not in str(caught.value)


def test_retries_are_two_by_default_and_jitter_is_full() -> None:
    """Fault 35: a wait is between 0 and the backoff."""
    waits: list[float] = []
    draws = iter([0.0, 0.25])
    with ScriptedServer(replies(reply(b"", 503))) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            policy = sender_of(client).retry_policy
            assert policy.max_retries == 2
            clock_of(client).sleep = waits.append
            sender_of(client).retry_policy = RetryPolicy(random=lambda: next(draws))
            with pytest.raises(ServerError):
                client.list_orgs()
    assert waits == [0.0, 0.25]
    assert len(server.requests) == 3


LIMITED: list[tuple[dict[str, str], float | None]] = [
    # Litestar's rate limiter, as it is
    (
        {
            "RateLimit-Policy": "2; w=60",
            "RateLimit-Limit": "2",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": "57",
        },
        57.0,
    ),
    ({"RateLimit-Reset": "57", "Retry-After": "7"}, 7.0),
    ({"RateLimit-Reset": "0"}, 0.0),
    ({"RateLimit-Reset": "61"}, 61.0),
    ({"RateLimit-Reset": "5.5"}, None),
    ({"RateLimit-Reset": "\xb2"}, None),
    ({"RateLimit-Reset": "9" * 400}, None),
    ({"RateLimit-Policy": "2; w=60"}, None),
]


@pytest.mark.parametrize(("headers", "asked"), LIMITED)
def test_a_rate_limit_without_retry_after_is_waited_for_until_its_reset(
    headers: dict[str, str], asked: float | None
) -> None:
    """As with Retry-After: up to 60 s, and at least the backoff."""
    waits: list[float] = []
    with ScriptedServer(replies(reply(b"", 429, headers), reply(b"[]"))) as server:
        with client_for(server, max_retries=1, waits=waits) as client:
            if asked is not None and asked > 60:
                with pytest.raises(AnclaError) as caught:
                    client.list_orgs()
                assert caught.value.retry_after == asked
            else:
                assert client.list_orgs() == []
    assert waits == ([] if asked is not None and asked > 60 else [max(asked or 0.0, 0.5)])


def test_a_rate_limit_reset_of_another_status_than_429_is_ignored() -> None:
    waits: list[float] = []
    with ScriptedServer(
        replies(reply(b"", 503, {"RateLimit-Reset": "57"}), reply(b"[]"))
    ) as server:
        with client_for(server, max_retries=1, waits=waits) as client:
            assert client.list_orgs() == []
    assert waits == [0.5]


@pytest.mark.parametrize("certificate", ["wrong-host", "expired", "self-signed", "unknown CA"])
@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_a_bad_certificate_is_a_tls_error_after_one_attempt(way: str, certificate: str) -> None:
    """Fault 36: never invalid JSON, never retried, and no byte of the request is sent."""
    unknown = certificate == "unknown CA"
    waits: list[float] = []
    tls = server_tls("server" if unknown else certificate)
    with ScriptedServer(replies(json_reply([])), tls=tls) as server, ProxyServer() as proxy:
        with client_for(
            server,
            max_retries=2,
            waits=waits,
            proxy=proxy.url if way == "proxy" else None,
            ssl_context=ssl.create_default_context() if unknown else client_tls(),
        ) as client:
            for call in (client.list_orgs, lambda: deploy(client)):
                with pytest.raises(APIConnectionError, match="certificate") as caught:
                    call()
                assert not isinstance(caught.value, (ValueError, TimeoutError))
                assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        server.wait_until_all_closed()
    assert waits == []
    assert server.connections == 2
    assert server.received == b""
    assert KEY.encode() not in proxy.received


def _refuse_client(connection: Connection) -> None:
    """Ends a TLS 1.3 handshake with an alert, and stays: a reset would overtake the alert."""
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server_tls(asks_client=True).wrap_bio(received, to_send, server_side=True)
    refused = False
    while not refused:
        received.write(connection.receive())
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            refused = True
        connection.send(to_send.read())
    connection.server.stopping.wait()


@pytest.mark.parametrize("size", [1, 20_000_000])
@pytest.mark.parametrize("certificate", [None, "self-signed"])
def test_a_rejected_client_certificate_is_not_retried(certificate: str | None, size: int) -> None:
    """Fault 36: with TLS 1.3, the server rejects it only after the request was sent."""
    waits: list[float] = []
    with ScriptedServer(_refuse_client) as server:
        url = server.url.replace("http:", "https:")
        context = client_tls(certificate)
        with client_for(url, max_retries=2, waits=waits, ssl_context=context) as client:
            with pytest.raises(APIConnectionError, match="alert") as caught:
                client.request("PUT", "/x", json="x" * size)
    assert isinstance(caught.value.__cause__, ssl.SSLError)
    assert caught.value.permanent
    assert waits == []
    assert server.connections == 1


@pytest.mark.parametrize(
    ("lost", "cause"),
    [
        ("reset", ConnectionResetError),
        ("reset inside the body", ConnectionResetError),
        ("closed", Exception),
        ("cut head", Exception),
        ("cut body", Exception),
        ("garbage", Exception),
        ("timeout", TimeoutError),
    ],
)
def test_a_failure_on_the_network_carries_its_cause(lost: str, cause: type[Exception]) -> None:
    """Fault 37: and method, URL and a readable message."""
    with ScriptedServer(replies(LOST[lost])) as server:
        with client_for(server, timeout=_timeout_for(lost)) as client:
            with pytest.raises(APIConnectionError) as caught:
                client.request("POST", "/x", json={})
    assert isinstance(caught.value.__cause__, cause)
    assert caught.value.method == "POST"
    assert caught.value.url == f"{server.url}/api/v1/x"
    assert caught.value.status_code is None
    assert server.url in str(caught.value)


@pytest.mark.parametrize(
    "failure",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError(101, "Network is unreachable"),
        UnicodeError("label empty or too long"),
    ],
)
def test_a_failed_name_lookup_raises_a_connection_error(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 37: a host label of 64 characters makes it a UnicodeError."""

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with client_for("http://nowhere.example") as client:
        with pytest.raises(APIConnectionError) as caught:
            client.list_orgs()
    assert caught.value.__cause__ is failure


def test_the_next_address_of_a_host_is_tried_when_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fault 34: the error is that of the last address."""
    found: list[Any] = socket.getaddrinfo("127.0.0.1", 1, type=socket.SOCK_STREAM)
    with ScriptedServer(replies(json_reply([]))) as server, monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        (family, *kind, _), *_ = found
        found.insert(
            0, (family + 999, *kind, ("127.0.0.1", server.port))
        )  # there is no such family
        found.append((family, *kind, ("127.0.0.1", server.port)))
        with client_for("http://two.example") as client:
            assert client.list_orgs() == []
        del found[-1]
        with client_for("http://two.example") as client:
            with pytest.raises(APIConnectionError) as caught:
                client.list_orgs()
            assert isinstance(caught.value.__cause__, ConnectionRefusedError)
            found.clear()
            with pytest.raises(APIConnectionError, match="the host has no address"):
                client.list_orgs()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (reply(b"", 503, {"Retry-After": "60"}), ServerError),
        (then_close(b""), APIConnectionError),
    ],
    ids=["response", "no response"],
)
def test_close_in_another_thread_ends_the_wait_for_a_retry_with_the_last_error(
    outcome: Reply, expected: type[AnclaError]
) -> None:
    caught: list[Exception] = []

    def call() -> None:
        try:
            client.list_orgs()
        except Exception as error:
            caught.append(error)

    with ScriptedServer(replies(outcome)) as server:
        client = AnclaClient(KEY, server.url, max_retries=2, trust_env=False)
        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        server.wait_for(lambda: len(server.requests) == 1)
        client.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert [type(error) for error in caught] == [expected]
    assert len(server.requests) == 1


def _every_error() -> list[AnclaError]:
    """Returns one error of each class, with all attributes set."""
    special = {
        AmbiguousDeployError,
        BuildFailedError,
        DeploymentFailedError,
        WaitTimeoutError,
    }
    image, deployment = Image(id="i", version=3, error=True), Deployment(id="d", error=True)
    errors: list[AnclaError] = [
        BuildFailedError("failed", image, "no Dockerfile"),
        DeploymentFailedError("failed", deployment, "crash loop"),
        WaitTimeoutError("too long", deployment),
        WaitTimeoutError("too long"),
        AmbiguousDeployError("whose?", image_id="i", deployment_ids=("d",), other_image_ids=("j",)),
    ]
    kinds = [getattr(ancla, name) for name in ancla.__all__ if name.endswith("Error")]
    for kind in kinds:
        if kind not in special:
            errors.append(kind("just a message"))
            full = kind("message", 418, "detail", method="GET", url="http://h/x", body=b"\xff")
            full.request_id, full.retry_after = "request-1", 1.5
            errors.append(full)
    return errors


@pytest.mark.parametrize("error", _every_error(), ids=lambda error: type(error).__name__)
def test_errors_survive_pickle_and_copy(error: AnclaError) -> None:
    """Fault 38: with all attributes, for example in process pools."""
    error.__cause__ = ConnectionResetError(104, "reset")
    copies = [copy.copy(error), copy.deepcopy(error)]
    copies += [
        pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for copied in copies:
        assert type(copied) is type(error)
        assert str(copied) == str(error)
        assert copied.args == error.args
        assert vars(copied) == vars(error)


def test_errors_that_calls_raise_survive_pickle_and_copy() -> None:
    """Fault 38: errors raised by calls, not only those created by hand."""
    headers = {"X-Request-ID": "request-1", "Retry-After": "90"}
    script: list[tuple[Reply, type[AnclaError]]] = [
        (json_reply({"detail": "no"}, 404, headers), NotFoundError),
        (reply(b"\xff", 503, headers), ServerError),
        (reply(b"<html>"), InvalidResponseError),
        (then_reset(b""), APIConnectionError),
        (silence, APITimeoutError),
    ]
    with ScriptedServer(replies(*(given for given, _ in script))) as server:
        with client_for(server) as client:
            for _, expected in script:
                with pytest.raises(expected) as caught:
                    client.with_options(timeout=_timeout_for(expected)).get_org("slug")
                for copied in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
                    assert type(copied) is expected
                    assert str(copied) == str(caught.value)
                    assert vars(copied) == vars(caught.value)
