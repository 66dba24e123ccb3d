"""vcrpy, and so pytest-recording, records each request and replays its response."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient, NotFoundError
from tests.clients import KEY, client_for
from tests.servers import ProxyServer, ScriptedServer, json_reply, replies, server_tls

vcr = pytest.importorskip("vcr", reason="vcrpy could not be installed here")
errors = pytest.importorskip("vcr.errors", reason="vcrpy could not be installed here")

SCRIPT = replies(
    json_reply({"name": "O", "slug": "o"}),
    json_reply({"name": "P", "slug": "p"}, 201),
    json_reply({"detail": "no such org"}, 404),
)


@pytest.fixture(params=["http", "https", "proxy", "tunnel"])
def server_and_client(request: Any) -> Iterator[tuple[ScriptedServer, AnclaClient]]:
    tls: ssl.SSLContext | None = server_tls() if request.param in ("https", "tunnel") else None
    with ExitStack() as stack:
        server = stack.enter_context(ScriptedServer(SCRIPT, tls=tls))
        options: dict[str, Any] = {}
        url = server.url
        if request.param == "tunnel":
            options["proxy"] = stack.enter_context(ProxyServer()).url
        if request.param == "proxy":
            options["proxy"], url = server.url, "http://ancla.example"
        yield server, stack.enter_context(client_for(url, max_retries=2, **options))


def cassette(folder: Path, **options: Any) -> Any:
    options.setdefault("filter_headers", ["X-API-Key"])
    return vcr.use_cassette(str(folder / "cassette.yaml"), **options)


def talk(client: AnclaClient) -> None:
    assert client.get_org("o").name == "O"
    assert client.create_org("P").slug == "p"
    with pytest.raises(NotFoundError, match="no such org"):
        client.get_org("q")


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_calls_are_recorded_and_replayed_without_the_server(
    server_and_client: tuple[ScriptedServer, AnclaClient], warm: bool, tmp_path: Path
) -> None:
    server, client = server_and_client
    if warm:
        client.get_org("o")
        server.requests.clear()
    with cassette(tmp_path):
        talk(client)
    assert len(server.requests) == 3
    with cassette(tmp_path, record_mode="none") as replayed:
        talk(client)
    assert replayed.play_count == 3
    assert len(server.requests) == 3
    text = (tmp_path / "cassette.yaml").read_text()
    assert KEY not in text
    assert f"uri: {client.server}/api/v1/workspaces/o\n" in text
    assert '{"name":"P"}' in text


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_mode_none_stops_a_call_that_was_not_recorded(
    server_and_client: tuple[ScriptedServer, AnclaClient], warm: bool, tmp_path: Path
) -> None:
    server, client = server_and_client
    if warm:
        client.get_org("o")
    with cassette(tmp_path, record_mode="none"):
        with pytest.raises(errors.CannotOverwriteExistingCassetteException):
            client.create_org("Other")
    assert len(server.requests) == server.connections == warm


def test_a_recorded_key_is_the_real_one_unless_it_is_filtered(tmp_path: Path) -> None:
    with ScriptedServer(SCRIPT) as server, client_for(server) as client:
        with cassette(tmp_path, filter_headers=[]):
            client.get_org("o")
    assert KEY in (tmp_path / "cassette.yaml").read_text()
