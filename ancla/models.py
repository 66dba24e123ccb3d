"""The platform's resources and answers, as dataclasses.

What every model can do, like `model_dump()`, is described at `ancla.models.Model`. Where a field
has a default, that is its value when the server leaves it out. Times are text in ISO 8601, UTC.
"""

from dataclasses import dataclass, field

from ._model import Model, has_failed, has_succeeded, status_of

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the import below
if TYPE_CHECKING:
    from typing import Any
else:
    import functools

    # To generate the methods that all have from Model takes ten times as long as the rest.
    dataclass = functools.partial(dataclass, init=False, repr=False, eq=False)
    Any = object  # typing loads slowly

__all__ = [
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
    "Image",
    "Model",
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
    "User",
]


@dataclass(kw_only=True)
class OrgMember(Model):
    """A member of an organization, and whether that user administrates it."""

    username: str
    email: str | None = None
    admin: bool = False
    user_id: str = ""


@dataclass(kw_only=True)
class Org(Model):
    """An organization, which owns projects.

    name:              the name for people
    slug:              the name in paths, unique
    member_count:      how many users are members
    project_count:     how many projects it owns
    application_count: how many applications those have
    id:                its id
    members:           its members; empty in lists
    """

    name: str
    slug: str
    member_count: int = 0
    project_count: int = 0
    application_count: int = 0
    id: str = ""
    members: list[OrgMember] = field(default_factory=list)


@dataclass(kw_only=True)
class Project(Model):
    """A project of an organization, which holds applications.

    name:              the name for people
    slug:              the name in paths, unique in the organization
    organization_slug: the slug of the organization that owns it
    organization_name: the name of that organization
    application_count: how many applications it holds
    id:                its id
    organization_id:   the id of the organization
    created, updated:  when it was created and last changed, or None
    """

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
    """An application of a project.

    name:                         the name for people
    slug:                         the name in paths, unique in the project
    platform:                     what builds and runs it, such as "wind"
    process_counts:               how many instances run, for each type of process
    github_repository:            the repository that it is built from ("owner/name"), or None
    auto_deploy_branch:           the branch whose pushes are deployed, or None
    id:                           its id
    project_id:                   the id of its project
    project_slug:                 the slug of its project
    organization_slug:            the slug of its organization
    process_pod_classes:          the class of machine, for each type of process
    github_repository_is_private: whether reading the repository needs permission
    subdirectory:                 the part of the repository that is built, or None for all
    github_environment_name:      the GitHub environment that deployments are reported to, or None
    health_check_host:            the Host header of health checks, or None
    github_app_installation_id:   the installation of the platform's GitHub app, or None
    deployment_timeout:           how long a deployment may take, in seconds, or None
    health_check_path:            the path that health checks ask for
    privileged:                   whether its processes run privileged
    latest_image:                 its newest image as a free-form object, or None
    latest_release:               its newest release as a free-form object, or None
    latest_deployment:            its newest deployment as a free-form object, or None
    latest_image_version:         in lists: the version of the newest image, or None
    latest_release_version:       in lists: the version of the newest release, or None
    latest_deployment_complete:   in lists: whether the newest deployment is complete, or None
    created, updated:             when it was created and last changed, or None
    environment:                  the slug of its environment; "" on servers that have none
    """

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


@dataclass(kw_only=True)
class Environment(Model):
    """An environment of a project, such as "production", which holds applications.

    name:              the name for people
    slug:              the name in paths, unique in the project
    application_count: how many applications it holds
    id:                its id
    created, updated:  when it was created and last changed, or None
    """

    name: str
    slug: str
    application_count: int = 0
    id: str = ""
    created: str | None = None
    updated: str | None = None


