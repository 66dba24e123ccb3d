"""The Python client for the Ancla platform: standard library only.

    from ancla import AnclaClient, NotFoundError

    with AnclaClient() as client:
        for org in client.list_orgs():
            print(org.slug)

AnclaClient     a method for each operation of the API; AsyncAnclaClient is the same for asyncio
AnclaError      the base of all errors, which are drawn as a tree in ancla.exceptions
App, Org ...    the results, as dataclasses, all of them in ancla.models
ancla.testing   FakeAncla, a server for tests
`python -m ancla --help` is the command line.

The platform says workspace for an organization, service for an application, build for an image, and
deploy for a deployment.

Names are resolved on first use (PEP 562), so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "2.0.0"

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the imports below
if TYPE_CHECKING:
    from . import command_line, doctor, exceptions, models, testing
    from ._api.progress import progress
    from .async_client import AsyncAnclaClient
    from .client import AnclaClient, Attempt
    from .exceptions import (
        AmbiguousDeployError,
        AnclaError,
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
    )
    from .models import (
        ApiKey,
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
        EnvironmentDeployResult,
        Health,
        Image,
        NewApiKey,
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
        Team,
        User,
    )

__all__ = [
    "APIConnectionError",
    "APITimeoutError",
    "AmbiguousDeployError",
    "AnclaClient",
    "AnclaError",
    "ApiKey",
    "App",
    "AsyncAnclaClient",
    "Attempt",
    "AuthenticationError",
    "BuildFailedError",
    "BuildLog",
    "BuildResult",
    "ConfigImportFailure",
    "ConfigImportResult",
    "ConfigVar",
    "ConflictError",
    "CreateReleaseResult",
    "DeployReleaseResult",
    "DeployResult",
    "Deployment",
    "DeploymentFailedError",
    "DeploymentLog",
    "DurationStats",
    "Environment",
    "EnvironmentDeployResult",
    "Health",
    "Image",
    "InvalidResponseError",
    "NewApiKey",
    "NotFoundError",
    "Org",
    "OrgAdminResult",
    "OrgMember",
    "PermissionDeniedError",
    "PipelineMetrics",
    "PipelineStage",
    "PipelineStageMetrics",
    "PipelineStatus",
    "Project",
    "RateLimitError",
    "Release",
    "ServerError",
    "Session",
    "Team",
    "User",
    "ValidationError",
    "WaitTimeoutError",
    "__version__",
    "progress",
]

_PLACES = {
    "AnclaClient": ".client",
    "AsyncAnclaClient": ".async_client",
    "Attempt": ".client",
    "progress": "._api.progress",
}
_MODULES = ("command_line", "doctor", "exceptions", "models", "testing")

if not TYPE_CHECKING:  # type checkers would accept any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        missing = None
        if name in __all__:
            try:
                value = getattr(import_module(_module_of(name), __name__), name)
            except ModuleNotFoundError as error:
                if name not in ("AnclaClient", "AsyncAnclaClient"):
                    raise
                value = _stand_in_for_client(error, name)
            globals()[name] = value
            return value
        if name in _MODULES:
            try:
                return import_module(f".{name}", __name__)
            except ModuleNotFoundError as error:  # a minimal copy lacks some of them
                missing = error
        import_module("._api.other_names", __name__).raise_if_renamed(f"module {__name__!r}", name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from missing


def _module_of(name: str) -> str:
    if name in _PLACES:
        return _PLACES[name]
    return ".exceptions" if name.endswith("Error") else ".models"


def _stand_in_for_client(error: ModuleNotFoundError, name: str) -> type:
    """Returns a stand-in for a client whose modules are missing. Making one raises AnclaError.

    So models and `--help` still work.
    """
    from importlib import import_module

    missing = f"this Python has no module {error.name!r}" if error.name else f"{error!r}"
    reason = (
        f"{missing}, without which a client cannot be made "
        "(on Debian and Ubuntu the package python3 has it, python3-minimal does not)"
    )
    if (error.name or "").startswith(f"{__name__}."):
        reason = f"this copy of ancla-sdk is a small one without {name}; write it with --full"

    class Client:
        def __init__(self, *arguments: object, **options: object) -> None:
            raise import_module(".exceptions", __name__).AnclaError(reason)

    Client.__name__ = Client.__qualname__ = name
    return Client


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES])


# The licence is here, too, because tools that package a vendored copy often leave the file out.
#
# MIT License
#
# Copyright (c) Ancla SDK contributors
#
# Permission is hereby granted, free of charge, to any person obtaining a copy
# of this software and associated documentation files (the "Software"), to deal
# in the Software without restriction, including without limitation the rights
# to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
# copies of the Software, and to permit persons to whom the Software is
# furnished to do so, subject to the following conditions:
#
# The above copyright notice and this permission notice shall be included in all
# copies or substantial portions of the Software.
#
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
# IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
# FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
# AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
# LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
# OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
# SOFTWARE.
