"""Every error that the SDK raises.

AnclaError                    any other failed request, and the base of all below
  AuthenticationError         401
  NotFoundError               404
  ValidationError             422
  ServerError                 500 and above
  APIConnectionError          no complete response arrived (also for failures of TLS)
    APITimeoutError             ... in time (also a TimeoutError)
  InvalidResponseError        the response is not what the API promises (also a ValueError)
  BuildFailedError            the build or release that was waited for failed
  DeploymentFailedError       the deployment that was waited for failed
  AmbiguousDeployError        others deployed meanwhile, and nothing tells which deployment is yours
  WaitTimeoutError            a wait reached its timeout (also a TimeoutError)
"""

from __future__ import annotations

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the import below
if TYPE_CHECKING:
    from .models import Deployment, Image, Release
else:  # for typing.get_type_hints: the models, which are above, cannot be imported
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

    `str(error)` is a sentence for people, with at most 500 characters of the server's text. For
    programs there are:

    status_code: the HTTP status code, or None if no response arrived
    detail:      the server's text, made readable, or None if it sent none
    method, url: the request that failed (the URL holds no secret), or None
    request_id:  the server's X-Request-ID, for its support, or None
    retry_after: seconds that the server asked to wait, or None
    body:        the response body's bytes (at most the first 64 KiB), or None; the key and the
                 values of config variables are redacted
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
    """401: there is no API key, or the server does not accept it."""


class NotFoundError(AnclaError):
    """404: what was asked for does not exist, or the key may not see it."""


class ValidationError(AnclaError):
    """422, or 400 with a list of faults: the server did not accept the values that were sent.

    `detail` says which.
    """


class ServerError(AnclaError):
    """500 and above: the server, or a proxy in front of it, failed."""


class APIConnectionError(AnclaError):
    """No complete response arrived: the connection, TLS or the response's framing failed.

    The original error is the `__cause__`. `permanent` is True if another attempt would fail in the
    same way: an untrusted certificate, a response over the size limit.
    """

    permanent = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """No complete response arrived within `timeout` seconds."""


class InvalidResponseError(AnclaError, ValueError):
    """A complete response arrived, but it is not what the API promises."""


class BuildFailedError(AnclaError):
    """The image or release that was waited for ended in an error.

    `model` is its last state; `detail` is the server's error_detail, all of it.
    """

    def __init__(
        self, message: str, model: Image | Release | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class DeploymentFailedError(AnclaError):
    """The deployment that was waited for ended in an error.

    `model` is its last state; `detail` is the server's error_detail, all of it.
    """

    def __init__(
        self, message: str, model: Deployment | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.model = model


class AmbiguousDeployError(AnclaError):
    """Others deployed the application meanwhile, and nothing tells which deployment is yours.

    Your deploy was started, and may still go on.

    image_id:        your image, or "" if the server did not name it
    deployment_ids:  the deployments, one of which may be yours
    other_image_ids: images that others built meanwhile, or, if `image_id` is "", that may be yours
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
    """A wait reached its timeout. What was waited for may still go on at the server.

    `model` is the last state that was seen, or None if there was none.
    """

    def __init__(self, message: str, model: Image | Release | Deployment | None = None) -> None:
        super().__init__(message)
        self.model = model
