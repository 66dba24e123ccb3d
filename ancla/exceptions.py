"""Every error that the SDK raises.

AnclaError                    any answer that is an error, and the base of all below
  AuthenticationError         401
  NotFoundError               404
  ValidationError             422
  ServerError                 500 and up
  APIConnectionError          no whole answer came (also the TLS failures)
    APITimeoutError             ... in time (also a TimeoutError)
  InvalidResponseError        an answer came that is not what the API promises (also a ValueError)
  BuildFailedError            the image or release that was waited for failed
  DeploymentFailedError       the deployment that was waited for failed
  AmbiguousDeployError        which deployment is ours cannot be told from those of others
  WaitTimeoutError            it was not over in time (also a TimeoutError)
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
    """An error of the platform or on the way to it.

    `str(error)` is a sentence for people, with at most 500 characters of the server's text. For
    programs there are:

    status_code: the HTTP status, or None when no answer came
    detail:      what the server said, made readable, or None when it said nothing
    method, url: the request that failed (the URL holds no secret), or None
    request_id:  the server's X-Request-ID, for its support, or None
    retry_after: seconds that the server asked to wait, or None
    body:        the answer's bytes (at most the first 64 KiB), or None; the key and the values of
                 config variables are replaced where the server repeats them
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
    """422, or 400 with a list of faults: the server found fault with what was sent.

    `detail` says with what.
    """


class ServerError(AnclaError):
    """500 and up: the server, or a proxy in front of it, failed."""


class APIConnectionError(AnclaError):
    """No whole answer came: the connection, TLS or the answer's framing failed.

    The original error is the `__cause__`. `permanent` is True if another attempt would fail in the
    same way: a certificate that is not trusted, an answer over the size limit.
    """

    permanent = False


class APITimeoutError(APIConnectionError, TimeoutError):
    """No whole answer came within `timeout` seconds."""


class InvalidResponseError(AnclaError, ValueError):
    """A whole answer came, but it is not what the API promises."""


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
    """Others deployed the application at the same time, and nothing tells which deployment is ours.

    Our deploy was started, and may still go on.

    image_id:        our image, or "" if the server did not name it
    deployment_ids:  the deployments of which one may be ours
    other_image_ids: images that others built meanwhile, or, if `image_id` is "", that may be ours
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
    """What was waited for was not over in time; it may still go on at the server.

    `model` is the last state that was seen, or None when there was none.
    """

    def __init__(self, message: str, model: Image | Release | Deployment | None = None) -> None:
        super().__init__(message)
        self.model = model
