"""The platform's resources and the results of operations, as dataclasses."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from typing_extensions import Self

__all__ = [
    "ApiKey",
    "App",
    "BuildLog",
    "BuildResult",
    "ConfigImportFailure",
    "ConfigImportResult",
    "ConfigVar",
    "CreateReleaseResult",
    "DeployReleaseResult",
    "DeployResult",
    "Deployment",
    "DeploymentLog",
    "DurationStats",
    "Environment",
    "EnvironmentDeployResult",
    "Health",
    "Image",
    "Model",
    "NewApiKey",
    "Org",
    "OrgAdminResult",
    "OrgMember",
    "PipelineMetrics",
    "PipelineStage",
    "PipelineStageMetrics",
    "PipelineStatus",
    "Project",
    "Release",
    "Session",
    "Team",
    "User",
]

_Selection: TypeAlias = (
    Set[str] | Set[int] | Mapping[str, _Selection | bool] | Mapping[int, _Selection | bool]
)

class Model:
    model_fields: ClassVar[dict[str, Field[Any]]]
    @classmethod
    def model_validate(
        cls,
        obj: Any,
        *,
        strict: bool | None = None,
        extra: Literal["allow", "ignore", "forbid"] | None = None,
        from_attributes: bool | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> Self: ...
    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        extra: Literal["allow", "ignore", "forbid"] | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> Self: ...
    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self: ...
    def model_dump(
        self,
        *,
        mode: str = "python",
        include: _Selection | None = None,
        exclude: _Selection | None = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        round_trip: bool = False,
        warnings: bool | str = True,
        context: Any = None,
        serialize_as_any: bool = False,
        fallback: Callable[[Any], Any] | None = None,
        exclude_computed_fields: bool = False,
        polymorphic_serialization: bool | None = None,
    ) -> dict[str, Any]: ...
    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        ensure_ascii: bool = False,
        include: _Selection | None = None,
        exclude: _Selection | None = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        round_trip: bool = False,
        warnings: bool | str = True,
        context: Any = None,
        serialize_as_any: bool = False,
        fallback: Callable[[Any], Any] | None = None,
        exclude_computed_fields: bool = False,
        polymorphic_serialization: bool | None = None,
    ) -> str: ...
    @classmethod
    def model_json_schema(
        cls,
        by_alias: bool | None = None,
        ref_template: str = "#/$defs/{model}",
        *,
        mode: Literal["validation", "serialization"] = "validation",
    ) -> dict[str, Any]: ...
    def model_copy(
        self, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> Self: ...
    @property
    def model_fields_set(self) -> set[str]: ...
    @property
    def model_extra(self) -> dict[str, Any]: ...
    def __iter__(self) -> Iterator[tuple[str, Any]]: ...
    def __rich_repr__(self) -> Iterator[tuple[str, Any]]: ...
    def __copy__(self) -> Self: ...
    def __replace__(self, /, **changes: Any) -> Self: ...

@dataclass(kw_only=True)
class OrgMember(Model):
    username: str
    email: str | None = None
    admin: bool = False
    user_id: str = ""
    application_count: int = 0

@dataclass(kw_only=True)
class Org(Model):
    name: str
    slug: str
    member_count: int = 0
    project_count: int = 0
    application_count: int = 0
    id: str = ""
    members: list[OrgMember] = field(default_factory=list)
    personal: bool = False

@dataclass(kw_only=True)
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

@dataclass(kw_only=True)
class App(Model):
    name: str
    slug: str
    platform: str = ""
    process_counts: dict[str, int] = field(default_factory=dict)
    github_repository: str | None = None
    auto_deploy_branch: str | None = None
    id: str = ""
    project_id: str = ""
    project_slug: str = ""
    organization_slug: str = ""
    process_pod_classes: dict[str, str] = field(default_factory=dict)
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
    environment: str = ""
    build_strategy: str | None = None

@dataclass(kw_only=True)
class Environment(Model):
    name: str
    slug: str
    application_count: int = 0
    id: str = ""
    created: str | None = None
    updated: str | None = None

@dataclass(kw_only=True)
class ConfigVar(Model):
    name: str
    value: str = ""
    secret: bool = False
    buildtime: bool = False
    id: str = ""
    created: str | None = None
    updated: str | None = None
    scope: str = ""

class _Stage(Model):
    @property
    def status(self) -> str: ...
    @property
    def done(self) -> bool: ...
    @property
    def succeeded(self) -> bool: ...
    @property
    def failed(self) -> bool: ...

@dataclass(kw_only=True)
class Image(_Stage):
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
    strategy: str | None = None

@dataclass(kw_only=True)
class Release(_Stage):
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
    image: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    image_changes: dict[str, Any] = field(default_factory=dict)
    configuration_changes: dict[str, Any] = field(default_factory=dict)
    release_id: str | None = None
    error_detail: str | None = None
    dockerfile: str | None = None
    release_metadata: dict[str, Any] | None = None
    commit_sha: str | None = None
    health_check_host: str | None = None

@dataclass(kw_only=True)
class Deployment(_Stage):
    id: str = ""
    complete: bool = False
    error: bool = False
    error_detail: str | None = None
    job_id: str | None = None
    created: str | None = None
    updated: str | None = None
    application_id: str = ""
    release: dict[str, Any] = field(default_factory=dict)
    deploy_metadata: dict[str, Any] | None = None
    deploy_log: str | None = None

@dataclass(kw_only=True)
class DeployResult(Model):
    image_id: str = ""
    deployment_id: str = ""
    ok: bool = True
    version: int = 0

@dataclass(kw_only=True)
class CreateReleaseResult(Model):
    release_id: str = ""
    version: int = 0
    ok: bool = True

@dataclass(kw_only=True)
class DeployReleaseResult(Model):
    deployment_id: str = ""
    ok: bool = True

@dataclass(kw_only=True)
class BuildResult(Model):
    ok: bool = True
    image_id: str = ""
    version: int = 0

@dataclass(kw_only=True)
class BuildLog(Model):
    status: str = ""
    version: int = 0
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    build_step: dict[str, Any] | None = None

@dataclass(kw_only=True)
class DeploymentLog(Model):
    status: str = ""
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    deploy_step: dict[str, Any] | None = None

@dataclass(kw_only=True)
class PipelineStage(Model):
    status: str = ""
    version: int | None = None
    error_detail: str | None = None
    step: dict[str, Any] | None = None

@dataclass(kw_only=True)
class PipelineStatus(Model):
    build: PipelineStage | None = None
    release: PipelineStage | None = None
    deploy: PipelineStage | None = None

@dataclass(kw_only=True)
class DurationStats(Model):
    avg: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    count: int = 0

@dataclass(kw_only=True)
class PipelineStageMetrics(Model):
    success: int = 0
    error: int = 0
    success_rate: float = 0.0
    duration: DurationStats | None = None

@dataclass(kw_only=True)
class PipelineMetrics(Model):
    build: PipelineStageMetrics | None = None
    release: PipelineStageMetrics | None = None
    deploy: PipelineStageMetrics | None = None

@dataclass(kw_only=True)
class ConfigImportFailure(Model):
    name: str = ""
    error: str = ""

@dataclass(kw_only=True)
class ConfigImportResult(Model):
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    errors: list[ConfigImportFailure] = field(default_factory=list)

@dataclass(kw_only=True)
class OrgAdminResult(Model):
    ok: bool = True
    admin: bool = False

@dataclass(kw_only=True)
class User(Model):
    id: str = ""
    username: str
    email: str | None = None
    admin: bool = False
    active: bool = True
    registered_at: str | None = None
    last_login_at: str | None = None

@dataclass(kw_only=True)
class Session(Model):
    authenticated: bool = False
    user: User | None = None

@dataclass(kw_only=True)
class Team(Model):
    name: str
    slug: str = ""
    id: str = ""

@dataclass(kw_only=True)
class EnvironmentDeployResult(Model):
    deployment_id: str = ""
    image_id: str = ""
    ok: bool = True

@dataclass(kw_only=True)
class Health(Model):
    status: str = ""

@dataclass(kw_only=True)
class ApiKey(Model):
    key_id: str
    name: str = ""
    scopes: list[str] = field(default_factory=list)
    is_active: bool = True
    created_at: str | None = None
    expires_at: str | None = None
    last_used_at: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

@dataclass(kw_only=True)
class NewApiKey(Model):
    key_id: str
    key: str
    name: str = ""
    scopes: list[str] = field(default_factory=list)
    created_at: str | None = None
    expires_at: str | None = None
