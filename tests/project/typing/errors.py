"""What the errors hold and what they are caught as: read by type checkers, never run."""

from __future__ import annotations

from typing_extensions import assert_type

import ancla
from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BuildFailedError,
    ConflictError,
    Deployment,
    DeploymentFailedError,
    Image,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Release,
    ServerError,
    ValidationError,
    WaitTimeoutError,
)

ALL: list[type[AnclaError]] = [
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BuildFailedError,
    ConflictError,
    DeploymentFailedError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
    WaitTimeoutError,
]
ALSO_TIMEOUTS: list[type[TimeoutError]] = [APITimeoutError, WaitTimeoutError]
ALSO_CONNECTION_ERRORS: list[type[APIConnectionError]] = [APITimeoutError]
ALSO_VALUE_ERRORS: list[type[ValueError]] = [InvalidResponseError]


def attributes(error: AnclaError) -> None:
    assert_type(error.message, str)
    assert_type(error.status_code, int | None)
    assert_type(error.detail, str | None)
    assert_type(error.method, str | None)
    assert_type(error.url, str | None)
    assert_type(error.request_id, str | None)
    assert_type(error.retry_after, float | None)
    assert_type(error.body, bytes | None)


def what_was_waited_for(client: AnclaClient) -> None:
    try:
        client.deploy_and_wait("o", "p", "a")
    except BuildFailedError as error:
        assert_type(error.model, Image | Release | None)
    except DeploymentFailedError as error:
        assert_type(error.model, Deployment | None)
    except WaitTimeoutError as error:
        assert_type(error.model, Image | Release | Deployment | None)
    except APIConnectionError as error:
        assert_type(error.permanent, bool)


def made_by_hand() -> None:
    """For tests of code that catches them."""
    NotFoundError("no such app", 404, "not found")
    ServerError("busy", 503, method="GET", url="https://ancla.example", retry_after=2.5)
    BuildFailedError("the build failed", Image(error=True), "no Procfile")
    DeploymentFailedError("the deployment failed", Deployment(error=True), "out of memory")
    WaitTimeoutError("not over yet", Release())


def errors_are_reached_by_their_module() -> None:
    assert_type(ancla.exceptions.NotFoundError(""), NotFoundError)