@dataclass(kw_only=True)
class ConfigVar(Model):
    """A configuration variable of an application.

    name:             the name of the environment variable
    value:            its value; the server may mask it, as "**secret**", when it is secret. The
                      repr of a secret variable shows ******** instead; dumps hold the value.
    secret:           whether the value is to be kept from sight
    buildtime:        whether builds see it too
    id:               its id
    created, updated: when it was created and last changed, or None
    """

    name: str
    value: str = field(default="", metadata={"masked": "secret"})
    secret: bool = False
    buildtime: bool = False
    id: str = ""
    created: str | None = None
    updated: str | None = None


class _Stage(Model):
    """What images, releases and deployments have in common: their status."""

    @property
    def status(self) -> str:
        """One word: "running", "failed", or, if it succeeded, "built", or "complete" if it is a
        deployment.
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
        """Whether it has finished with an error."""
        return has_failed(self.status)


@dataclass(kw_only=True)
class Image(_Stage):
    """A container image built from an application's source.

    id:               its id
    version:          1 for the application's first image, and so on
    built:            whether the build is over and went well
    error:            whether the build failed
    created, updated: when it was created and last changed, or None
    application_id:   the id of its application
    repository_name:  the repository of container images that holds it

    The rest comes when one image is asked for, each None if unknown:
    image_id:         the container image's own id
    error_detail:     why the build failed
    build_slug:       the name of the build
    build_ref:        the branch, tag or commit that was built
    dockerfile:       the text of the Dockerfile
    procfile:         the text of the Procfile
    processes:        the types of process that it can run, a free-form object
    image_metadata:   a free-form object
    commit_sha:       the commit that was built
    """

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


@dataclass(kw_only=True)
class Release(_Stage):
    """An image together with the configuration that it runs with, frozen.

    id:                    its id
    version:               1 for the application's first release, and so on
    platform:              what runs it, such as "wind"
    built:                 whether it is ready to be deployed
    error:                 whether making it failed
    created, updated:      when it was created and last changed, or None
    application_id:        the id of its application

    The rest comes when one release is asked for:
    repository_name:       the repository of container images that holds its image
    health_check_path:     the path that health checks ask for
    image:                 its image, a free-form object
    configuration:         its configuration, a free-form object. As secrets may be among the
                           values, the repr shows ******** instead; dumps hold them.
    image_changes:         how the image differs from the release before, a free-form object
    configuration_changes: the same of the configuration, not shown in the repr either
    release_id:            the id of its container image, or None
    error_detail:          why making it failed, or None
    dockerfile:            the text of its Dockerfile, or None
    release_metadata:      a free-form object, or None
    commit_sha:            the commit that its image was built from, or None
    health_check_host:     the Host header of health checks, or None
    """

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
    configuration: dict[str, Any] = field(default_factory=dict, metadata={"masked": True})
    image_changes: dict[str, Any] = field(default_factory=dict)
    configuration_changes: dict[str, Any] = field(default_factory=dict, metadata={"masked": True})
    release_id: str | None = None
    error_detail: str | None = None
    dockerfile: str | None = None
    release_metadata: dict[str, Any] | None = None
    commit_sha: str | None = None
    health_check_host: str | None = None


@dataclass(kw_only=True)
class Deployment(_Stage):
    """A release being put, or having been put, into service.

    It is over when `complete` or `error` is true.

    id:               its id
    complete:         whether it is over and went well
    error:            whether it failed; the deployment before stays in service
    error_detail:     why it failed, or None
    job_id:           the id of the job that does it, or None
    created, updated: when it was created and last changed, or None
    application_id:   the id of its application
    release:          its release, a free-form object
    deploy_metadata:  a free-form object, or None
    deploy_log:       what the job has printed, or None
    """

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
    """Whether the pipeline was started, and the id of the image that it builds first."""

    image_id: str = ""
    ok: bool = True


@dataclass(kw_only=True)
class CreateReleaseResult(Model):
    """Whether the making of a release was started, and that release's id and version."""

    release_id: str = ""
    version: int = 0
    ok: bool = True


