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
  AmbiguousDeployError        the client cannot tell which deployment is its own
  WaitTimeoutError            a wait reached its timeout (also a TimeoutError)
"""

from .models import Deployment, Image, Release

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
    message: str
    status_code: int | None
    detail: str | None
    method: str | None
    url: str | None
    request_id: str | None
    retry_after: float | None
    body: bytes | None
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
    ) -> None: ...

class AuthenticationError(AnclaError): ...
class NotFoundError(AnclaError): ...
class ValidationError(AnclaError): ...
class ServerError(AnclaError): ...

class APIConnectionError(AnclaError):
    permanent: bool

class APITimeoutError(APIConnectionError, TimeoutError): ...
class InvalidResponseError(AnclaError, ValueError): ...

class BuildFailedError(AnclaError):
    model: Image | Release | None
    def __init__(
        self, message: str, model: Image | Release | None = None, detail: str | None = None
    ) -> None: ...

class DeploymentFailedError(AnclaError):
    model: Deployment | None
    def __init__(
        self, message: str, model: Deployment | None = None, detail: str | None = None
    ) -> None: ...

class AmbiguousDeployError(AnclaError):
    image_id: str
    deployment_ids: tuple[str, ...]
    other_image_ids: tuple[str, ...]
    def __init__(
        self,
        message: str,
        *,
        image_id: str = "",
        deployment_ids: tuple[str, ...] = (),
        other_image_ids: tuple[str, ...] = (),
    ) -> None: ...

class WaitTimeoutError(AnclaError, TimeoutError):
    model: Image | Release | Deployment | None
    def __init__(self, message: str, model: Image | Release | Deployment | None = None) -> None: ...
