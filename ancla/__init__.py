"""The Python client for the Ancla platform: standard library only.

    from ancla import AnclaClient, NotFoundError

    with AnclaClient() as client:
        for org in client.list_orgs():
            print(org.slug)

Names are resolved on first use (PEP 562), so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "1.0.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import command_line, exceptions, models, testing
    from .client import AnclaClient
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
]

_MODULES = ("command_line", "exceptions", "models", "testing")

if not TYPE_CHECKING:  # or type checkers would take any name for a public one

    def __getattr__(name: str) -> object:
        from importlib import import_module

        missing = None
        if name in __all__:
            value = globals()[name] = getattr(import_module(_module_of(name), __name__), name)
            return value
        if name in _MODULES:
            try:
                return import_module(f".{name}", __name__)
            except ModuleNotFoundError as error:  # a small copy has not all of them
                missing = error
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from missing


def _module_of(name: str) -> str:
    if name == "AnclaClient":
        return ".client"
    return ".exceptions" if name.endswith("Error") else ".models"


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES])
