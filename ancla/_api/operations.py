"""Every operation of the API as data: its form in each generation of routes, and what it answers."""

from __future__ import annotations

from .forms import BODY_IS_WRONG, ROUTE_IS_MISSING, Form, Operation
from .steps import (
    create_with_slug,
    delete_variable,
    list_of_organization,
    pick_variable,
    release_newest_image,
    set_variable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        Image,
        Org,
        OrgAdminResult,
        PipelineMetrics,
        PipelineStatus,
        Project,
        Release,
        Session,
    )


def _same(answer: str, form: Form, **more: Any) -> Operation[Any]:
    return Operation(answer, slugs=form, published=form, **more)


_APP = "/applications/{org}/{project}/{slug}"
_CONFIG = "/configurations/{org}/{project}/{app}"
_IMAGES = "/images/{org}/{project}/{app}"
_RELEASES = "/releases/{org}/{project}/{app}"
_SETTABLE = {"value": "value", "secret": "secret", "buildtime": "buildtime"}
_FLAGS = {"secret": "secret", "buildtime": "buildtime"}

list_orgs: Operation[list[Org]] = Operation(
    "Org",
    slugs=Form("GET", "/organizations/"),
    published=Form("GET", "/organizations"),
    is_list=True,
    tells_generation=False,
)
get_org: Operation[Org] = _same(
    "Org", Form("GET", "/organizations/{slug}", tells="organization_id")
)
create_org: Operation[Org] = Operation(
    "Org",
    slugs=Form("POST", "/organizations/", {"name": "name"}),
    published=Form(
        "POST", "/organizations", {"name": "name", "slug": "slug"}, steps=create_with_slug
    ),
    falls_back_on=BODY_IS_WRONG + ROUTE_IS_MISSING,
    tells_generation=False,
)
update_org: Operation[Org] = Operation(
    "Org",
    slugs=Form("PATCH", "/organizations/{slug}", {"name": "name"}, harmless=True),
    cannot="rename an organization",
)
delete_org: Operation[None] = Operation(
    slugs=Form("DELETE", "/organizations/{slug}"), cannot="delete an organization"
)
add_org_member: Operation[Org] = Operation(
    "Org",
    published=Form(
        "POST", "/organizations/{org}/members", {"username": "username", "admin": "admin"}
    ),
)
remove_org_member: Operation[None] = Operation(
    published=Form("DELETE", "/organizations/{org}/members/{user_id}")
)
toggle_org_admin: Operation[OrgAdminResult] = Operation(
    "OrgAdminResult",
    published=Form("POST", "/organizations/{org}/members/{user_id}/toggle-admin"),
)
get_session: Operation[Session] = Operation("Session", published=Form("GET", "/auth/session"))

list_projects: Operation[list[Project]] = Operation(
    "Project",
    slugs=Form("GET", "/projects/{org}"),
    published=Form("GET", "/projects", steps=list_of_organization),
    is_list=True,
)
get_project: Operation[Project] = _same(
    "Project", Form("GET", "/projects/{org}/{slug}", tells="project_id")
)
create_project: Operation[Project] = Operation(
    "Project",
    slugs=Form("POST", "/projects/{org}", {"name": "name"}),
    published=Form(
        "POST",
        "/projects",
        {"name": "name", "slug": "slug", "organization_id": "organization_id"},
        steps=create_with_slug,
    ),
)
update_project: Operation[Project] = Operation(
    "Project",
    slugs=Form("PATCH", "/projects/{org}/{slug}", {"name": "name"}, harmless=True),
    cannot="rename a project",
)
delete_project: Operation[None] = Operation(
    slugs=Form("DELETE", "/projects/{org}/{slug}"), cannot="delete a project"
)

list_apps: Operation[list[App]] = _same(
    "App", Form("GET", "/applications/{org}/{project}"), is_list=True
)
get_app: Operation[App] = _same("App", Form("GET", _APP, tells="app_id"))
create_app: Operation[App] = Operation(
    "App",
    slugs=Form("POST", "/applications/{org}/{project}", {"name": "name", "platform": "platform"}),
    published=Form(
        "POST",
        "/applications",
        {"name": "name", "slug": "slug", "project_id": "project_id"},
        steps=create_with_slug,
    ),
)
update_app: Operation[App] = Operation(
    "App",
    slugs=Form("PATCH", _APP, {"*": "fields"}, harmless=True),
    published=Form(
        "PATCH",
        "/applications/{app_id}/settings",
        {"*": "fields"},
        harmless=True,
        cannot_change="name platform process_counts process_pod_classes privileged",
    ),
    cannot="change an application's",
)
delete_app: Operation[None] = Operation(
    slugs=Form("DELETE", _APP), cannot="delete an application"
)
deploy_app: Operation[DeployResult] = Operation(
    "DeployResult",
    slugs=Form("POST", _APP + "/deploy"),
    published=Form("POST", "/applications/{app_id}/deploy"),
)
scale_app: Operation[None] = Operation(
    slugs=Form("POST", _APP + "/scale", {"process_counts": "counts"}, harmless=True),
    published=Form(
        "POST", "/applications/{app_id}/scale", {"process_counts": "counts"}, harmless=True
    ),
)
get_pipeline_status: Operation[PipelineStatus] = Operation(
    "PipelineStatus", published=Form("GET", "/applications/{app_id}/pipeline-status")
)
get_pipeline_metrics: Operation[PipelineMetrics] = Operation(
    "PipelineMetrics", published=Form("GET", "/applications/{app_id}/pipeline-metrics")
)

