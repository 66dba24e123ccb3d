"""The records that the platform behind `ancla.testing.FakeAncla` stores: data without behaviour.

`views` maps their fields to the names of each route set. Records refer to each other in both
directions, so compare them by `is`: `==` would compare everything that they refer to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import datetime, timezone
from itertools import count
from typing import Any

from .._model import has_succeeded

MASKED = "**secret**"
PRODUCTION = "production"  # The only environment of the two retired route sets.


def new_ids() -> Iterator[str]:
    """Yields the ids of records. A newer record has a higher id."""
    for number in count(1):
        yield f"{number:08x}-0000-4000-8000-{number:012x}"


def now() -> str:
    """Returns the current time in the format of responses: ISO 8601, UTC."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def may_be_null(field: Field[Any]) -> bool:
    """Returns whether the annotation of a record's field allows None."""
    return str(field.type).endswith("None")


@dataclass
class Record:
    """The base of most records."""

    id: str
    created: str = field(init=False, default_factory=now)
    updated: str | None = field(init=False, default=None)


@dataclass
class User:
    id: str
    username: str
    email: str | None = None
    admin: bool = False
    active: bool = True
    registered_at: str | None = field(default_factory=now)
    last_login_at: str | None = None


@dataclass
class Member:
    user: User
    admin: bool

    @property
    def username(self) -> str:
        return self.user.username

    @property
    def email(self) -> str | None:
        return self.user.email


@dataclass
class ApiKey(Record):
    name: str
    key: str
    scopes: list[str] = field(default_factory=list)
    expires_at: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    is_active: bool = True
    last_used_at: str | None = None


@dataclass
class Config(Record):
    name: str
    value: str
    scope: str
    secret: bool = False
    buildtime: bool = False


@dataclass
class ConfigOwner(Record):
    """A record with a slug and config variables. `scope` is its kind in responses.

    siblings: the records of its parent, itself among them, by slug
    """

    name: str
    slug: str
    siblings: dict[str, Any]
    config: dict[str, Config] = field(init=False, default_factory=dict)

    scope = ""


@dataclass
class Org(ConfigOwner):
    personal: bool = False
    people: dict[str, Member] = field(init=False, default_factory=dict)
    teams: dict[str, Team] = field(init=False, default_factory=dict)
    projects: dict[str, Project] = field(init=False, default_factory=dict)

    scope = "workspace"

    @property
    def members(self) -> list[Member]:
        return list(self.people.values())

    @property
    def member_count(self) -> int:
        return len(self.people)

    @property
    def project_count(self) -> int:
        return len(self.projects)

    @property
    def application_count(self) -> int:
        return sum(project.application_count for project in self.projects.values())


@dataclass
class Team(ConfigOwner):
    scope = "team"


@dataclass
class Project(ConfigOwner):
    org: Org
    environments: dict[str, Environment] = field(init=False, default_factory=dict)

    scope = "project"

    @property
    def application_count(self) -> int:
        return sum(it.application_count for it in self.environments.values())


@dataclass
class Environment(ConfigOwner):
    project: Project
    apps: dict[str, App] = field(init=False, default_factory=dict)

    scope = "env"

    @property
    def application_count(self) -> int:
        return len(self.apps)


def _latest(stage: str, attribute: str) -> property:
    """Returns a property of an application: this attribute of its latest image, for example."""

    def read(app: App) -> object:
        made = getattr(app, stage)
        return getattr(made[-1], attribute) if made else None

    return property(read)


@dataclass
class App(ConfigOwner):
    environment: Environment
    platform: str = "wind"
    process_counts: dict[str, int] = field(default_factory=lambda: {"web": 1})
    process_pod_classes: dict[str, str] = field(default_factory=dict)
    github_repository: str | None = None
    github_repository_is_private: bool = False
    auto_deploy_branch: str | None = None
    subdirectory: str | None = None
    github_app_installation_id: int | None = None
    github_environment_name: str | None = None
    deployment_timeout: int | None = 180
    health_check_path: str = "/_health/"
    health_check_host: str | None = None
    privileged: bool = False
    build_strategy: str | None = None
    images: list[Image] = field(init=False, default_factory=list)
    releases: list[Release] = field(init=False, default_factory=list)
    deployments: list[Deployment] = field(init=False, default_factory=list)
    active: Deployment | None = field(init=False, default=None)

    scope = "service"

    @property
    def project(self) -> Project:
        return self.environment.project

    @property
    def stages(self) -> tuple[Sequence[Stage], ...]:
        return (self.images, self.releases, self.deployments)

    @property
    def active_image(self) -> Image | None:
        return self.active.source.source if self.active else None

    latest_image = _latest("images", "brief")
    latest_release = _latest("releases", "brief")
    latest_deployment = _latest("deployments", "brief")
    latest_image_version = _latest("images", "version")
    latest_release_version = _latest("releases", "version")
    latest_deployment_complete = _latest("deployments", "complete")


