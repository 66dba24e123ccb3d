"""The slug routes (retired): slugs address an application, and a call is one request.

Only the path of a deployment has nothing but its id. So its owner is checked first.
"""

from __future__ import annotations

from ..operation import Route, RouteSet, Unsupported
from ..workspaces import create_with_slug
from .look_ups import RetiredCall, send_for_owned_record


def create_basic(call: RetiredCall, route: Route) -> object:
    """Creates a project, an application or an image on a retired route set.

    Refuses a repository and a strategy, which the server would ignore, and a slug where the route
    does not send it. (The published routes do not send the platform either.)
    """
    ignored = {
        "github_repository": "create an application from a repository",
        "build_strategy": "create an application with a build strategy",
        "strategy": "build an image with a strategy",
    }
    if "slug" not in route.body:
        ignored["slug"] = f"{call.operation.action} with a given slug"
    for name, action in ignored.items():
        if call.arguments.get(name) is not None:
            raise Unsupported(action)
    return create_with_slug(call, route) if "slug" in route.body else call.send(route)


# The rows that both retired tables have.
SHARED_ROWS = """
get_org          GET    /organizations/{slug}
get_project      GET    /projects/{org}/{slug}
list_apps        GET    /applications/{org}/{project}
get_app          GET    /applications/{org}/{project}/{app}
get_deployment   GET    /deployments/{deployment_id}/detail"""
SLUGS = RouteSet(
    "slugs",
    SHARED_ROWS
    + """
list_orgs        GET    /organizations/
create_org       POST   /organizations/            name
update_org       PATCH  /organizations/{slug}      name
delete_org       DELETE /organizations/{slug}
list_projects    GET    /projects/{org}
create_project   POST   /projects/{org}            name
update_project   PATCH  /projects/{org}/{slug}     name
delete_project   DELETE /projects/{org}/{slug}
create_app       POST   /applications/{org}/{project} name platform
update_app       PATCH  /applications/APP          *=fields
delete_app       DELETE /applications/APP
deploy_app       POST   /applications/APP/deploy
scale_app        POST   /applications/APP/scale    process_counts=counts idempotent
list_config      GET    /configurations/APP
get_config       GET    /configurations/APP/{key}
set_config       POST   /configurations/APP        name=key value secret buildtime idempotent
delete_config    DELETE /configurations/APP/{key}
list_images      GET    /images/APP
get_image        GET    /images/APP/{image_id}
list_releases    GET    /releases/APP
get_release      GET    /releases/APP/{release_id}
create_release   POST   /releases/APP/create       image_id
list_deployments GET    /deployments/APP
""",
    {
        create_basic: "create_project create_app",
        send_for_owned_record: "get_deployment",
    },
    APP="{org}/{project}/{app}",
)