_CONFIG_BY_ID = Form("GET", "/configurations/{app_id}")
list_config: Operation[list[ConfigVar]] = Operation(
    "ConfigVar", slugs=Form("GET", _CONFIG), published=_CONFIG_BY_ID, is_list=True
)
get_config: Operation[ConfigVar] = Operation(
    "ConfigVar",
    slugs=Form("GET", _CONFIG + "/{key}"),
    published=Form("GET", "/configurations/{app_id}", steps=pick_variable),
)
set_config: Operation[ConfigVar] = Operation(
    "ConfigVar",
    slugs=Form("POST", _CONFIG, {"name": "key", **_SETTABLE}, harmless=True),
    published=Form(
        "POST",
        "/configurations/{app_id}",
        {"name": "key", **_SETTABLE},
        steps=set_variable(
            listing=_CONFIG_BY_ID,
            change=Form(
                "PATCH", "/configurations/{app_id}/{config_id}", _SETTABLE, harmless=True
            ),
        ),
    ),
)
delete_config: Operation[None] = Operation(
    slugs=Form("DELETE", _CONFIG + "/{key}"),
    published=Form(
        "DELETE",
        "/configurations/{app_id}/{config_id}",
        steps=delete_variable(listing=_CONFIG_BY_ID),
    ),
)
import_config: Operation[ConfigImportResult] = Operation(
    "ConfigImportResult",
    published=Form("POST", "/configurations/{app_id}/bulk", {"variables": "variables", **_FLAGS}),
)
import_config_text: Operation[ConfigImportResult] = Operation(
    "ConfigImportResult",
    published=Form("POST", "/configurations/{app_id}/bulk", {"raw": "variables", **_FLAGS}),
)

list_images: Operation[list[Image]] = Operation(
    "Image",
    slugs=Form("GET", _IMAGES),
    published=Form("GET", "/images/{app_id}"),
    is_list=True,
)
get_image: Operation[Image] = Operation(
    "Image",
    slugs=Form("GET", _IMAGES + "/{image_id}"),
    published=Form("GET", "/images/{image_id}/detail"),
    listing=list_images,
)
build_image: Operation[BuildResult] = Operation(
    "BuildResult", published=Form("POST", "/images/{app_id}/build")
)
get_image_log: Operation[BuildLog] = Operation(
    "BuildLog", published=Form("GET", "/images/{image_id}/log"), record=get_image
)

list_releases: Operation[list[Release]] = Operation(
    "Release",
    slugs=Form("GET", _RELEASES),
    published=Form("GET", "/releases/{app_id}"),
    is_list=True,
)
get_release: Operation[Release] = Operation(
    "Release",
    slugs=Form("GET", _RELEASES + "/{release_id}"),
    published=Form("GET", "/releases/{release_id}/detail"),
    listing=list_releases,
)
create_release: Operation[CreateReleaseResult] = Operation(
    "CreateReleaseResult",
    slugs=Form("POST", _RELEASES + "/create", {"image_id": "image_id"}),
    published=Form(
        "POST",
        "/releases/{app_id}/create",
        steps=release_newest_image(
            images=Form("GET", "/images/{app_id}"),
            detail=Form("GET", "/releases/{release_id}/detail"),
        ),
    ),
)
deploy_release: Operation[DeployReleaseResult] = Operation(
    "DeployReleaseResult",
    published=Form("POST", "/releases/{release_id}/deploy"),
    record=get_release,
)
get_release_log: Operation[BuildLog] = Operation(
    "BuildLog", published=Form("GET", "/releases/{release_id}/log"), record=get_release
)

list_deployments: Operation[list[Deployment]] = Operation(
    "Deployment",
    slugs=Form("GET", "/deployments/{org}/{project}/{app}"),
    published=Form("GET", "/applications/{app_id}/deployments"),
    is_list=True,
)
get_deployment: Operation[Deployment] = _same(
    "Deployment", Form("GET", "/deployments/{deployment_id}/detail"), listing=list_deployments
)
get_deployment_log: Operation[DeploymentLog] = Operation(
    "DeploymentLog",
    published=Form("GET", "/deployments/{deployment_id}/log"),
    record=get_deployment,
)
