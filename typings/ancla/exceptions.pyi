"""All errors that the SDK raises, besides ValueError for invalid arguments."""

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
class PermissionDeniedError(AnclaError): ...
class NotFoundError(AnclaError): ...
class ConflictError(AnclaError): ...
class ValidationError(AnclaError): ...
class RateLimitError(AnclaError): ...
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
