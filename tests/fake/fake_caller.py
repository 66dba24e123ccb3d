"""Talks to a FakeAncla in plain http.client, so that its tests need nothing of the SDK's client."""

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
class Answered:
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
    ) -> Answered:
        """`path` is below `root`; bytes are sent as they are; `x_api_key=None` sends no key."""
        given = {"x_api_key": self.fake.api_key, **headers}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(
            method,
            root + path,
            raw,
            {name.replace("_", "-"): value for name, value in given.items() if value is not None},
        )
        response = self.connection.getresponse()
        return Answered(response.status, response.headers, response.read())

    def get(self, path: str, **options: Any) -> Any:
        answered = self("GET", path, **options)
        assert answered.status == 200, answered
        return answered.json

    def post(self, path: str, body: object = None, **options: Any) -> Any:
        answered = self("POST", path, body, **options)
        assert answered.status == 201, answered
        return answered.json


@contextmanager
def calling(**options: Any) -> Iterator[Caller]:
    """A caller to a new FakeAncla with these options."""
    with FakeAncla(**options) as fake, Caller(fake) as call:
        yield call


def ids_of_a_deployed_app(call: Caller, *, by_id: bool) -> dict[str, str]:
    """Puts o/p/a there with a variable KEY and a finished pipeline; the ids of all of them.

    `by_id`: whether to speak published routes or slug routes.
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
