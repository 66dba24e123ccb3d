"""The platform's resources and the results of operations, as dataclasses.

`Model` documents the methods that all of them have, such as `model_dump()`. A field that the server
leaves out has its default. Times are text in ISO 8601, UTC.
"""

from dataclasses import dataclass, field

from ._model import Model, explain_fields, has_failed, has_succeeded, status_of

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the import below
if TYPE_CHECKING:
    from typing import Any
else:
    import functools

    # All models inherit these methods. Generating them would take ten times as long as the rest.
    dataclass = functools.partial(dataclass, init=False, repr=False, eq=False)
    Any = object  # typing loads slowly

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


@dataclass(kw_only=True)
class OrgMember(Model):
    """A member of an organization, who may be one of its administrators."""

    username: str
    """The name to sign in with."""
    email: str | None = None
    """The e-mail address, or None."""
    admin: bool = False
    """Whether the member is an administrator of the organization."""
    user_id: str = ""
    """The user's id."""
    application_count: int = 0
    """How many applications the member has, if the server tells."""


@dataclass(kw_only=True)
class Org(Model):
    """An organization, which owns projects. The platform calls it a workspace."""

    name: str
    """The display name."""
    slug: str
    """The name in paths, unique."""
    member_count: int = 0
    """How many users are members."""
    project_count: int = 0
    """How many projects it owns."""
    application_count: int = 0
    """How many applications its projects have."""
    id: str = ""
    """Its id."""
    members: list[OrgMember] = field(default_factory=list)
    """Its members; empty in lists."""
    personal: bool = False
    """Whether it is the personal workspace of a user."""


@dataclass(kw_only=True)
class Project(Model):
    """A project of an organization, which holds applications."""

    name: str
    """The display name."""
    slug: str
    """The name in paths, unique in the organization."""
    organization_slug: str = ""
    """The slug of the organization that owns it."""
    organization_name: str = ""
    """The display name of that organization."""
    application_count: int = 0
    """How many applications it holds."""
    id: str = ""
    """Its id."""
    organization_id: str = ""
    """The id of the organization."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""


@dataclass(kw_only=True)
class App(Model):
    """An application of a project. The platform calls it a service."""

    name: str
    """The display name."""
    slug: str
    """The name in paths, unique in the project."""
    platform: str = ""
    """What builds and runs it, such as "wind"."""
    process_counts: dict[str, int] = field(default_factory=dict)
    """How many processes of each type run."""
    github_repository: str | None = None
    """The repository that it is built from ("owner/name"), or None."""
    auto_deploy_branch: str | None = None
    """The branch whose pushes are deployed, or None."""
    id: str = ""
    """Its id."""
    project_id: str = ""
    """The id of its project."""
    project_slug: str = ""
    """The slug of its project."""
    organization_slug: str = ""
    """The slug of its organization."""
    process_pod_classes: dict[str, str] = field(default_factory=dict)
    """The class of machine that each type of process runs on."""
    github_repository_is_private: bool = False
    """Whether the GitHub repository is private."""
    subdirectory: str | None = None
    """The folder of the repository that is built, or None for all of it."""
    github_environment_name: str | None = None
    """The GitHub environment that deployments are reported to, or None."""
    health_check_host: str | None = None
    """The Host header of health checks, or None."""
    github_app_installation_id: int | None = None
    """The installation of the platform's GitHub app, or None."""
    deployment_timeout: int | None = None
    """How long a deployment may take, in seconds, or None."""
    health_check_path: str = ""
    """The path that health checks ask for."""
    privileged: bool = False
    """Whether its processes run privileged."""
    latest_image: dict[str, Any] | None = None
    """Its newest image as a free-form object, or None."""
    latest_release: dict[str, Any] | None = None
    """Its newest release as a free-form object, or None."""
    latest_deployment: dict[str, Any] | None = None
    """Its newest deployment as a free-form object, or None."""
    latest_image_version: int | None = None
    """In lists: the version of the newest image, or None."""
    latest_release_version: int | None = None
    """In lists: the version of the newest release, or None."""
    latest_deployment_complete: bool | None = None
    """In lists: whether the newest deployment is complete, or None."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""
    environment: str = ""
    """The slug of its environment; "" on servers that have none."""
    build_strategy: str | None = None
    """How it is built, a word such as "dockerfile" or "buildpack", or None for "dockerfile"."""


@dataclass(kw_only=True)
class Environment(Model):
    """An environment of a project, such as "production", which holds applications."""

    name: str
    """The display name."""
    slug: str
    """The name in paths, unique in the project."""
    application_count: int = 0
    """How many applications it holds."""
    id: str = ""
    """Its id."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""


