"""Every operation of the API as data: its form on each generation of routes, and its response."""

from __future__ import annotations

from functools import partial

from ..models import (
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
    Image,
    Org,
    OrgAdminResult,
    PipelineMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
)
from .requester import BODY_IS_WRONG, ROUTE_IS_MISSING, Form, Operation
from .steps import (
    cannot_change,
    create_with_slug,
    delete_variable,
    list_of_organization,
    pick_variable,
    release_newest_image,
    set_variable,
)
from .workspaces import (
    import_variables,
    keep_secret,
    list_builds,
    list_newest_builds,
    read_build,
    then_read,
    unpublished,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..models import Model


def _same(model: type[Model], form: Form, workspaces: Form, **more: Any) -> Operation[Any]:
    return Operation(model, slugs=form, published=form, workspaces=workspaces, **more)


_APP = "/applications/{org}/{project}/{slug}"
_CONFIG = "/configurations/{org}/{project}/{app}"
_IMAGES = "/images/{org}/{project}/{app}"
_RELEASES = "/releases/{org}/{project}/{app}"
_UNKNOWN_SETTINGS = (
    "platform process_counts process_pod_classes privileged github_repository_is_private "
    "subdirectory github_app_installation_id github_environment_name deployment_timeout "
    "health_check_path health_check_host"
)

_WORKSPACE = Form("GET /workspaces/{slug}")
_PROJECT = Form("GET /workspaces/{org}/projects/{slug}")
_PIPELINE = (
    "/workspaces/{{org}}/projects/{{project}}/pipeline/{}?service={{app}}&env={{environment}}"
)
_ENVIRONMENTS = "/workspaces/{org}/projects/{project}/envs"
_SERVICES = _ENVIRONMENTS + "/{environment}/services"
_SERVICE = Form(f"GET {_SERVICES}/{{slug}}")
_BUILDS = Form(f"GET {_SERVICES}/{{app}}/builds", steps=list_builds)
_DEPLOYS = _SERVICES + "/{app}/deploys"
_VARIABLES = Form(f"GET {_SERVICES}/{{app}}/config")
_VARIABLE = Form(f"GET {_VARIABLES.path}", steps=pick_variable)
# Whether a name that is there is changed or refused is not published: so it is not repeated.
_SET_VARIABLE = f"POST {_VARIABLES.path} name=key value secret buildtime"
_IMPORT = Form(_SET_VARIABLE, steps=partial(import_variables, listing=_VARIABLES))

list_orgs: Operation[list[Org]] = Operation(
    Org,
    slugs=Form("GET /organizations/"),
    published=Form("GET /organizations"),
    workspaces=Form("GET /workspaces"),
    is_list=True,
    tells_generation=False,
)
get_org: Operation[Org] = _same(
    Org, Form("GET /organizations/{slug}", tells="organization_id"), workspaces=_WORKSPACE
)
create_org: Operation[Org] = Operation(
    Org,
    slugs=Form("POST /organizations/ name"),
    published=Form("POST /organizations name slug", steps=create_with_slug),
    workspaces=Form("POST /workspaces name"),
    falls_back_on=BODY_IS_WRONG + ROUTE_IS_MISSING,
    tells_generation=False,
)
update_org: Operation[Org] = Operation(
    Org,
    slugs=Form("PATCH /organizations/{slug} name"),
    workspaces=Form(
        "PATCH /workspaces/{slug} name", steps=partial(unpublished, reading=_WORKSPACE)
    ),
    cannot="rename an organization",
)
delete_org: Operation[None] = Operation(
    slugs=Form("DELETE /organizations/{slug}"),
    workspaces=Form("DELETE /workspaces/{slug}", steps=partial(unpublished, reading=_WORKSPACE)),
    cannot="delete an organization",
)
add_org_member: Operation[Org] = Operation(
    Org,
    published=Form("POST /organizations/{org}/members username admin"),
    workspaces=Form(
        "POST /workspaces/{org}/members username admin",
        steps=partial(then_read, reading=Form("GET /workspaces/{org}")),
    ),
)
remove_org_member: Operation[None] = Operation(
    published=Form("DELETE /organizations/{org}/members/{user_id}"),
    cannot="remove a member of an organization",
)
toggle_org_admin: Operation[OrgAdminResult] = Operation(
    OrgAdminResult,
    published=Form("POST /organizations/{org}/members/{user_id}/toggle-admin"),
    cannot="change the role of a member",
)
_SESSION = Form("GET /auth/session")
get_session: Operation[Session] = Operation(Session, published=_SESSION, workspaces=_SESSION)

list_projects: Operation[list[Project]] = Operation(
    Project,
    slugs=Form("GET /projects/{org}"),
    published=Form("GET /projects", steps=list_of_organization),
    workspaces=Form("GET /workspaces/{org}/projects"),
    is_list=True,
)
get_project: Operation[Project] = _same(
    Project, Form("GET /projects/{org}/{slug}", tells="project_id"), workspaces=_PROJECT
)
create_project: Operation[Project] = Operation(
    Project,
    slugs=Form("POST /projects/{org} name"),
    published=Form("POST /projects name slug organization_id", steps=create_with_slug),
    workspaces=Form("POST /workspaces/{org}/projects name slug", steps=create_with_slug),
)
update_project: Operation[Project] = Operation(
    Project,
    slugs=Form("PATCH /projects/{org}/{slug} name"),
    workspaces=Form(f"PATCH {_PROJECT.path} name"),
    cannot="rename a project",
)
delete_project: Operation[None] = Operation(
    slugs=Form("DELETE /projects/{org}/{slug}"),
    workspaces=Form(f"DELETE {_PROJECT.path}", steps=partial(unpublished, reading=_PROJECT)),
    cannot="delete a project",
)

list_apps: Operation[list[App]] = _same(
    App,
    Form("GET /applications/{org}/{project}"),
    workspaces=Form(f"GET {_SERVICES}"),
    is_list=True,
)
get_app: Operation[App] = _same(App, Form(f"GET {_APP}", tells="app_id"), workspaces=_SERVICE)
create_app: Operation[App] = Operation(
    App,
    slugs=Form("POST /applications/{org}/{project} name platform"),
    published=Form("POST /applications name slug project_id", steps=create_with_slug),
    workspaces=Form(f"POST {_SERVICES} name slug platform", steps=create_with_slug),
)
update_app: Operation[App] = Operation(
    App,
    slugs=Form(f"PATCH {_APP} *=fields"),
    published=Form(
        "PATCH /applications/{app_id}/settings *=fields",
        steps=partial(
            cannot_change, names="name platform process_counts process_pod_classes privileged"
        ),
    ),
    workspaces=Form(
        f"PATCH {_SERVICE.path} *=fields",
        steps=partial(cannot_change, names=_UNKNOWN_SETTINGS),
    ),
    cannot="change an application's",
)
delete_app: Operation[None] = Operation(
    slugs=Form(f"DELETE {_APP}"),
    workspaces=Form(f"DELETE {_SERVICE.path}", steps=partial(unpublished, reading=_SERVICE)),
    cannot="delete an application",
)
deploy_app: Operation[DeployResult] = Operation(
    DeployResult,
    slugs=Form(f"POST {_APP}/deploy"),
    published=Form("POST /applications/{app_id}/deploy"),
    workspaces=Form(f"POST {_SERVICE.path}/deploy"),
)
scale_app: Operation[None] = Operation(
    slugs=Form(f"POST {_APP}/scale process_counts=counts", harmless=True),
    published=Form("POST /applications/{app_id}/scale process_counts=counts", harmless=True),
    workspaces=Form(
        f"POST {_SERVICE.path}/scale process_counts=counts",
        harmless=True,
        steps=partial(unpublished, reading=_SERVICE),
    ),
    cannot="scale an application",
)
get_pipeline_status: Operation[PipelineStatus] = Operation(
    PipelineStatus,
    published=Form("GET /applications/{app_id}/pipeline-status"),
    workspaces=Form(f"GET {_PIPELINE.format('status')}"),
)
get_pipeline_metrics: Operation[PipelineMetrics] = Operation(
    PipelineMetrics,
    published=Form("GET /applications/{app_id}/pipeline-metrics"),
    workspaces=Form(f"GET {_PIPELINE.format('metrics')}"),
)

_CONFIG_BY_ID = Form("GET /configurations/{app_id}")
list_config: Operation[list[ConfigVar]] = Operation(
    ConfigVar,
    slugs=Form(f"GET {_CONFIG}"),
    published=_CONFIG_BY_ID,
    workspaces=_VARIABLES,
    is_list=True,
)
get_config: Operation[ConfigVar] = Operation(
    ConfigVar,
    slugs=Form(f"GET {_CONFIG}/{{key}}"),
    published=Form("GET /configurations/{app_id}", steps=pick_variable),
    workspaces=_VARIABLE,
)
set_config: Operation[ConfigVar] = Operation(
    ConfigVar,
    slugs=Form(f"POST {_CONFIG} name=key value secret buildtime", harmless=True),
    published=Form(
        "POST /configurations/{app_id} name=key value secret buildtime",
        steps=partial(
            set_variable,
            listing=_CONFIG_BY_ID,
            change=Form("PATCH /configurations/{app_id}/{config_id} value secret buildtime"),
        ),
    ),
    workspaces=Form(_SET_VARIABLE, steps=partial(keep_secret, listing=_VARIABLES)),
)
delete_config: Operation[None] = Operation(
    slugs=Form(f"DELETE {_CONFIG}/{{key}}"),
    published=Form(
        "DELETE /configurations/{app_id}/{config_id}",
        steps=partial(delete_variable, listing=_CONFIG_BY_ID),
    ),
    workspaces=Form(
        f"DELETE {_VARIABLES.path}/{{config_id}}",
        steps=partial(
            delete_variable,
            listing=_VARIABLES,
            send=partial(unpublished, reading=_VARIABLE),
        ),
    ),
    cannot="delete a config variable",
)
import_config: Operation[ConfigImportResult] = Operation(
    ConfigImportResult,
    published=Form("POST /configurations/{app_id}/bulk variables secret buildtime"),
    workspaces=_IMPORT,
)
import_config_text: Operation[ConfigImportResult] = Operation(
    ConfigImportResult,
    published=Form("POST /configurations/{app_id}/bulk raw=variables secret buildtime"),
    workspaces=_IMPORT,
)

list_images: Operation[list[Image]] = Operation(
    Image,
    slugs=Form(f"GET {_IMAGES}"),
    published=Form("GET /images/{app_id}"),
    workspaces=_BUILDS,
    is_list=True,
)
list_newest_images: Operation[list[Image]] = Operation(
    Image, workspaces=Form(f"GET {_BUILDS.path}", steps=list_newest_builds), is_list=True
)
get_image: Operation[Image] = Operation(
    Image,
    slugs=Form(f"GET {_IMAGES}/{{image_id}}"),
    published=Form("GET /images/{image_id}/detail"),
    workspaces=Form(f"GET {_BUILDS.path}/{{version}}", steps=partial(read_build, listing=_BUILDS)),
    listing=list_images,
)
build_image: Operation[BuildResult] = Operation(
    BuildResult,
    published=Form("POST /images/{app_id}/build"),
    workspaces=Form(f"POST {_BUILDS.path}/trigger strategy"),
)
get_image_log: Operation[BuildLog] = Operation(
    BuildLog,
    published=Form("GET /images/{image_id}/log"),
    workspaces=Form(
        f"GET {_BUILDS.path}/{{version}}/log", steps=partial(read_build, listing=_BUILDS)
    ),
    record=get_image,
)

list_releases: Operation[list[Release]] = Operation(
    Release,
    slugs=Form(f"GET {_RELEASES}"),
    published=Form("GET /releases/{app_id}"),
    is_list=True,
    cannot="list releases",
    instead="list_deployments",
)
get_release: Operation[Release] = Operation(
    Release,
    slugs=Form(f"GET {_RELEASES}/{{release_id}}"),
    published=Form("GET /releases/{release_id}/detail"),
    listing=list_releases,
    cannot="read a release",
    instead="get_deployment",
)
create_release: Operation[CreateReleaseResult] = Operation(
    CreateReleaseResult,
    slugs=Form(f"POST {_RELEASES}/create image_id"),
    published=Form(
        "POST /releases/{app_id}/create",
        steps=partial(
            release_newest_image,
            images=Form("GET /images/{app_id}"),
            detail=Form("GET /releases/{release_id}/detail"),
        ),
    ),
    cannot="make a release",
    instead="deploy_app",
)
deploy_release: Operation[DeployReleaseResult] = Operation(
    DeployReleaseResult,
    published=Form("POST /releases/{release_id}/deploy"),
    record=get_release,
    cannot="deploy a release",
    instead="deploy_app or rollback_app",
)
get_release_log: Operation[BuildLog] = Operation(
    BuildLog,
    published=Form("GET /releases/{release_id}/log"),
    record=get_release,
    cannot="read the log of a release",
    instead="get_deployment_log",
)

list_deployments: Operation[list[Deployment]] = Operation(
    Deployment,
    slugs=Form("GET /deployments/{org}/{project}/{app}"),
    published=Form("GET /applications/{app_id}/deployments"),
    workspaces=Form(f"GET {_DEPLOYS}"),
    is_list=True,
)
get_deployment: Operation[Deployment] = _same(
    Deployment,
    Form("GET /deployments/{deployment_id}/detail"),
    workspaces=Form(f"GET {_DEPLOYS}/{{deployment_id}}"),
    listing=list_deployments,
)
get_deployment_log: Operation[DeploymentLog] = Operation(
    DeploymentLog,
    published=Form("GET /deployments/{deployment_id}/log"),
    workspaces=Form(f"GET {_DEPLOYS}/{{deployment_id}}/log"),
    record=get_deployment,
)

# What only workspaces routes have

list_environments: Operation[list[Environment]] = Operation(
    Environment, workspaces=Form(f"GET {_ENVIRONMENTS}"), is_list=True, cannot="list environments"
)
get_environment: Operation[Environment] = Operation(
    Environment, workspaces=Form(f"GET {_ENVIRONMENTS}/{{slug}}"), cannot="read an environment"
)
create_environment: Operation[Environment] = Operation(
    Environment, workspaces=Form(f"POST {_ENVIRONMENTS} name"), cannot="make an environment"
)
rollback_app: Operation[DeployReleaseResult] = Operation(
    DeployReleaseResult,
    workspaces=Form(f"POST {_PIPELINE.format('rollback')}"),
    cannot="roll an application back",
)
promote_app: Operation[DeployReleaseResult] = Operation(
    DeployReleaseResult,
    workspaces=Form(
        "POST /workspaces/{org}/projects/{project}/promote "
        "service=app source_env=source target_env=target"
    ),
    cannot="promote an application",
)
