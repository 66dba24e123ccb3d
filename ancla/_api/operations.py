"""Every operation of the API as data: its routes, what it answers, and if repeating it is harmless.

A path's {placeholders} are the method's arguments, but for the ids that the router looks up:
{app_id}, {config_id} and, in bodies, organization_id and project_id. A body maps its fields to
arguments; an argument that is None is left out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Generic, TypeVar

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
else:
    from .._http.generic import Generic, TypeVar

Answer = TypeVar("Answer")


class Route:
    """One form of a request."""

    __slots__ = ("argument_names", "body", "method", "path")

    def __init__(self, method: str, path: str, **body: str) -> None:
        self.method = method
        self.path = path
        self.body = body
        self.argument_names = "/".join(body.values())

    def body_from(self, values: Mapping[str, object]) -> object:
        """The body for these values, or None if the route has none."""
        if not self.body:
            return None
        if "*" in self.body:
            return values[self.body["*"]]
        return {
            field: values[name] for field, name in self.body.items() if values[name] is not None
        }


ROUTE_IS_MISSING = (404, 405)
BODY_IS_WRONG = (400, 422)


class Operation(Generic[Answer]):
    """What one method of the client does.

    slug, published: the two forms; the very same object if they do not differ
    answer:          the name of the model that comes back, "" for nothing
    is_list:         a list of that model comes back, perhaps in pages
    harmless:        repeating it changes nothing, so a lost answer is no reason to give up
    falls_back_on:   the statuses of the slug form after which the published form is tried
    tells_generation: an answer to one of the forms shows which routes the server has
    keep:            what of a published list is meant: (field of the items, argument)
    pick:            the one item of a published list that is named as the argument `key`
    existing:        the published form if {config_id} is already there
    probe:           answers only on slug routes: asked before a published form that does less
    cannot:          what the published routes cannot do, for the error that says so
    cannot_fields:   the fields of the argument `fields` that they cannot change
    """

    __slots__ = (
        "answer",
        "cannot",
        "cannot_fields",
        "existing",
        "falls_back_on",
        "harmless",
        "is_list",
        "keep",
        "pick",
        "probe",
        "published",
        "slug",
        "tells_generation",
    )

    def __init__(
        self,
        slug: Route | None,
        published: Route | None,
        answer: str = "",
        *,
        is_list: bool = False,
        harmless: bool | None = None,
        falls_back_on: tuple[int, ...] = ROUTE_IS_MISSING,
        tells_generation: bool = True,
        keep: tuple[str, str] | None = None,
        pick: bool = False,
        existing: Route | None = None,
        probe: Route | None = None,
        cannot: str = "",
        cannot_fields: tuple[str, ...] = (),
    ) -> None:
        self.slug = slug
        self.published = published
        self.answer = answer
        self.is_list = is_list
        first = slug or published
        assert first is not None
        self.harmless = first.method in ("GET", "DELETE") if harmless is None else harmless
        self.falls_back_on = falls_back_on
        self.tells_generation = tells_generation
        self.keep = keep
        self.pick = pick
        self.existing = existing
        self.probe = probe
        self.cannot = cannot
        self.cannot_fields = cannot_fields


def _same(route: Route, answer: str, *, is_list: bool = False) -> Operation[Any]:
    return Operation(route, route, answer, is_list=is_list)


def _published_only(route: Route, answer: str = "") -> Operation[Any]:
    return Operation(None, route, answer)


_APP = "/applications/{org}/{project}/{slug}"
_CONFIG = "/configurations/{org}/{project}/{app}"
_IMAGES = "/images/{org}/{project}/{app}"
_RELEASES = "/releases/{org}/{project}/{app}"
_SETTABLE = {"value": "value", "secret": "secret", "buildtime": "buildtime"}

list_orgs: Operation[list[Org]] = Operation(
    Route("GET", "/organizations/"),
    Route("GET", "/organizations"),
    "Org",
    is_list=True,
    tells_generation=False,
)
get_org: Operation[Org] = _same(Route("GET", "/organizations/{slug}"), "Org")
create_org: Operation[Org] = Operation(
    Route("POST", "/organizations/", name="name"),
    Route("POST", "/organizations", name="name", slug="slug"),
    "Org",
    falls_back_on=BODY_IS_WRONG + ROUTE_IS_MISSING,
    tells_generation=False,
)
update_org: Operation[Org] = Operation(
    Route("PATCH", "/organizations/{slug}", name="name"),
    None,
    "Org",
    harmless=True,
    cannot="rename an organization",
)
delete_org: Operation[None] = Operation(
    Route("DELETE", "/organizations/{slug}"), None, cannot="delete an organization"
)
add_org_member: Operation[Org] = _published_only(
    Route("POST", "/organizations/{org}/members", username="username", admin="admin"), "Org"
)
remove_org_member: Operation[None] = _published_only(
    Route("DELETE", "/organizations/{org}/members/{user_id}")
)
toggle_org_admin: Operation[OrgAdminResult] = _published_only(
    Route("POST", "/organizations/{org}/members/{user_id}/toggle-admin"), "OrgAdminResult"
)

list_projects: Operation[list[Project]] = Operation(
    Route("GET", "/projects/{org}"),
    Route("GET", "/projects"),
    "Project",
    is_list=True,
    keep=("organization_slug", "org"),
)
get_project: Operation[Project] = _same(Route("GET", "/projects/{org}/{slug}"), "Project")
create_project: Operation[Project] = Operation(
    Route("POST", "/projects/{org}", name="name"),
    Route("POST", "/projects", name="name", slug="slug", organization_id="organization_id"),
    "Project",
)
update_project: Operation[Project] = Operation(
    Route("PATCH", "/projects/{org}/{slug}", name="name"),
    None,
    "Project",
    harmless=True,
    cannot="rename a project",
)
delete_project: Operation[None] = Operation(
    Route("DELETE", "/projects/{org}/{slug}"), None, cannot="delete a project"
)

list_apps: Operation[list[App]] = _same(
    Route("GET", "/applications/{org}/{project}"), "App", is_list=True
)
get_app: Operation[App] = _same(Route("GET", _APP), "App")
create_app: Operation[App] = Operation(
    Route("POST", "/applications/{org}/{project}", name="name", platform="platform"),
    Route("POST", "/applications", name="name", slug="slug", project_id="project_id"),
    "App",
)
update_app: Operation[App] = Operation(
    Route("PATCH", _APP, **{"*": "fields"}),
    Route("PATCH", "/applications/{app_id}/settings", **{"*": "fields"}),
    "App",
    harmless=True,
    cannot="change an application's {fields}",
    cannot_fields=("name", "platform", "process_counts", "process_pod_classes", "privileged"),
)
delete_app: Operation[None] = Operation(Route("DELETE", _APP), None, cannot="delete an application")
deploy_app: Operation[DeployResult] = Operation(
    Route("POST", _APP + "/deploy"), Route("POST", "/applications/{app_id}/deploy"), "DeployResult"
)
scale_app: Operation[None] = Operation(
    Route("POST", _APP + "/scale", process_counts="counts"),
    Route("POST", "/applications/{app_id}/scale", process_counts="counts"),
    harmless=True,
)
get_pipeline_status: Operation[PipelineStatus] = _published_only(
    Route("GET", "/applications/{app_id}/pipeline-status"), "PipelineStatus"
)
get_pipeline_metrics: Operation[PipelineMetrics] = _published_only(
    Route("GET", "/applications/{app_id}/pipeline-metrics"), "PipelineMetrics"
)

list_config: Operation[list[ConfigVar]] = Operation(
    Route("GET", _CONFIG), Route("GET", "/configurations/{app_id}"), "ConfigVar", is_list=True
)
get_config: Operation[ConfigVar] = Operation(
    Route("GET", _CONFIG + "/{key}"),
    Route("GET", "/configurations/{app_id}"),
    "ConfigVar",
    pick=True,
)
set_config: Operation[ConfigVar] = Operation(
    Route("POST", _CONFIG, name="key", **_SETTABLE),
    Route("POST", "/configurations/{app_id}", name="key", **_SETTABLE),
    "ConfigVar",
    harmless=True,
    existing=Route("PATCH", "/configurations/{app_id}/{config_id}", **_SETTABLE),
)
delete_config: Operation[None] = Operation(
    Route("DELETE", _CONFIG + "/{key}"), Route("DELETE", "/configurations/{app_id}/{config_id}")
)
_FLAGS = {"secret": "secret", "buildtime": "buildtime"}
import_config: Operation[ConfigImportResult] = _published_only(
    Route("POST", "/configurations/{app_id}/bulk", variables="variables", **_FLAGS),
    "ConfigImportResult",
)
import_config_text: Operation[ConfigImportResult] = _published_only(
    Route("POST", "/configurations/{app_id}/bulk", raw="variables", **_FLAGS),
    "ConfigImportResult",
)

list_images: Operation[list[Image]] = Operation(
    Route("GET", _IMAGES), Route("GET", "/images/{app_id}"), "Image", is_list=True
)
get_image: Operation[Image] = Operation(
    Route("GET", _IMAGES + "/{image_id}"), Route("GET", "/images/{image_id}/detail"), "Image"
)
build_image: Operation[BuildResult] = _published_only(
    Route("POST", "/images/{app_id}/build"), "BuildResult"
)
get_image_log: Operation[BuildLog] = _published_only(
    Route("GET", "/images/{image_id}/log"), "BuildLog"
)

list_releases: Operation[list[Release]] = Operation(
    Route("GET", _RELEASES), Route("GET", "/releases/{app_id}"), "Release", is_list=True
)
get_release: Operation[Release] = Operation(
    Route("GET", _RELEASES + "/{release_id}"),
    Route("GET", "/releases/{release_id}/detail"),
    "Release",
)
create_release: Operation[CreateReleaseResult] = Operation(
    Route("POST", _RELEASES + "/create", image_id="image_id"),
    Route("POST", "/releases/{app_id}/create", image_id="image_id"),
    "CreateReleaseResult",
    # The published form takes the latest image, whatever is asked for.
    probe=Route("GET", _RELEASES),
)
deploy_release: Operation[DeployReleaseResult] = _published_only(
    Route("POST", "/releases/{release_id}/deploy"), "DeployReleaseResult"
)
get_release_log: Operation[BuildLog] = _published_only(
    Route("GET", "/releases/{release_id}/log"), "BuildLog"
)

list_deployments: Operation[list[Deployment]] = Operation(
    Route("GET", "/deployments/{org}/{project}/{app}"),
    Route("GET", "/applications/{app_id}/deployments"),
    "Deployment",
    is_list=True,
)
get_deployment: Operation[Deployment] = _same(
    Route("GET", "/deployments/{deployment_id}/detail"), "Deployment"
)
get_deployment_log: Operation[DeploymentLog] = _published_only(
    Route("GET", "/deployments/{deployment_id}/log"), "DeploymentLog"
)

get_session: Operation[Session] = _published_only(Route("GET", "/auth/session"), "Session")