@dataclass(kw_only=True)
class ConfigVar(Model):
    """A config variable of an application, or one that applications share.

    Shared variables belong to an organization, team, project or environment.
    """

    name: str
    """The name of the environment variable."""
    value: str = field(default="", metadata={"masked": "secret"})
    """The value. The server may send "**secret**" instead of a secret value. The repr shows
    ******** instead of a secret value; dumps contain it.
    """
    secret: bool = False
    """Whether the value is secret."""
    buildtime: bool = False
    """Whether it is available to builds, too."""
    id: str = ""
    """Its id."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""
    scope: str = ""
    """What it belongs to: "workspace", "project", "env" or "service"; "" if the server does not
    tell.
    """


class _Stage(Model):
    """The status properties of images, releases and deployments."""

    @property
    def status(self) -> str:
        """The status as one word: "running", "failed", or a word for success.

        That word is "built" for images and releases, and "complete" for deployments.
        """
        return status_of(lambda flag: getattr(self, flag, False))

    @property
    def done(self) -> bool:
        """Whether it has finished, successfully or not."""
        return self.succeeded or self.failed

    @property
    def succeeded(self) -> bool:
        """Whether it has finished successfully."""
        return has_succeeded(self.status)

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return has_failed(self.status)


@dataclass(kw_only=True)
class Image(_Stage):
    """A container image built from an application's source. The platform calls it a build.

    Lists leave out `image_id` and the fields below it. Each is None if it is unknown.
    """

    id: str = ""
    """Its id."""
    version: int = 0
    """Its number among the application's images, counted from 1."""
    built: bool = False
    """Whether the build has succeeded."""
    error: bool = False
    """Whether the build failed."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""
    application_id: str = ""
    """The id of its application."""
    repository_name: str = ""
    """The container registry's repository that holds it."""
    image_id: str | None = None
    """The id of the container image, not of this record."""
    error_detail: str | None = None
    """Why the build failed."""
    build_slug: str | None = None
    """The name of the build."""
    build_ref: str | None = None
    """The branch, tag or commit that was built."""
    dockerfile: str | None = None
    """The text of the Dockerfile."""
    procfile: str | None = None
    """The text of the Procfile."""
    processes: dict[str, Any] | None = None
    """The types of process that it can run, as a free-form object."""
    image_metadata: dict[str, Any] | None = None
    """More about the image, as a free-form object."""
    commit_sha: str | None = None
    """The commit that was built."""
    strategy: str | None = None
    """How it was built, a word such as "dockerfile" or "buildpack"."""


@dataclass(kw_only=True)
class Release(_Stage):
    """An image with a copy of the configuration that it runs with. Today's API has no releases.

    Lists leave out `repository_name` and the fields below it.
    """

    id: str = ""
    """Its id."""
    version: int = 0
    """Its number among the application's releases, counted from 1."""
    platform: str = ""
    """What runs it, such as "wind"."""
    built: bool = False
    """Whether it has been built, so that it can be deployed."""
    error: bool = False
    """Whether building it failed."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""
    application_id: str = ""
    """The id of its application."""
    repository_name: str = ""
    """The container registry's repository that holds its image."""
    health_check_path: str = ""
    """The path that health checks ask for."""
    image: dict[str, Any] = field(default_factory=dict)
    """Its image, as a free-form object."""
    configuration: dict[str, Any] = field(default_factory=dict, metadata={"masked": True})
    """Its configuration, as a free-form object. The repr shows ******** instead, because values may
    be secret; dumps contain them.
    """
    image_changes: dict[str, Any] = field(default_factory=dict)
    """How its image differs from the previous release's, as a free-form object."""
    configuration_changes: dict[str, Any] = field(default_factory=dict, metadata={"masked": True})
    """How its configuration differs from the previous release's, as a free-form object; the repr
    shows ******** instead, dumps contain it.
    """
    release_id: str | None = None
    """The id of its container image, or None."""
    error_detail: str | None = None
    """Why building it failed, or None."""
    dockerfile: str | None = None
    """The text of its Dockerfile, or None."""
    release_metadata: dict[str, Any] | None = None
    """More about the release, as a free-form object, or None."""
    commit_sha: str | None = None
    """The commit that its image was built from, or None."""
    health_check_host: str | None = None
    """The Host header of health checks, or None."""


