"""FakeAncla, an Ancla server for tests: real HTTP on loopback, with the platform in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from types import TracebackType
from typing import Any, Literal

__all__ = ["FakeAncla", "RecordedRequest"]

@dataclass
class RecordedRequest:
    method: str
    path: str
    query: str
    headers: Message = field(repr=False)
    body: Any
    connection: int
    status: int | None = None

class FakeAncla:
    api_key: str
    def __init__(
        self,
        *,
        routes: Literal["workspaces", "slugs", "published", "both"] = "workspaces",
        lenient: bool = True,
        api_key: str = "fake-api-key",
        pace: float | Literal["reads", "manual"] = "reads",
        late_deployments: bool = False,
        clock: Callable[[], float] = ...,
        page_size: int | None = None,
        nulls: Literal["unset", "always", "never"] = "unset",
        extra_fields: Mapping[str, object] | None = None,
        mask_secrets: bool = True,
        images_in_lists: bool = False,
        ignore_unknown_fields: bool = False,
        session: bool = True,
        port: int = 0,
    ) -> None: ...
    def __enter__(self) -> FakeAncla: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    @property
    def url(self) -> str: ...
    @property
    def environ(self) -> dict[str, str]: ...
    @property
    def nulls(self) -> Literal["unset", "always", "never"]: ...
    @nulls.setter
    def nulls(self, nulls: Literal["unset", "always", "never"]) -> None: ...
    def close(self) -> None: ...

    # Received requests

    @property
    def requests(self) -> list[RecordedRequest]: ...
    @property
    def connections(self) -> int: ...
    def clear_requests(self) -> None: ...

    # Data and pipelines

    def add_app(
        self,
        org: str,
        project: str,
        app: str,
        platform: str = "wind",
        *,
        environment: str = "production",
    ) -> str: ...
    def add_config(
        self,
        org: str,
        project: str,
        app: str,
        name: str,
        value: str,
        *,
        secret: bool = False,
        buildtime: bool = False,
        environment: str = "production",
    ) -> str: ...
    def add_deployment(
        self,
        org: str,
        project: str,
        app: str,
        *,
        environment: str = "production",
        error: str | None = None,
    ) -> str: ...
    def add_member(self, org: str, username: str, *, admin: bool = False) -> str: ...
    def image_of(self, deployment_id: str) -> str: ...
    def advance(self, steps: int = 1) -> int: ...
    def fail_next_build(self, detail: str = "the build failed") -> None: ...
    def fail_next_release(self, detail: str = "the release failed") -> None: ...
    def fail_next_deployment(self, detail: str = "the deployment failed") -> None: ...

    # Faults of the server and the network

    def fail_next(
        self,
        status: int,
        times: int = 1,
        *,
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> None: ...
    def drop_next(
        self,
        times: int = 1,
        *,
        handled: bool = False,
        method: str | None = None,
        path: str | None = None,
    ) -> None: ...
    def delay_next(
        self, seconds: float, times: int = 1, *, method: str | None = None, path: str | None = None
    ) -> None: ...
    @property
    def pending_faults(self) -> int: ...
    def clear_faults(self) -> None: ...
    def restart(self) -> None: ...
