"""FakeAncla as an HTTP server: connections, recorded requests, faults, restart and close."""

from __future__ import annotations

import gc
import http.client
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ancla.testing import FakeAncla
from tests.fake.fake_caller import Caller, calling


def exchange(fake: FakeAncla, request: bytes) -> bytes:
    """Sends these bytes. Returns all that the server sends until it closes the connection."""
    port = int(fake.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def request_bytes(method: str, path: str) -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nConnection: close\r\nX-API-Key: fake-api-key\r\n\r\n"
    ).encode()


def fake_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "FakeAncla" in thread.name]


# Connections


def test_a_connection_is_kept_alive() -> None:
    with calling() as call:
        for _ in range(20):
            call.get("/workspaces")
        assert call.fake.connections == 1
        assert [request.connection for request in call.fake.requests] == [1] * 20


def test_a_response_is_sent_without_delay() -> None:
    seconds = []
    with calling() as call:
        for number in range(50):
            started = time.perf_counter()
            call.post("/workspaces", {"name": f"x {number}"})
            seconds.append(time.perf_counter() - started)
    # If the body were sent after the head, most responses would be delayed by 40 ms.
    assert sorted(seconds)[10] < 0.03


@pytest.mark.parametrize(
    "request_head",
    [
        request_bytes("GET", "/api/v1/workspaces"),
        b"GET /api/v1/workspaces HTTP/1.0\r\nX-API-Key: fake-api-key\r\n\r\n",
    ],
    ids=["asked to", "HTTP/1.0"],
)
def test_a_connection_is_closed_if_it_cannot_be_kept_alive(request_head: bytes) -> None:
    with FakeAncla() as fake:
        response = exchange(fake, request_head)
        assert response.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"Connection: close\r\n" in response
        assert response.endswith(b"\r\n\r\n[]")


def test_a_head_request_gets_the_head_only() -> None:
    with FakeAncla() as fake:
        response = exchange(fake, request_bytes("HEAD", "/api/v1/workspaces"))
        assert response.startswith(b"HTTP/1.1 405 ")
        assert response.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("path", ["/", "/workspaces", "/x/api/v1/workspaces", "/api/v1"])
def test_paths_outside_of_the_api_are_not_found(path: str) -> None:
    with FakeAncla() as fake:
        assert exchange(fake, request_bytes("GET", path)).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: many", b"400"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: 99999999999", b"413"),
    ],
)
def test_a_body_that_cannot_be_read_is_an_error(header: bytes, status: bytes) -> None:
    with FakeAncla() as fake:
        request = b"POST /api/v1/workspaces HTTP/1.1\r\n" + header + b"\r\n\r\n"
        assert exchange(fake, request).startswith(b"HTTP/1.1 " + status)
        assert fake.requests == []