@dataclass(kw_only=True)
class Deployment(_Stage):
    """The rollout of an image, which makes it the active one. The platform calls it a deploy.

    It has finished when `complete` or `error` is true.
    """

    id: str = ""
    """Its id."""
    complete: bool = False
    """Whether it has succeeded."""
    error: bool = False
    """Whether it failed; the previous deployment then stays active."""
    error_detail: str | None = None
    """Why it failed, or None."""
    job_id: str | None = None
    """The id of the job that carries it out, or None."""
    created: str | None = None
    """When it was created, or None."""
    updated: str | None = None
    """When it was last changed, or None."""
    application_id: str = ""
    """The id of its application."""
    release: dict[str, Any] = field(default_factory=dict)
    """Its release, as a free-form object."""
    deploy_metadata: dict[str, Any] | None = None
    """More about the deployment, as a free-form object, or None."""
    deploy_log: str | None = None
    """The output of the job, or None."""


@dataclass(kw_only=True)
class DeployResult(Model):
    """Whether a deploy was started, and the ids that the server returned."""

    image_id: str = ""
    """The id of the image that the deploy builds, or ""."""
    deployment_id: str = ""
    """The id of the deployment, or "". Most servers do not name it."""
    ok: bool = True
    """Whether the deploy was started."""
    version: int = 0
    """The version of that image, or 0 if the server does not tell."""


@dataclass(kw_only=True)
class CreateReleaseResult(Model):
    """Whether the build of a release was started, and the release's id and version."""

    release_id: str = ""
    """The release's id."""
    version: int = 0
    """The release's version."""
    ok: bool = True
    """Whether the build of the release was started."""


@dataclass(kw_only=True)
class DeployReleaseResult(Model):
    """Whether a deployment was started, and its id."""

    deployment_id: str = ""
    """The deployment's id, or ""."""
    ok: bool = True
    """Whether the deployment was started."""


@dataclass(kw_only=True)
class BuildResult(Model):
    """Whether a build was started, and the id and version of the image."""

    ok: bool = True
    """Whether the build was started."""
    image_id: str = ""
    """The image's id."""
    version: int = 0
    """The image's version."""


@dataclass(kw_only=True)
class BuildLog(Model):
    """The log of building an image or a release."""

    status: str = ""
    """The status, a word such as "building" or "success"; servers may send others."""
    version: int = 0
    """The version of the image or release."""
    log_text: str | None = None
    """The text so far, or None."""
    error: bool = False
    """Whether the build failed."""
    error_detail: str | None = None
    """Why the build failed, or None."""
    build_step: dict[str, Any] | None = None
    """The current step as a free-form object, or None."""


@dataclass(kw_only=True)
class DeploymentLog(Model):
    """The log of a deployment."""

    status: str = ""
    """The status, a word such as "running" or "complete"; servers may send others."""
    log_text: str | None = None
    """The text so far, or None."""
    error: bool = False
    """Whether the deployment failed."""
    error_detail: str | None = None
    """Why the deployment failed, or None."""
    deploy_step: dict[str, Any] | None = None
    """The current step as a free-form object, or None."""


@dataclass(kw_only=True)
class PipelineStage(Model):
    """The current state of one stage of an application's pipeline."""

    status: str = ""
    """A word such as "running" or "success"; servers may send others."""
    version: int | None = None
    """The version of the image or release, or None."""
    error_detail: str | None = None
    """Why the stage failed, or None."""
    step: dict[str, Any] | None = None
    """The current step as a free-form object, or None."""


@dataclass(kw_only=True)
class PipelineStatus(Model):
    """The status of an application's pipeline. A stage that has never run is None."""

    build: PipelineStage | None = None
    """The newest build, or None if there is none yet."""
    release: PipelineStage | None = None
    """The newest release, or None if there is none yet."""
    deploy: PipelineStage | None = None
    """The newest deployment, or None if there is none yet."""


@dataclass(kw_only=True)
class DurationStats(Model):
    """How long a stage takes, in seconds."""

    avg: float = 0.0
    """The mean."""
    p50: float = 0.0
    """The median."""
    p95: float = 0.0
    """The 95th percentile."""
    count: int = 0
    """How many runs of the stage were measured."""


