"""The client for asyncio: AnclaClient's own methods, each call in a thread of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from ssl import SSLContext
from types import TracebackType
from typing import Any, Literal, NoReturn

from typing_extensions import Self

from .client import Attempt
from .models import (
    ApiKey,
    App,
    BuildLog,
    BuildResult,
    ConfigImportResult,
    ConfigVar,
    CreateReleaseResult,
    Deployment,
    DeploymentLog,
    DeployReleaseResult,
    DeployResult,
    Environment,
    EnvironmentDeployResult,
    Health,
    Image,
    NewApiKey,
    Org,
    OrgAdminResult,
    OrgMember,
    PipelineMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
    Team,
)

__all__ = ["AsyncAnclaClient"]

class AsyncAnclaClient:
    def __init__(
        self,
        api_key: str | None = None,
        server: str | None = None,
        timeout: float | None = 30.0,
        *,
        max_retries: int = 2,
        ssl_context: SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        routes: Literal["auto", "workspaces", "published", "slugs"] | None = None,
        max_response_bytes: int = 16 * 1024 * 1024,
        user_agent_suffix: str | None = None,
        environment: str | None = None,
        on_attempt: Callable[[Attempt], object] | None = None,
    ) -> None: ...
    def with_options(
        self,
        *,
        timeout: float | None = ...,
        max_retries: int = ...,
        environment: str = ...,
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = ...,
    ) -> Self: ...
    @property
    def api_key(self) -> str | None: ...
    @property
    def server(self) -> str: ...
    @property
    def environment(self) -> str: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    async def aclose(self) -> None: ...
    async def request(self, method: str, path: str, *, json: Any = None) -> Any: ...

    # Organizations, their members and teams

    async def list_orgs(self) -> list[Org]: ...
    async def get_org(self, slug: str) -> Org: ...
    async def create_org(self, name: str) -> Org: ...
    async def update_org(self, slug: str, name: str) -> Org: ...
    async def delete_org(self, slug: str) -> None: ...
    async def list_org_members(self, org: str) -> list[OrgMember]: ...
    async def add_org_member(self, org: str, username: str, admin: bool = False) -> Org: ...
    async def remove_org_member(self, org: str, user_id: str) -> None: ...
    async def toggle_org_admin(self, org: str, user_id: str) -> OrgAdminResult: ...
    async def list_teams(self, org: str) -> list[Team]: ...
    async def create_team(self, org: str, name: str) -> Team: ...

    # The key, and the platform itself

    async def get_session(self) -> Session: ...
    async def check_health(self) -> Health: ...
    async def list_api_keys(self) -> list[ApiKey]: ...
    async def get_api_key(self, key_id: str) -> ApiKey: ...
    async def create_api_key(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        prefix: str | None = None,
        expires_at: datetime | str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> NewApiKey: ...
    async def revoke_api_key(self, key_id: str) -> None: ...
    async def delete_api_key(self, key_id: str) -> None: ...

    # Projects

    async def list_projects(self, org: str) -> list[Project]: ...
    async def get_project(self, org: str, slug: str) -> Project: ...
    async def create_project(self, org: str, name: str, *, slug: str | None = None) -> Project: ...
    async def update_project(self, org: str, slug: str, name: str) -> Project: ...
    async def delete_project(self, org: str, slug: str) -> None: ...
    async def get_observability(
        self, org: str, project: str, app: str | None = None, range: str = "24h"
    ) -> dict[str, Any]: ...

    # Environments

    async def list_environments(self, org: str, project: str) -> list[Environment]: ...
    async def get_environment(self, org: str, project: str, slug: str) -> Environment: ...
    async def create_environment(self, org: str, project: str, name: str) -> Environment: ...
    async def update_environment(
        self, org: str, project: str, slug: str, name: str
    ) -> Environment: ...
    async def deploy_environment(
        self, org: str, project: str, slug: str, app: str | None = None
    ) -> EnvironmentDeployResult: ...
    async def list_environment_deployments(
        self, org: str, project: str, slug: str
    ) -> list[Deployment]: ...
    async def get_environment_deployment(
        self, org: str, project: str, slug: str, deployment_id: str
    ) -> Deployment: ...
    async def get_environment_deployment_log(
        self, org: str, project: str, slug: str, deployment_id: str
    ) -> DeploymentLog: ...
    async def wait_for_environment_deployment(
        self,
        org: str,
        project: str,
        slug: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
    ) -> Deployment: ...

    # Applications

    async def list_apps(self, org: str, project: str) -> list[App]: ...
    async def get_app(self, org: str, project: str, app: str) -> App: ...
    async def create_app(
        self,
        org: str,
        project: str,
        name: str,
        platform: str,
        *,
        slug: str | None = None,
        github_repository: str | None = None,
        build_strategy: Literal["dockerfile", "buildpack"] | None = None,
    ) -> App: ...
    async def update_app(
        self,
        /,
        org: str,
        project: str,
        app: str,
        *,
        name: str = ...,
        platform: str = ...,
        process_counts: Mapping[str, int] = ...,
        process_pod_classes: Mapping[str, str] = ...,
        privileged: bool = ...,
        github_repository: str | None = ...,
        github_repository_is_private: bool | None = ...,
        github_app_installation_id: int | None = ...,
        github_environment_name: str | None = ...,
        auto_deploy_branch: str | None = ...,
        subdirectory: str | None = ...,
        deployment_timeout: int | None = ...,
        health_check_path: str | None = ...,
        health_check_host: str | None = ...,
        **unknown: NoReturn,
    ) -> App: ...
    async def delete_app(self, org: str, project: str, app: str) -> None: ...
    async def deploy_app(
        self, org: str, project: str, app: str, *, config_only: bool = False
    ) -> DeployResult: ...
    async def deploy_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        *,
        config_only: bool = False,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Image | Release | Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment: ...
    async def rollback_app(self, org: str, project: str, app: str) -> DeployReleaseResult: ...
    async def rollback_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment: ...
    async def promote_app(
        self, org: str, project: str, app: str, source: str, target: str
    ) -> DeployReleaseResult: ...
    async def promote_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        source: str,
        target: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment: ...
    async def preview_promotion(
        self, org: str, project: str, app: str, source: str, target: str
    ) -> dict[str, Any]: ...
    async def scale_app(
        self, org: str, project: str, app: str, counts: Mapping[str, int]
    ) -> None: ...
    async def get_pipeline_status(self, org: str, project: str, app: str) -> PipelineStatus: ...
    async def get_pipeline_metrics(self, org: str, project: str, app: str) -> PipelineMetrics: ...
    async def list_pipeline_history(
        self, org: str, project: str, app: str, limit: int = 10
    ) -> list[dict[str, Any]]: ...

    # Config variables of an application

    async def list_config(self, org: str, project: str, app: str) -> list[ConfigVar]: ...
    async def get_config(self, org: str, project: str, app: str, key: str) -> ConfigVar: ...
    async def get_resolved_config(self, org: str, project: str, app: str) -> dict[str, Any]: ...
    async def set_config(
        self,
        org: str,
        project: str,
        app: str,
        key: str,
        value: str,
        secret: bool | None = None,
        *,
        buildtime: bool | None = None,
    ) -> ConfigVar: ...
    async def delete_config(self, org: str, project: str, app: str, key: str) -> None: ...
    async def import_config(
        self,
        org: str,
        project: str,
        app: str,
        variables: Mapping[str, str] | str,
        *,
        secret: bool = False,
        buildtime: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> ConfigImportResult: ...

    # Config variables that applications share

    async def list_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
    ) -> list[ConfigVar]: ...
    async def get_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
    ) -> ConfigVar: ...
    async def set_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
        value: str,
        secret: bool | None = None,
        buildtime: bool | None = None,
    ) -> ConfigVar: ...
    async def delete_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
    ) -> None: ...
    async def import_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        variables: Mapping[str, str] | str,
        secret: bool | None = None,
        buildtime: bool | None = None,
    ) -> list[ConfigVar]: ...

    # Images

    async def list_images(self, org: str, project: str, app: str) -> list[Image]: ...
    async def get_image(self, org: str, project: str, app: str, image_id: str) -> Image: ...
    async def build_image(
        self,
        org: str,
        project: str,
        app: str,
        *,
        strategy: Literal["dockerfile", "buildpack"] | None = None,
    ) -> BuildResult: ...
    async def get_image_log(self, org: str, project: str, app: str, image_id: str) -> BuildLog: ...
    async def wait_for_image(
        self,
        org: str,
        project: str,
        app: str,
        image_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Image], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Image: ...
    def follow_image_log(
        self,
        org: str,
        project: str,
        app: str,
        image_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
    ) -> AsyncIterator[str]: ...

    # Releases, which only retired routes have

    async def list_releases(self, org: str, project: str, app: str) -> list[Release]: ...
    async def get_release(self, org: str, project: str, app: str, release_id: str) -> Release: ...
    async def create_release(
        self, org: str, project: str, app: str, image_id: str
    ) -> CreateReleaseResult: ...
    async def deploy_release(
        self, org: str, project: str, app: str, release_id: str
    ) -> DeployReleaseResult: ...
    async def get_release_log(
        self, org: str, project: str, app: str, release_id: str
    ) -> BuildLog: ...
    async def wait_for_release(
        self,
        org: str,
        project: str,
        app: str,
        release_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Release], object] | None = None,
    ) -> Release: ...

    # Deployments

    async def list_deployments(self, org: str, project: str, app: str) -> list[Deployment]: ...
    async def get_deployment(
        self, org: str, project: str, app: str, deployment_id: str
    ) -> Deployment: ...
    async def get_deployment_log(
        self, org: str, project: str, app: str, deployment_id: str
    ) -> DeploymentLog: ...
    async def wait_for_deployment(
        self,
        org: str,
        project: str,
        app: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment: ...
    def follow_deployment_log(
        self,
        org: str,
        project: str,
        app: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
    ) -> AsyncIterator[str]: ...
