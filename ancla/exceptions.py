"""All errors that the SDK raises, besides ValueError for invalid arguments.

AnclaError                    the base of all below, and any error response without a class here
  AuthenticationError         401
  NotFoundError               404
  ValidationError             422, or 400 with a list of invalid fields
  ServerError                 500 and up
  APIConnectionError          no complete response arrived (includes TLS failures)
    APITimeoutError             no complete response before the timeout (also a TimeoutError)
  InvalidResponseError        a response is not what the API documents (also a ValueError)
  BuildFailedError            a wait ended: the image or release failed
  DeploymentFailedError       a wait ended: the deployment failed
  AmbiguousDeployError        it cannot be told which deployment is ours
  WaitTimeoutError            a wait reached its timeout (also a TimeoutError)
"""

from __future__ import annotations

TYPE_CHECKING: bool = False  # Annotated: otherwise jedi skips the import below.
if TYPE_CHECKING:
    from .models import Deployment, Image, Release
else:  # For typing.get_type_hints. The models import this module, so it cannot import them.
    Deployment = Image = Release = object

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AmbiguousDeployError",
    "AnclaError",
    "AuthenticationError",
    "BuildFailedError",
    "DeploymentFailedError",
    "InvalidResponseError",
    "NotFoundError",
    "ServerError",
    "ValidationError",
    "WaitTimeoutError",
]


class AnclaError(Exception):
    """The base of all errors from the platform or from the connection to it.

    `str(error)` is a sentence for people, with at most 500 characters of the server's text. These
    attributes are for programs:

    status_code: the status code, or None if no response arrived
    detail:      the server's error message as readable text, or None if it sent none
    method, url: the failed request (the URL contains no secret), or None
    request_id:  the server's X-Request-ID, to give to its support, or None
    retry_after: the seconds that the server asked to wait, or None
    body:        the first 64 KiB of the response body, or None; if the server repeats the API key
                 or values of config variables, they are redacted
    """

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        detail: str | None = None,
        *,
        method: str | None = None,
        url: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: bytes | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.detail = detail
        self.method = method
        self.url = url
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"


class AuthenticationError(AnclaError):
    """401: the API key is missing, or the server does not accept it."""


class NotFoundError(AnclaError):
    """404: the record does not exist, or the API key has no access to it."""


class ValidationError(AnclaError):
    """422, or 400 with a list of invalid fields: the server did not accept the values sent.

    `detail` says which ones and why.
    """


class ServerError(AnclaError):
    """500 and up: the server failed, or a proxy in front of it."""


class APIConnectionError(AnclaError):
    """No complete response arrived: the connection or TLS failed, or the response is malformed.

    The original error is the `__cause__`. `permanent` is True if a retry would fail in the same
    way, for example because the certificate is not trusted or the response is too large.
    """

    permanent = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """No complete response arrived within `timeout` seconds."""


class InvalidResponseError(AnclaError, ValueError):
    """A complete response arrived, but it is not what the API documents."""


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
