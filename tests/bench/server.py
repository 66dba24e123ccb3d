"""A server that is never the limit: one thread, canned bytes, a process of its own.

    python -m tests.bench.server CERTIFICATE

It prints its http port and its https port on one line, and ends when its standard input does,
so that it never outlives the bench.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tests.bench.responses import response_to

ROOT = Path(__file__).resolve().parents[2]

_REASONS = {200: "OK", 201: "Created", 404: "Not Found"}
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


class Server:
    """The server's process, seen from the bench: `with Server(certificate) as server`."""

    def __init__(self, certificate: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", str(certificate)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ports = self._process.stdout.readline().split()
        if not ports:
            raise RuntimeError("the bench's server did not start")
        self.process_id = self._process.pid
        self.http = f"http://127.0.0.1:{ports[0]}"
        self.https = f"https://localhost:{ports[1]}"

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()


def main(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    selector = selectors.DefaultSelector()
    ports = [_listen(selector, None), _listen(selector, context)]
    selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
    print(*ports, flush=True)
    while True:
        for key, _ in selector.select():
            key.data()


def _listen(selector: selectors.BaseSelector, context: ssl.SSLContext | None) -> int:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept() -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The bench's clients are well behaved: nobody keeps this one thread waiting.
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        selector.register(connection, selectors.EVENT_READ, _conversation(selector, connection))

    selector.register(listener, selectors.EVENT_READ, accept)
    port: int = listener.getsockname()[1]
    return port


def _conversation(
    selector: selectors.BaseSelector, connection: socket.socket
) -> Callable[[], None]:
    received = b""

    def go_on() -> None:
        nonlocal received
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            selector.unregister(connection)
            connection.close()
            return
        received += data
        if _is_whole(received):
            request_line = received[: received.index(b" HTTP/")]
            received = b""
            connection.sendall(_canned(request_line))

    return go_on


def _is_whole(request: bytes) -> bool:
    # A GET has no body: only the others are looked through for the length of theirs.
    if request.startswith(b"GET "):
        return request.endswith(_END_OF_HEAD)
    head, end, body = request.partition(_END_OF_HEAD)
    length = _CONTENT_LENGTH.search(head)
    return bool(end) and len(body) == (int(length[1]) if length else 0)


_kept: dict[bytes, bytes] = {}


def _canned(request_line: bytes) -> bytes:
    if request_line not in _kept:
        _kept[request_line] = _response(request_line.decode("ascii"))
    return _kept[request_line]


def _response(request_line: str) -> bytes:
    status, body = response_to(request_line)
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
        "date: Mon, 05 Jan 2026 12:00:00 GMT\r\n"
        "server: uvicorn\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
        "x-request-id: 5f0c9a4d8e7b4c21a3f6d1e0b9c87654\r\n"
        "cache-control: no-store\r\n"
        "vary: Accept-Encoding, X-API-Key\r\n"
        "strict-transport-security: max-age=31536000\r\n"
        "x-content-type-options: nosniff\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body


if __name__ == "__main__":
    main(sys.argv[1])
