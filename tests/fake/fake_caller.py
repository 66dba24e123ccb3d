"""Sends requests to a FakeAncla with http.client, so its tests do not need the SDK's client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ancla.testing import FakeAncla


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Caller:
    """One kept-alive connection to a FakeAncla."""

    def __init__(self, fake: FakeAncla) -> None:
        self.fake = fake
        self.connection = http.client.HTTPConnection(fake.url.removeprefix("http://"), timeout=10)

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.connection.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        root: str = "/api/v1",
        **headers: str | None,
    ) -> Response:
        """Sends a request. The body is bytes, or is sent as JSON. `x_api_key=None` sends no key."""
        given = {"x_api_key": self.fake.api_key, **headers}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(
            method,
            root + path,
            raw,
            {name.replace("_", "-"): value for name, value in given.items() if value is not None},
        )
        response = self.connection.getresponse()
        return Response(response.status, response.headers, response.read())

    def get(self, path: str, **options: Any) -> Any:
        response = self("GET", path, **options)
        assert response.status == 200, response
        return response.json

    def post(self, path: str, body: object = None, **options: Any) -> Any:
        response = self("POST", path, body, **options)
        assert response.status == 201, response
        return response.json


@contextmanager
def calling(**options: Any) -> Iterator[Caller]:
    """Yields a caller to a new FakeAncla with these options."""
    with FakeAncla(**options) as fake, Caller(fake) as call:
        yield call


def ids_of_a_deployed_app(call: Caller, *, by_id: bool) -> dict[str, str]:
    """Creates the app o/p/a with a variable KEY and a finished deploy. Returns the ids of all.

    by_id: whether to use published routes; otherwise slug routes
    """
    app = call.fake.add_app("o", "p", "a")
    place = app if by_id else "o/p/a"
    variable = call.post(f"/configurations/{place}", {"name": "KEY", "value": "v"})
    call.post(f"/applications/{place}/deploy")
    while call.fake.advance():
        pass
    org, details = call.get("/organizations/o"), call.get("/applications/o/p/a")
    return {
        "org": org["id"],
        "member": org["members"][0]["user_id"],
        "project": details["project_id"],
        "app": app,
        "variable": variable["id"],
        "image": details["latest_image"]["id"],
        "release": details["latest_release"]["id"],
        "deployment": details["latest_deployment"]["id"],
    }
