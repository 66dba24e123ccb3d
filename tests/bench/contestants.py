"""Who is measured, under which name, and with what they share: server, certificates, effort."""

from __future__ import annotations

import contextlib
import ssl
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

from ancla import AnclaClient
from tests.bench.environments import Environments
from tests.bench.measure import Effort
from tests.bench.peers import httpx_pydantic, plain
from tests.bench.responses import API_KEY
from tests.bench.server import Server

OURS = "ancla"
OURS_EACH = "ancla, one by one"
HTTPX = "httpx + pydantic"
PYDANTIC = "pydantic"
PYDANTIC_LIST = "pydantic, the list at once"
MSGSPEC = "msgspec"
HTTP_CLIENT = "http.client + json.loads"
URLLIB = "urllib.request"
URLLIB3 = "urllib3"
REQUESTS = "requests"

# Not a contestant but the most that is allowed: it stands in a figure where a peer would.
IMPORT_LIMIT = "at most 1 ms"
HELP_LIMIT = "at most 60 ms"
AT_1_000 = "ancla, 1,000 records"
AT_10_000 = "ancla, 10,000 records"
EARLY = "ancla, the first 1,000 calls"
WARM = "ancla, long after"

CERTIFICATES = Path(__file__).resolve().parents[1] / "certs"


class Client(Protocol):
    """What the bench asks of every client."""

    def get_org(self, slug: str) -> Any: ...

    def create_org(self, name: str) -> Any: ...

    def list_images(self, org: str, project: str, app: str) -> Any: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Bench:
    """What the figures share."""

    server: Server
    directory: Path
    quick: bool

    @cached_property
    def environments(self) -> Environments:
        print("clean environments ...", file=sys.stderr, flush=True)
        return Environments(self.directory)

    def effort(self, repeats: int, tries: int = 1, calls: int = 1) -> Effort:
        """The effort as asked for, or next to none in a quick run."""
        return Effort(2, 1, min(calls, 10)) if self.quick else Effort(repeats, tries, calls)


@contextlib.contextmanager
def bench(*, quick: bool) -> Iterator[Bench]:
    """Everything that the figures share, and its end."""
    certificate = CERTIFICATES / "server.pem"
    with (
        tempfile.TemporaryDirectory(prefix="ancla-bench-") as directory,
        Server(certificate) as server,
    ):
        yield Bench(server, Path(directory), quick)


@contextlib.contextmanager
def clients(server: str, routes: Literal["slugs"] | None = None) -> Iterator[dict[str, Client]]:
    """A client of each kind for a server's URL; all are closed at the end.

    `routes` is for ours: the others always send today's.
    """
    ca_file = str(CERTIFICATES / "ca.pem") if server.startswith("https:") else None
    context = ssl.create_default_context(cafile=ca_file) if ca_file else None
    made: dict[str, Client] = {
        OURS: AnclaClient(API_KEY, server, ssl_context=context, routes=routes),
        HTTPX: httpx_pydantic.AnclaClient(API_KEY, server, ssl_context=context),
        HTTP_CLIENT: plain.HttpClient(API_KEY, server, ca_file=ca_file),
        URLLIB: plain.Urllib(API_KEY, server, ca_file=ca_file),
        URLLIB3: plain.Urllib3(API_KEY, server, ca_file=ca_file),
        REQUESTS: plain.Requests(API_KEY, server, ca_file=ca_file),
    }
    try:
        yield made
    finally:
        for client in made.values():
            client.close()