@dataclass(kw_only=True)
class PipelineStageMetrics(Model):
    """How often a stage of a pipeline succeeded and failed, and how long it took."""

    success: int = 0
    """How often it succeeded."""
    error: int = 0
    """How often it failed."""
    success_rate: float = 0.0
    """The share of runs that succeeded, as the server computes it."""
    duration: DurationStats | None = None
    """How long it took, or None if nothing was measured."""


@dataclass(kw_only=True)
class PipelineMetrics(Model):
    """The metrics of an application's pipeline. A stage that has never run is None."""

    build: PipelineStageMetrics | None = None
    """The metrics of the builds, or None if there are none yet."""
    release: PipelineStageMetrics | None = None
    """The metrics of the releases, or None if there are none yet."""
    deploy: PipelineStageMetrics | None = None
    """The metrics of the deployments, or None if there are none yet."""


@dataclass(kw_only=True)
class ConfigImportFailure(Model):
    """The name of a variable that was not imported, and why."""

    name: str = ""
    """The variable's name."""
    error: str = ""
    """Why it was not imported."""


@dataclass(kw_only=True)
class ConfigImportResult(Model):
    """The names of the variables that an import created, changed or skipped, and its errors."""

    created: list[str] = field(default_factory=list)
    """The names of the variables that were created."""
    changed: list[str] = field(default_factory=list)
    """The names of the variables that got another value or a new flag."""
    skipped: list[str] = field(default_factory=list)
    """The names of the variables that existed and were not changed."""
    errors: list[ConfigImportFailure] = field(default_factory=list)
    """The variables that were not imported because of an error."""


@dataclass(kw_only=True)
class OrgAdminResult(Model):
    """Whether a member's role was changed, and whether the member is an administrator now."""

    ok: bool = True
    """Whether the member's role was changed."""
    admin: bool = False
    """Whether the member is an administrator now."""


@dataclass(kw_only=True)
class User(Model):
    """The user that an API key belongs to."""

    id: str = ""
    """The user's id."""
    username: str
    """The name to sign in with."""
    email: str | None = None
    """The e-mail address, or None."""
    admin: bool = False
    """Whether the user is an administrator of the platform."""
    active: bool = True
    """Whether the user may sign in."""
    registered_at: str | None = None
    """When the user registered, or None."""
    last_login_at: str | None = None
    """When the user last signed in, or None."""


@dataclass(kw_only=True)
class Session(Model):
    """Whether the API key was accepted, and which user it belongs to."""

    authenticated: bool = False
    """Whether the API key was accepted."""
    user: User | None = None
    """The user that the API key belongs to, or None."""


@dataclass(kw_only=True)
class Team(Model):
    """A team of an organization."""

    name: str
    """The display name."""
    slug: str = ""
    """The name in paths, unique in the organization."""
    id: str = ""
    """Its id."""


@dataclass(kw_only=True)
class EnvironmentDeployResult(Model):
    """Whether a deploy in an environment was started, and the ids that the server returned."""

    deployment_id: str = ""
    """The id of a deployment, or ""."""
    image_id: str = ""
    """The id of an image that the deploy builds, or ""."""
    ok: bool = True
    """Whether the deploy was started."""


@dataclass(kw_only=True)
class Health(Model):
    """The health of the platform's integrations."""

    status: str = ""
    """"ok" if all integrations work; servers may send other words."""


@dataclass(kw_only=True)
class ApiKey(Model):
    """An API key as the platform lists it, without the key itself."""

    key_id: str
    """Its id."""
    name: str = ""
    """The display name."""
    scopes: list[str] = field(default_factory=list)
    """What it may do."""
    is_active: bool = True
    """Whether it is accepted; False once it is revoked."""
    created_at: str | None = None
    """When it was created, or None."""
    expires_at: str | None = None
    """When it stops being accepted, or None for never."""
    last_used_at: str | None = None
    """When it was last used, or None."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Names and values that were set when it was created."""


@dataclass(kw_only=True)
class NewApiKey(Model):
    """A new API key, with the key itself, which the platform shows only once."""

    key_id: str
    """Its id."""
    key: str = field(metadata={"masked": True})
    """The key; its repr shows ******** instead, dumps contain it."""
    name: str = ""
    """The display name."""
    scopes: list[str] = field(default_factory=list)
    """What it may do."""
    created_at: str | None = None
    """When it was created, or None."""
    expires_at: str | None = None
    """When it stops being accepted, or None for never."""


explain_fields([globals()[name] for name in __all__ if name != "Model"])