def test_an_incomplete_request_is_not_carried_out() -> None:
    with FakeAncla() as fake:
        port = int(fake.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"POST /api/v1/workspaces HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert fake.requests == []


def test_threads_may_share_a_server() -> None:
    def create(number: int) -> Any:
        with Caller(fake) as call:
            return [call.post("/workspaces", {"name": f"{number}-{n}"}) for n in range(10)]

    with FakeAncla() as fake:
        with ThreadPoolExecutor(8) as threads:
            created = [org for orgs in threads.map(create, range(8)) for org in orgs]
        assert len({org["id"] for org in created}) == 80
        assert len(fake.requests) == 80


# The record of requests


def test_requests_are_recorded_as_they_were_sent() -> None:
    with calling() as call:
        call("POST", "/workspaces/", {"name": "Ä"}, user_agent="me/1")
        call("GET", "/projects/a%2Fb%20c?page=1&x=%20")
        created, listed = call.fake.requests
        assert (created.method, created.path, created.query) == (
            "POST",
            "/api/v1/workspaces/",
            "",
        )
        assert created.body == {"name": "Ä"}
        assert created.headers["USER-AGENT"] == created.headers["user-agent"] == "me/1"
        assert (created.status, listed.status) == (201, 404)
        assert (listed.path, listed.query) == ("/api/v1/projects/a%2Fb%20c", "page=1&x=%20")
        assert listed.body is None


def test_a_body_that_is_no_json_is_recorded_as_bytes() -> None:
    with calling() as call:
        assert call("POST", "/workspaces", b"{").status == 400
        assert call.fake.requests[0].body == b"{"


def test_the_key_is_in_the_record_and_not_in_its_repr() -> None:
    with calling(api_key="a-secret") as call:
        call.get("/workspaces")
        request = call.fake.requests[0]
        assert request.headers["x-api-key"] == "a-secret"
        assert "a-secret" not in repr(request)
        assert "a-secret" not in repr(call.fake)


def test_the_record_can_be_cleared_and_is_a_copy() -> None:
    with calling() as call:
        call.get("/workspaces")
        call.fake.requests.clear()
        assert len(call.fake.requests) == 1
        call.fake.clear_requests()
        assert call.fake.requests == []
        assert call.fake.connections == 1


# Faults


def test_fail_next_fails_the_next_requests() -> None:
    with calling() as call:
        call.fake.fail_next(503, times=2, headers={"Retry-After": "1"})
        for _ in range(2):
            failed = call("POST", "/workspaces", {"name": "x"})
            assert (failed.status, failed.headers["Retry-After"]) == (503, "1")
            assert failed.json == {"status": 503, "message": "service unavailable"}
        assert call.get("/workspaces") == []
        assert [request.status for request in call.fake.requests] == [503, 503, 200]


@pytest.mark.parametrize(
    ("body", "content_type", "raw"),
    [
        ("<html>", "text/plain; charset=utf-8", b"<html>"),
        (b"\xff", "application/octet-stream", b"\xff"),
        ({"detail": "é"}, "application/json", '{"detail":"é"}'.encode()),
        ("", "text/plain; charset=utf-8", b""),
    ],
)
def test_a_fault_may_have_any_body(body: object, content_type: str, raw: bytes) -> None:
    with calling() as call:
        call.fake.fail_next(502, body=body)
        failed = call("GET", "/workspaces")
        assert (failed.headers["Content-Type"], failed.raw) == (content_type, raw)


def test_a_status_without_a_name_can_be_sent() -> None:
    with calling() as call:
        call.fake.fail_next(599)
        assert call("GET", "/workspaces").json == {"status": 599, "message": "error"}


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    with FakeAncla() as fake:
        fake.fail_next(status, body="not sent")
        response = exchange(fake, request_bytes("GET", "/api/v1/workspaces"))
        assert response.endswith(b"\r\n\r\n")
        assert b"Content-Length" not in response


@pytest.mark.parametrize(("handled", "left"), [(False, 0), (True, 1)])
def test_a_dropped_request_gets_no_response(handled: bool, left: int) -> None:
    with calling() as call:
        call.fake.drop_next(handled=handled)
        with pytest.raises(http.client.RemoteDisconnected):
            call("POST", "/workspaces", {"name": "x"})
        assert len(call.get("/workspaces")) == left
        assert [request.status for request in call.fake.requests] == [None, 200]
        assert call.fake.connections == 2


SERVICE = "/workspaces/o/projects/p/envs/production/services/a"
DEPLOY = f"{SERVICE}/deploy"


def test_a_fault_can_be_limited_to_some_requests() -> None:
    with calling() as call:
        call.fake.add_app("o", "p", "a")
        call.fake.fail_next(503, method="post", path="/deploy")
        others = [
            ("GET", DEPLOY, 405),
            ("POST", f"{SERVICE}/scale", 400),
            ("PATCH", f"{SERVICE}/redeploy", 404),
            ("GET", f"{SERVICE}/deploys", 200),
        ]
        for method, path, status in others:
            assert call(method, path).status == status
        assert [call("POST", DEPLOY).status for _ in range(2)] == [503, 202]


@pytest.mark.parametrize(
    "path", ["/deploy", "deploy", "/a/deploy/", f"/api/v1{DEPLOY}", "a//deploy"]
)
def test_a_fault_may_name_any_end_of_a_path(path: str) -> None:
    with calling() as call:
        for sent in (DEPLOY, f"{DEPLOY}/", f"{SERVICE[:-1]}%61/deploy?page=1"):
            call.fake.fail_next(503, path=path)
            assert call("POST", sent).status == 503


def test_a_fault_that_does_not_match_does_not_block_later_ones() -> None:
    with calling() as call:
        call.fake.fail_next(500, method="POST")
        call.fake.fail_next(502, times=2, path="/workspaces")
        call.fake.fail_next(503)
        sent = [
            ("GET", "/workspaces"),
            ("GET", "/x"),
            ("POST", "/y"),
            ("POST", "/workspaces"),
        ]
        assert [call(*request).status for request in sent] == [502, 503, 500, 502]


def test_faults_that_have_not_happened_are_counted_and_can_be_cancelled() -> None:
    with calling(routes="workspaces") as call:
        call.fake.fail_next(500, times=2)
        call.fake.drop_next(path="/never")
        assert call.fake.pending_faults == 3
        assert call("GET", "/workspaces").status == 500
        assert call.fake.pending_faults == 2
        call.fake.clear_faults()
        assert call.fake.pending_faults == 0
        assert call("GET", "/workspaces").status == 200
        assert call("GET", "/never").status == 404


def test_a_drop_and_a_delay_can_be_limited_as_well() -> None:
    with calling() as call:
        call.fake.drop_next(method="POST", path="/workspaces")
        call.fake.delay_next(60, method="DELETE", path="/workspaces/x")
        assert call.get("/workspaces") == []
        with pytest.raises(http.client.RemoteDisconnected):
            call("POST", "/workspaces", {"name": "x"})
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(call, "DELETE", "/workspaces/x")
            while len(call.fake.requests) < 3:
                time.sleep(0.001)
            call.fake.close()
            with pytest.raises(ConnectionError):
                waiting.result(timeout=5)


@pytest.mark.parametrize("path", ["", "/", "//", "/builds?page=2", "http://127.0.0.1/deploy"])
def test_a_fault_for_an_invalid_path_raises(path: str) -> None:
    with FakeAncla() as fake:
        for add in (fake.fail_next, fake.drop_next, fake.delay_next):
            with pytest.raises(
                ValueError, match="path must be the end of a path, such as '/deploy'"
            ):
                add(500, path=path)


def test_an_internal_failure_is_a_500_with_the_reason(capfd: pytest.CaptureFixture[str]) -> None:
    def broken_clock() -> float:
        raise OverflowError("the clock is broken")

    with calling(extra_fields={"newer": object()}) as call:
        call.fake.add_app("o", "p", "a")
        failed = call("GET", "/workspaces/o")
        assert failed.status == 500
        assert failed.json == {
            "status": 500,
            "message": "FakeAncla failed: TypeError: "
            "Object of type object is not JSON serializable",
        }
    with calling(pace=1, clock=broken_clock) as call:
        failed = call("GET", "/workspaces")
        assert failed.json["message"] == "FakeAncla failed: OverflowError: the clock is broken"
        assert failed.headers["X-Request-ID"] == "fake-1"
        assert call.fake.connections == 1
    assert "in broken_clock" in capfd.readouterr().err


# Restart and close


def test_restart_drops_connections_and_keeps_data() -> None:
    with calling() as call:
        url = call.fake.url
        call.post("/workspaces", {"name": "x"})
        call.fake.restart()
        with pytest.raises(ConnectionError):
            call("GET", "/workspaces")
        assert call.fake.url == url
        assert len(call.get("/workspaces")) == 1
        assert len(call.fake.requests) == 2
        assert call.fake.connections == 2


def test_threads_may_restart_and_close_it_at_once() -> None:
    fake = FakeAncla()
    with ThreadPoolExecutor(4) as pool:
        for restarted in [pool.submit(fake.restart) for _ in range(20)]:
            restarted.result()
        late = [pool.submit(fake.restart) for _ in range(20)]
        fake.close()
    errors = [str(restarted.exception()) for restarted in late]
    assert {*errors} <= {"None", "this FakeAncla is closed"}
    assert fake_threads() == []


def test_close_ends_the_server_and_its_threads() -> None:
    fake = FakeAncla()
    with Caller(fake) as idle, Caller(fake) as call:
        idle.get("/workspaces")
        started = time.perf_counter()
        fake.close()
        assert time.perf_counter() - started < 0.4
        with pytest.raises(ConnectionError):
            call.get("/workspaces")
    assert fake_threads() == []
    fake.close()
    with pytest.raises(RuntimeError, match="closed"):
        fake.restart()


@pytest.mark.filterwarnings("error")
def test_nothing_is_left_open() -> None:
    with calling() as call:
        call.get("/workspaces")
    del call
    gc.collect()
    assert fake_threads() == []


def test_a_port_can_be_chosen_again() -> None:
    with calling() as call:
        call.get("/workspaces")
        port = int(call.fake.url.rpartition(":")[2])
    with FakeAncla(port=port) as fake:
        assert fake.url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"routes": "all"},
            "routes must be 'workspaces', 'slugs', 'published' or 'both', not 'all'",
        ),
        ({"pace": -1}, "pace must be 'reads', 'manual' or a number of seconds from 0, not -1"),
        ({"pace": float("nan")}, "a number of seconds from 0, not nan"),
        ({"page_size": 0}, "page_size must be None or a whole number from 1, not 0"),
        ({"port": 65536}, "port must be a whole number from 0 to 65535, not 65536"),
        ({"nulls": "some"}, "nulls must be 'unset', 'always' or 'never', not 'some'"),
        ({"api_key": 5}, "api_key must be a string, not int"),
        ({"extra_fields": ["x"]}, "extra_fields must be None or a mapping, not ['x']"),
    ],
)
def test_an_invalid_option_raises_with_the_valid_values(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        FakeAncla(**options)
    assert fake_threads() == []


REFUSED: list[tuple[Callable[[Any], object], str]] = [
    (lambda f: f.advance(0), "steps must be a whole number from 1, not 0"),
    (lambda f: f.fail_next(42), "status must be a whole number from 200 to 599, not 42"),
    (lambda f: f.fail_next(503, 0), "times must be a whole number from 1, not 0"),
    (lambda f: f.drop_next(method="FETCH"), "method must be an HTTP method such as 'POST', "),
    (lambda f: f.delay_next(-1), "seconds must be a number of seconds from 0, not -1"),
    (lambda f: f.fail_next_build(None), "detail must be a string, not None"),
    (lambda f: f.add_app("o", "p", "My App"), "app must be a slug such as 'my-app', not 'My App'"),
    (lambda f: f.add_app("o", "p", "a", 5), "platform must be a string, not 5"),
    (
        lambda f: f.add_config("o", "p", "a", "1-K", "v"),
        "name must be a name such as 'API_KEY', not '1-K'",
    ),
    (lambda f: f.add_config("o", "p", "a", "K", 1234), "value must be a string, not int"),
    (lambda f: f.add_deployment("o", "p", "a", environment="QA 1"), "environment must be a slug"),
    (lambda f: f.add_deployment("o", "p", "a", error=True), "error must be None or a string"),
    (lambda f: f.add_member("o/p", "ann"), "org must be a slug such as 'my-app', not 'o/p'"),
    (lambda f: f.add_member("o", " "), "username must be a string that is not blank, not ' '"),
]


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_an_invalid_argument_of_a_method_raises_and_changes_nothing(
    call: Callable[[Any], object], said: str
) -> None:
    with calling() as caller:
        with pytest.raises(ValueError, match=re.escape(said)):
            call(caller.fake)
        assert caller.get("/workspaces") == []
