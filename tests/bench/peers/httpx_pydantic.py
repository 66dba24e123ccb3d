"""The same client as it is usually written: httpx + pydantic, the same models and errors.

It stands alone, so that a clean environment for cold starts can hold it beside its dependencies.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field


def _services(org: str, project: str) -> str:
    return f"/workspaces/{org}/projects/{project}/envs/production/services"


class AnclaError(Exception):
    def __init__(
        self, message: str, status_code: int | None = None, detail: str | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.detail = detail


class AuthenticationError(AnclaError):
    pass


class NotFoundError(AnclaError):
    pass


class ValidationError(AnclaError):
    pass


class ServerError(AnclaError):
    pass


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")


class OrgMember(Model):
    username: str
    email: str | None = None
    admin: bool = False
    user_id: str = ""


class Org(Model):
    name: str
    slug: str
    member_count: int = 0
    project_count: int = 0
    application_count: int = 0
    id: str = ""
    members: list[OrgMember] = Field(default_factory=list)


class Project(Model):
    name: str
    slug: str
    organization_slug: str = ""
    organization_name: str = ""
    application_count: int = 0
    id: str = ""
    organization_id: str = ""
    created: str | None = None
    updated: str | None = None


class App(Model):
    name: str
    slug: str
    platform: str = ""
    process_counts: dict[str, int] = Field(default_factory=dict)
    github_repository: str | None = None
    auto_deploy_branch: str | None = None
    id: str = ""
    project_id: str = ""
    project_slug: str = ""
    organization_slug: str = ""
    process_pod_classes: dict[str, str] = Field(default_factory=dict)
    github_repository_is_private: bool = False
    subdirectory: str | None = None
    github_environment_name: str | None = None
    health_check_host: str | None = None
    github_app_installation_id: int | None = None
    deployment_timeout: int | None = None
    health_check_path: str = ""
    privileged: bool = False
    latest_image: dict[str, Any] | None = None
    latest_release: dict[str, Any] | None = None
    latest_deployment: dict[str, Any] | None = None
    latest_image_version: int | None = None
    latest_release_version: int | None = None
    latest_deployment_complete: bool | None = None
    created: str | None = None
    updated: str | None = None


class ConfigVar(Model):
    name: str
    value: str = ""
    secret: bool = False
    buildtime: bool = False
    id: str = ""
    created: str | None = None
    updated: str | None = None


class Image(Model):
    id: str = ""
    version: int = 0
    built: bool = False
    error: bool = False
    created: str | None = None
    updated: str | None = None
    application_id: str = ""
    repository_name: str = ""
    image_id: str | None = None
    error_detail: str | None = None
    build_slug: str | None = None
    build_ref: str | None = None
    dockerfile: str | None = None
    procfile: str | None = None
    processes: dict[str, Any] | None = None
    image_metadata: dict[str, Any] | None = None
    commit_sha: str | None = None


class Release(Model):
    id: str = ""
    version: int = 0
    platform: str = ""
    built: bool = False
    error: bool = False
    created: str | None = None
    updated: str | None = None
    application_id: str = ""
    repository_name: str = ""
    health_check_path: str = ""
    image: dict[str, Any] = Field(default_factory=dict)
    configuration: dict[str, Any] = Field(default_factory=dict)
    image_changes: dict[str, Any] = Field(default_factory=dict)
    configuration_changes: dict[str, Any] = Field(default_factory=dict)
    release_id: str | None = None
    error_detail: str | None = None
    dockerfile: str | None = None
    release_metadata: dict[str, Any] | None = None
    commit_sha: str | None = None
    health_check_host: str | None = None


class Deployment(Model):
    id: str = ""
    complete: bool = False
    error: bool = False
    error_detail: str | None = None
    job_id: str | None = None
    created: str | None = None
    updated: str | None = None
    application_id: str = ""
    release: dict[str, Any] = Field(default_factory=dict)
    deploy_metadata: dict[str, Any] | None = None
    deploy_log: str | None = None


class DeployResult(Model):
    image_id: str = ""
    ok: bool = True


class CreateReleaseResult(Model):
    release_id: str = ""
    version: int = 0
    ok: bool = True


class DeployReleaseResult(Model):
    deployment_id: str = ""
    ok: bool = True


class BuildResult(Model):
    ok: bool = True
    image_id: str = ""
    version: int = 0


class BuildLog(Model):
    status: str = ""
    version: int = 0
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    build_step: dict[str, Any] | None = None


class DeploymentLog(Model):
    status: str = ""
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    deploy_step: dict[str, Any] | None = None


class PipelineStage(Model):
    status: str = ""
    version: int | None = None
    error_detail: str | None = None
    step: dict[str, Any] | None = None


class PipelineStatus(Model):
    build: PipelineStage | None = None
    release: PipelineStage | None = None
    deploy: PipelineStage | None = None


class DurationStats(Model):
    avg: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    count: int = 0


class PipelineStageMetrics(Model):
    success: int = 0
    error: int = 0
    success_rate: float = 0.0
    duration: DurationStats | None = None


class PipelineMetrics(Model):
    build: PipelineStageMetrics | None = None
    release: PipelineStageMetrics | None = None
    deploy: PipelineStageMetrics | None = None


class ConfigImportFailure(Model):
    name: str = ""
    error: str = ""


class ConfigImportResult(Model):
    created: list[str] = Field(default_factory=list)
    skipped: list[str] = Field(default_factory=list)
    errors: list[ConfigImportFailure] = Field(default_factory=list)


class OrgAdminResult(Model):
    ok: bool = True
    admin: bool = False


class User(Model):
    id: str = ""
    username: str
    email: str | None = None
    admin: bool = False
    active: bool = True
    registered_at: str | None = None
    last_login_at: str | None = None


class Session(Model):
    authenticated: bool = False
    user: User | None = None


class AnclaClient:
    """The calls that the bench makes; the others would be lines of the same kind."""

    def __init__(
        self,
        api_key: str,
        server: str,
        timeout: float = 30.0,
        *,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{server}/api/v1",
            headers={"X-API-Key": api_key, "Accept": "application/json"},
            timeout=timeout,
            # The default keeps 20: with more threads it closes connections that are in use.
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=100),
            verify=ssl_context or True,
        )

    def close(self) -> None:
        self._http.close()

    def get_org(self, slug: str) -> Org:
        return Org.model_validate(self._request("GET", f"/workspaces/{slug}"))

    def create_org(self, name: str) -> Org:
        return Org.model_validate(self._request("POST", "/workspaces", json={"name": name}))

    def list_images(self, org: str, project: str, app: str) -> list[Image]:
        records = self._request("GET", f"{_services(org, project)}/{app}/builds")
        return [Image.model_validate(record) for record in records]

    def _request(self, method: str, path: str, **options: Any) -> Any:
        response = self._http.request(method, path, **options)
        if response.status_code >= 400:
            raise _error(response)
        return response.json()


def _error(response: httpx.Response) -> AnclaError:
    try:
        body = response.json()
        detail = body.get("message") or body.get("detail")
    except ValueError:
        detail = response.text
    status = response.status_code
    if status >= 500:
        kind: type[AnclaError] = ServerError
    else:
        kind = {
            401: AuthenticationError,
            404: NotFoundError,
            422: ValidationError,
        }.get(status, AnclaError)
    return kind(f"HTTP {status}: {detail}", status, detail)