@dataclass(kw_only=True)
class DeployReleaseResult(Model):
    """Whether a deployment was started, and its id."""

    deployment_id: str = ""
    ok: bool = True


@dataclass(kw_only=True)
class BuildResult(Model):
    """Whether a build was started, and the id and version of the image."""

    ok: bool = True
    image_id: str = ""
    version: int = 0


@dataclass(kw_only=True)
class BuildLog(Model):
    """What the making of an image or a release has printed.

    status:       how far it is, a word such as "building" or "success"; others may come
    version:      the version of the image or release
    log_text:     the text so far, or None
    error:        whether it failed
    error_detail: why, or None
    build_step:   the step that it is at, a free-form object, or None
    """

    status: str = ""
    version: int = 0
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    build_step: dict[str, Any] | None = None


@dataclass(kw_only=True)
class DeploymentLog(Model):
    """What a deployment has printed.

    status:       how far it is, a word such as "running" or "complete"; others may come
    log_text:     the text so far, or None
    error:        whether it failed
    error_detail: why, or None
    deploy_step:  the step that it is at, a free-form object, or None
    """

    status: str = ""
    log_text: str | None = None
    error: bool = False
    error_detail: str | None = None
    deploy_step: dict[str, Any] | None = None


@dataclass(kw_only=True)
class PipelineStage(Model):
    """One stage of an application's pipeline, as it stands.

    status:       a word such as "running" or "success"; others may come
    version:      the version of the image or release, or None
    error_detail: why it failed, or None
    step:         the step that it is at, a free-form object, or None
    """

    status: str = ""
    version: int | None = None
    error_detail: str | None = None
    step: dict[str, Any] | None = None


@dataclass(kw_only=True)
class PipelineStatus(Model):
    """The stages of an application's pipeline; one that was never entered is None."""

    build: PipelineStage | None = None
    release: PipelineStage | None = None
    deploy: PipelineStage | None = None


@dataclass(kw_only=True)
class DurationStats(Model):
    """How long a stage takes, in seconds.

    avg:   the mean
    p50:   the median
    p95:   what 95 in 100 stay below
    count: how many were measured
    """

    avg: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    count: int = 0


@dataclass(kw_only=True)
class PipelineStageMetrics(Model):
    """How often a stage of a pipeline went well and failed, the share that went well as the server
    computes it, and how long it took, or None when nothing was measured.
    """

    success: int = 0
    error: int = 0
    success_rate: float = 0.0
    duration: DurationStats | None = None


@dataclass(kw_only=True)
class PipelineMetrics(Model):
    """The metrics of an application's stages; one that was never entered is None."""

    build: PipelineStageMetrics | None = None
    release: PipelineStageMetrics | None = None
    deploy: PipelineStageMetrics | None = None


@dataclass(kw_only=True)
class ConfigImportFailure(Model):
    """The name of a variable that was not imported, and why."""

    name: str = ""
    error: str = ""


@dataclass(kw_only=True)
class ConfigImportResult(Model):
    """The names of the variables that are new or were left as they are, and those that failed."""

    created: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    errors: list[ConfigImportFailure] = field(default_factory=list)


@dataclass(kw_only=True)
class OrgAdminResult(Model):
    """Whether a member's role was changed, and whether the member is an administrator now."""

    ok: bool = True
    admin: bool = False


@dataclass(kw_only=True)
class User(Model):
    """The user that an API key belongs to.

    id:            the user's id
    username:      the name to sign in with
    email:         the e-mail address, or None
    admin:         whether the user administrates the platform
    active:        whether the user may sign in
    registered_at: when the user registered, or None
    last_login_at: when the user last signed in, or None
    """

    id: str = ""
    username: str
    email: str | None = None
    admin: bool = False
    active: bool = True
    registered_at: str | None = None
    last_login_at: str | None = None


@dataclass(kw_only=True)
class Session(Model):
    """Whether the API key was accepted, and whose it is."""

    authenticated: bool = False
    user: User | None = None
