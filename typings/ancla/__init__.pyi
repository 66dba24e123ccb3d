"""The Python client for the Ancla platform: standard library only."""

from . import command_line as command_line
from . import exceptions as exceptions
from . import models as models
from . import testing as testing
from .client import AnclaClient, Attempt
from .exceptions import (
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BuildFailedError,
    DeploymentFailedError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    ValidationError,
    WaitTimeoutError,
)
from .models import (
    App,
    BuildLog,
    BuildResult,
    ConfigImportFailure,
    ConfigImportResult,
    ConfigVar,
    CreateReleaseResult,
    Deployment,
    DeploymentLog,
    DeployReleaseResult,
    DeployResult,
    DurationStats,
    Environment,
    Image,
    Org,
    OrgAdminResult,
    OrgMember,
    PipelineMetrics,
    PipelineStage,
    PipelineStageMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
    User,
)

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AnclaClient",
    "AnclaError",
    "App",
    "Attempt",
    "AuthenticationError",
    "BuildFailedError",
    "BuildLog",
    "BuildResult",
    "ConfigImportFailure",
    "ConfigImportResult",
    "ConfigVar",
    "CreateReleaseResult",
    "DeployReleaseResult",
    "DeployResult",
    "Deployment",
    "DeploymentFailedError",
    "DeploymentLog",
    "DurationStats",
    "Environment",
    "Image",
    "InvalidResponseError",
    "NotFoundError",
    "Org",
    "OrgAdminResult",
    "OrgMember",
    "PipelineMetrics",
    "PipelineStage",
    "PipelineStageMetrics",
    "PipelineStatus",
    "Project",
    "Release",
    "ServerError",
    "Session",
    "User",
    "ValidationError",
    "WaitTimeoutError",
    "__version__",
    "progress",
]

__version__: str

def progress(model: Image | Release | Deployment) -> None: ...
