"""An account full of odd names, and servers that differ from FakeAncla in one thing."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.servers import Connection, Request, ScriptedServer

KEY = "key-of-the-quokka"
APP = ("zebra", "okapi", "axolotl")
# Parts of all names and values of the account. No word of the API has one of them.
ODD = (
    *("zebra", "okapi", "axolotl", "numbat", "quokka", "pangolin", "tapir", "gecko", "lemur"),
    *("ibex", "dugong", "civet", "kakapo", "zorilla", "127.0.0.1", "localhost"),
)


def furnish(fake: FakeAncla, routes: str = "workspaces", lenient: bool = True) -> FakeAncla:
    """Fills a FakeAncla: there is something to see of each part of the API that it has."""
    fake.add_app(*APP)
    for name in ("gecko_field", "lemur"):  # Names like those of fields.
        fake.add_config(*APP, name, "dugong", secret=name == "lemur")
    fake.add_member(APP[0], "ibex")
    for _ in range(2):
        fake.add_deployment(*APP)
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        client.update_app(*APP, github_repository="civet/kakapo", auto_deploy_branch="tapir")
        if routes == "workspaces":
            fake.add_app(*APP, environment="staging")
            client.create_team(APP[0], "Kakapo")
            client.create_api_key("Dugong")
        if lenient and routes == "workspaces":
            client.scale_app(*APP, {"pangolin": 1})
    fake.clear_requests()
    return fake


@dataclass
class Reply:
    """A response of FakeAncla, which a test may change. `path` is below /api/v1."""

    path: str
    has_key: bool
    status: int
    data: Any
    headers: dict[str, str]
    version: str = "1.1"
    text: str | None = None  # In place of the data.


class DifferingServer(ScriptedServer):
    """A server that sends the responses of a FakeAncla, after `change` was called with each."""

    def __init__(self, fake: FakeAncla, change: Callable[[Reply], object], **options: Any) -> None:
        super().__init__(self._run, **options)
        self._address = fake.url.removeprefix("http://")
        self._change = change

    def _run(self, connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            reply = self._reply_of_fake(request)
            self._change(reply)
            body = (json.dumps(reply.data) if reply.text is None else reply.text).encode()
            if reply.headers.get("Content-Encoding") == "gzip":
                body = gzip.compress(body)
            lines = [f"HTTP/{reply.version} {reply.status} Whatever"]
            lines += [f"{name}: {value}" for name, value in reply.headers.items()]
            lines += [f"Content-Length: {len(body)}", "", ""]
            connection.send("\r\n".join(lines).encode() + body)
            if reply.headers.get("Connection") == "close" or reply.version == "1.0":
                connection.close()
                return

    def _reply_of_fake(self, request: Request) -> Reply:
        key = request.header("X-API-Key")
        origin = http.client.HTTPConnection(self._address, timeout=10)
        origin.request(request.method, request.target, headers={"X-API-Key": key} if key else {})
        with origin.getresponse() as response:
            headers = {
                name: value
                for name, value in response.getheaders()
                if name.lower() not in ("content-length", "connection", "transfer-encoding")
            }
            path = request.target.removeprefix("/api/v1").partition("?")[0]
            data = json.loads(response.read())
            origin.close()
            return Reply(path, key is not None, response.status, data, headers)
