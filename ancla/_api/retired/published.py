"""The published routes (retired): most need an id, which is looked up first."""

from __future__ import annotations

from functools import partial

from ..config import add_config_id, find_variable, get_variable, plan_import
from ..operation import Route, RouteSet, Unsupported
from ..response_errors import shown_text
from ..workspaces import change_fields, create_with_slug
from .look_ups import RetiredCall, send_for_owned_record
from .slugs import SHARED_ROWS, create_basic


def projects_of_organization(call: RetiredCall, route: Route) -> object:
    """Reads all projects that the key may see. Returns those of the organization."""
    found = [
        project
        for project in call.send_list(route)
        if not isinstance(project, dict)
        or project.get("organization_slug") == call.arguments["org"]
    ]
    if not found:
        # Raises NotFoundError if the organization does not exist.
        call.look_up("organization_id")
    return found


def delete_variable(call: RetiredCall, route: Route) -> object:
    add_config_id(call)
    return call.send(route)


def set_variable(call: RetiredCall, route: Route) -> object:
    """Creates or changes a variable."""
    existing = find_variable(call)
    if call.arguments["secret"] is None:  # The server may read a missing field as False.
        call.arguments["secret"] = bool(existing and existing.get("secret"))
    if existing is None:
        return call.send(route)
    call.add_id("config_id", existing, call.target)
    return call.send(call.routes["change_config"])


def import_variables(call: RetiredCall, route: Route) -> object:
    if call.arguments["overwrite"]:
        raise Unsupported("overwrite config variables by an import", "its API keeps existing ones")
    if call.arguments["dry_run"]:
        return plan_import(call).as_response()
    return call.send(route)


def release_newest_image(call: RetiredCall, route: Route) -> object:
    """Creates a release. The server uses the newest built image, so `image_id` must be that one."""
    image_id = call.arguments["image_id"]
    action = f"make a release of image {image_id!r}"
    built = [image for image in call.read("list_images") if image.get("built") is True]
    newest = max(built, key=_version, default={}).get("id")
    if newest is None:
        raise Unsupported(action, "no image is built yet")
    if newest != image_id:
        shown = shown_text(repr(newest), call.json_sender.redact)
        raise Unsupported(action, f"it would use the newest built image, {shown}")
    return call.send(route)


def _version(image: dict[str, object]) -> int:
    version = image.get("version")
    return version if isinstance(version, int) else 0


PUBLISHED = RouteSet(
    "published",
    SHARED_ROWS
    + """
list_orgs            GET    /organizations
create_org           POST   /organizations                 name slug
add_org_member       POST   /organizations/{org}/members   username admin
remove_org_member    DELETE /organizations/{org}/members/{user_id}
toggle_org_admin     POST   /organizations/{org}/members/{user_id}/toggle-admin
get_session          GET    /auth/session
list_projects        GET    /projects
create_project       POST   /projects                      name slug organization_id
create_app           POST   /applications                  name slug project_id
update_app           PATCH  APP/settings                   *=fields
deploy_app           POST   APP/deploy
scale_app            POST   APP/scale                      process_counts=counts idempotent
get_pipeline_status  GET    APP/pipeline-status
get_pipeline_metrics GET    APP/pipeline-metrics
list_config          GET    CONFIG
get_config           GET    CONFIG
set_config           POST   CONFIG                         name=key value secret buildtime
change_config        PATCH  CONFIG/{config_id}             value secret buildtime
delete_config        DELETE CONFIG/{config_id}
import_config        POST   CONFIG/bulk                    variables secret buildtime
import_config_text   POST   CONFIG/bulk                    raw=variables secret buildtime
list_images          GET    /images/{app_id}
get_image            GET    /images/{image_id}/detail
build_image          POST   /images/{app_id}/build
get_image_log        GET    /images/{image_id}/log
list_releases        GET    /releases/{app_id}
get_release          GET    /releases/{release_id}/detail
create_release       POST   /releases/{app_id}/create
deploy_release       POST   /releases/{release_id}/deploy
get_release_log      GET    /releases/{release_id}/log
list_deployments     GET    APP/deployments
get_deployment_log   GET    /deployments/{deployment_id}/log
""",
    {
        create_with_slug: "create_org create_project",
        create_basic: "create_app build_image",
        import_variables: "import_config import_config_text",
        send_for_owned_record: "get_image get_image_log get_release get_release_log deploy_release"
        " get_deployment get_deployment_log",
        projects_of_organization: "list_projects",
        partial(
            change_fields, ignored="name platform process_counts process_pod_classes privileged"
        ): "update_app",
        get_variable: "get_config",
        set_variable: "set_config",
        delete_variable: "delete_config",
        release_newest_image: "create_release",
    },
    APP="/applications/{app_id}",
    CONFIG="/configurations/{app_id}",
)