# What can be set of an application: the views and the routes take their fields from here.
_NOT_SET = ("id", "name", "slug", "siblings", "environment", "platform", "build_strategy")
SETTINGS = {it.name: it for it in fields(App) if it.init and it.name not in _NOT_SET}


@dataclass
class Stage(Record):
    """One run of a stage of the pipeline: an image, a release or a deployment.

    failure: the error that it will fail with, or None if it will succeed
    started, seconds: when it started, and how long it took, or None until it has finished
    """

    app: App
    version: int
    failure: str | None = None
    status: str = "queued"
    error: bool = False
    error_detail: str | None = None
    log_text: str | None = None
    step: dict[str, object] | None = None
    started: float = 0.0
    seconds: float | None = None

    @property
    def outcome(self) -> str:
        """The status word of the workspaces routes."""
        return "success" if has_succeeded(self.status) else self.status

    @property
    def repository_name(self) -> str:
        project = self.app.project
        return f"{project.org.slug}/{project.slug}/{self.app.slug}"


@dataclass
class BuiltStage(Stage):
    """An image or a release."""

    built: bool = False

    @property
    def brief(self) -> dict[str, object]:
        return {
            "id": self.id,
            "version": self.version,
            "built": self.built,
            "error": self.error,
            "created": self.created,
        }


@dataclass
class Image(BuiltStage):
    image_id: str | None = None
    build_slug: str | None = None
    build_ref: str | None = None
    dockerfile: str | None = None
    procfile: str | None = None
    processes: dict[str, object] | None = None
    image_metadata: dict[str, object] | None = None
    strategy: str | None = None
    commit_sha: str | None = None


@dataclass(kw_only=True)
class Release(BuiltStage):
    source: Image
    configuration: dict[str, object]
    image_changes: dict[str, object]
    configuration_changes: dict[str, object]
    release_id: str | None = None
    release_metadata: dict[str, object] | None = None


@dataclass(kw_only=True)
class Deployment(Stage):
    source: Release
    complete: bool = False
    job_id: str | None = None
    deploy_metadata: dict[str, object] | None = None

    @property
    def brief(self) -> dict[str, object]:
        return {
            "id": self.id,
            "complete": self.complete,
            "error": self.error,
            "error_detail": self.error_detail,
            "created": self.created,
        }


@dataclass
class Session:
    authenticated: bool
    user: User | None


@dataclass
class Pipeline:
    """The latest run of each stage, or the metrics of all its runs."""

    build: Stage | StageMetrics | None
    release: Stage | StageMetrics | None
    deploy: Stage | StageMetrics | None


@dataclass
class PipelineRun:
    """A build and its deployment: one entry of a pipeline's history."""

    build: Image
    deploy: Deployment | None

    @property
    def newest(self) -> Stage:
        return self.deploy or self.build

    @property
    def created(self) -> str:
        return self.newest.created


@dataclass
class Promotion:
    """The preview of a promotion from one environment into another."""

    source: App
    target: App

    @property
    def build(self) -> Image | None:
        return self.source.active_image

    @property
    def replaces(self) -> Image | None:
        return self.target.active_image


@dataclass
class StageMetrics:
    success: int
    error: int
    success_rate: float
    duration: dict[str, float] | None

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> StageMetrics | None:
        """Returns the metrics of the runs that have finished, or None without any."""
        finished = [stage for stage in stages if stage.seconds is not None]
        if not finished:
            return None
        succeeded = sum(not stage.error for stage in finished)
        seconds = sorted(stage.seconds or 0.0 for stage in finished)
        return cls(
            success=succeeded,
            error=len(finished) - succeeded,
            success_rate=succeeded / len(finished),
            duration={
                "avg": sum(seconds) / len(seconds),
                "p50": seconds[len(seconds) // 2],
                "p95": seconds[len(seconds) * 95 // 100],
                "count": len(seconds),
            },
        )
