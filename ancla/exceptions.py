"""All errors that the SDK raises, besides ValueError for invalid arguments.

AnclaError                    the base of all others; raised itself for any other error
  AuthenticationError         401
  PermissionDeniedError       403
  NotFoundError               404
  ConflictError               409
  ValidationError             422, or 400 with a list of invalid fields
  RateLimitError              429
  ServerError                 500 and up
  APIConnectionError          no complete response arrived (includes TLS failures)
    APITimeoutError             no complete response before the timeout (also a TimeoutError)
  InvalidResponseError        a response is not what the API documents (also a ValueError)
  BuildFailedError            a wait ended: the image or release failed
  DeploymentFailedError       a wait ended: the deployment failed
  AmbiguousDeployError        the client cannot tell which deployment is its own
  WaitTimeoutError            a wait reached its timeout (also a TimeoutError)
"""

from __future__ import annotations

from ._errors import (
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    ConflictError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from .models import Deployment, Image, Release

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AmbiguousDeployError",
    "AnclaError",
    "AuthenticationError",
    "BuildFailedError",
    "ConflictError",
    "DeploymentFailedError",
    "InvalidResponseError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "ValidationError",
    "WaitTimeoutError",
]


class BuildFailedError(AnclaError):
    """The image or release that a call waited for failed.

    `model` is its last state. `detail` is the server's complete error_detail.
    """

    def __init__(
        self, message: str, model: Image | Release | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class DeploymentFailedError(AnclaError):
    """The deployment that a call waited for failed.

    `model` is its last state. `detail` is the server's complete error_detail.
    """

    def __init__(
        self, message: str, model: Deployment | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class AmbiguousDeployError(AnclaError):
    """Others deployed the application too, and the client cannot tell which deployment is its own.

    This call's deploy was started, and may still be running.

    image_id:        the image of this deploy, or "" if the server did not name it
    deployment_ids:  the deployments that may be of this deploy
    other_image_ids: the images that others built meanwhile; if `image_id` is "", one of them may be
                     of this deploy
    """

    def __init__(
        self,
        message: str,
        *,
        image_id: str = "",
        deployment_ids: tuple[str, ...] = (),
        other_image_ids: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.image_id = image_id
        self.deployment_ids = deployment_ids
        self.other_image_ids = other_image_ids


class WaitTimeoutError(AnclaError, TimeoutError):
    """A wait reached its timeout. The build, release or deployment may still be running.

    `model` is the last state that was received, or None if there was none.
    """

    def __init__(self, message: str, model: Image | Release | Deployment | None = None) -> None:
        super().__init__(message)
        self.model = model


# Tracebacks and pickles name the public module, wherever a class is defined.
for _name in __all__:
    globals()[_name].__module__ = __name__
