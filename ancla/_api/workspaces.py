"""Today's API: its routes and its recipes.

A recipe carries out an operation that is more than one plain request: it sends several, or first
checks or completes the arguments. It is called with the call and its route, and returns a response
in the form that one request would have. config.py has those for config variables.

workspaces_fields.py converts a response to the names of the models.
The table of routes is at the end.

The API calls an organization a workspace, an application a service, an image a build and a
deployment a deploy. A service lives in an environment of its project. Builds are addressed by their
version.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .._http.checks import is_integer
from ..exceptions import AnclaError, NotFoundError
from .arguments import slug_from_name
from .call import Call, field_of
from .config import add_config_id, get_variable, import_shared, import_variables, set_variable
from .operation import ROUTE_IS_MISSING, Route, RouteSet, Unsupported
from .pages import whole_list
from .workspaces_fields import decoder_of

_MAX_VERSIONS = 100  # The most to remember from one list.


def create_with_slug(call: Call, route: Route) -> object:
    """Adds the slug, made of the name unless it is given."""
    if "slug" not in call.arguments:
        call.arguments["slug"] = slug_from_name(call.arguments["name"])
    return call.send(route)


def change_fields(call: Call, route: Route, *, ignored: str) -> object:
    """Changes an application's fields. Raises Unsupported for those that the server ignores."""
    fields = call.arguments["fields"]
    if refused := [name for name in ignored.split() if name in fields]:
        raise Unsupported(f"change an application's {' and '.join(refused)}")
    return call.send(route)


def send_undocumented(call: Call, route: Route) -> object:
    """Sends a request that the platform's own clients send, but its documentation lacks.

    After a 404 or 405, reading the resource shows whether that is missing, or the route.
    """
    try:
        return call.send(route)
    except AnclaError as error:
        if error.status_code not in ROUTE_IS_MISSING:
            raise
        try:
            call.require(call.sibling("get"))
        except NotFoundError:
            if isinstance(error, NotFoundError):
                raise error from None
            raise
        raise Unsupported(call.operation.action, refusal=error) from None


def delete_variable(call: Call, route: Route) -> object:
    """Deletes a variable by its id. The documentation has the route only for environments."""
    add_config_id(call)
    return send_undocumented(call, route)


def add_member(call: Call, route: Route) -> object:
    """Adds a member, and reads the organization, which the response may lack."""
    call.send(route)
    call.segments["slug"] = call.segments["org"]
    try:
        return call.send(call.routes["get_org"])
    except AnclaError as error:
        error.message += " (the change was made, but the result could not be read)"
        raise


def list_in_hidden_pages(call: Call, route: Route) -> list[object]:
    return call.send_list(route, call.read_list, may_hide_pages=True)


# Builds


def list_builds(call: Call, route: Route) -> list[object]:
    """Lists the builds, and remembers the versions of the first ones, usually the newest."""
    builds = list_in_hidden_pages(call, route)
    for build in builds[:_MAX_VERSIONS]:
        version = field_of(build, "version")
        if is_integer(version):
            call.memory[_version_key(call, field_of(build, "id"))] = str(version)
    return builds


def build_by_version(call: Call, route: Route) -> object:
    """Sends a route whose path needs the version of a build: that of an image or of its log.

    The version is looked up by the image's id and remembered. If the application was replaced by
    one of the same name, another image has that version. An image shows this by its id. A log has
    none: if its version was remembered before this call, the image is read after it.
    """
    image_id = call.arguments["image_id"]
    key = _version_key(call, image_id)
    version = remembered = call.memory.get(key)  # Read it once: others may clear the memory.
    if version is None:
        version = _version_of(call, image_id)
        call.memory[key] = version
    call.segments["version"] = version
    response = image = call.send(route)
    if remembered and not call.arguments.get("is_checked", True):
        path = call.routes["get_image"].target(call.segments)
        image = call.json_sender.read(path, call.arguments)
    if field_of(image, "id") not in (None, image_id):
        call.memory.pop(key, None)
        raise call.missing("image", "image_id")
    return response


def _version_of(call: Call, image_id: object) -> str:
    """Returns the version of a build. Reads the list of builds up to the page that has it."""
    call.read_list = partial(whole_list, is_enough=lambda found: image_id in found)
    for build in list_builds(call, call.routes["list_images"]):
        version = field_of(build, "version")
        if field_of(build, "id") == image_id and is_integer(version):
            return str(version)
    raise call.missing("image", "image_id")


def _version_key(call: Call, image_id: object) -> tuple[str, ...]:
    place = (call.segments[name] for name in ("org", "project", "environment", "app"))
    return ("version", *place, str(image_id))


# What has config variables: a part of the operations' names, and the start of the paths.
_SCOPES = {
    "": "SERVICE",
    "workspace_": "ORG",
    "team_": "ORG/teams/{team}",
    "project_": "PROJECT",
    "environment_": "ENV",
}


def _config_rows() -> Iterator[str]:
    """Yields the rows of the table that each scope has."""
    for scope, path in _SCOPES.items():
        yield f"list_{scope}config GET {path}/config"
        yield f"get_{scope}config GET {path}/config"
        yield f"set_{scope}config POST {path}/config name=key value secret buildtime"
        if scope != "team_":  # No route is known that deletes a team's.
            yield f"delete_{scope}config DELETE {path}/config/{{config_id}}"


def _of_all_scopes(verb: str) -> str:
    return " ".join(f"{verb}_{scope}config" for scope in _SCOPES)


# Whether POST changes an existing variable is undocumented, so set_config is not idempotent here.
# get_build_log is for the command line, which accepts the version of a build instead of its id.
WORKSPACES = RouteSet(
    "workspaces",
    """
list_orgs            GET    /workspaces
get_org              GET    /workspaces/{slug}
create_org           POST   /workspaces            name
update_org           PATCH  /workspaces/{slug}     name
delete_org           DELETE /workspaces/{slug}
list_org_members     GET    ORG/members
add_org_member       POST   ORG/members            username admin
list_teams           GET    ORG/teams
create_team          POST   ORG/teams              name
get_session          GET    /auth/session
list_projects        GET    ORG/projects
get_project          GET    ORG/projects/{slug}
create_project       POST   ORG/projects           name slug
update_project       PATCH  ORG/projects/{slug}    name
delete_project       DELETE ORG/projects/{slug}
list_environments    GET    PROJECT/envs
get_environment      GET    PROJECT/envs/{slug}
create_environment   POST   PROJECT/envs           name
update_environment   PATCH  PROJECT/envs/{slug}    name
deploy_environment   POST   PROJECT/envs/{slug}/deploy?service={app}
list_environment_deployments GET    PROJECT/envs/{slug}/deploys
get_environment_deployment GET    PROJECT/envs/{slug}/deploys/{deployment_id}
get_environment_deployment_log GET    PROJECT/envs/{slug}/deploys/{deployment_id}/log
list_apps            GET    ENV/services
get_app              GET    SERVICE
create_app           POST   ENV/services name slug platform github_repository build_strategy
update_app           PATCH  SERVICE                *=fields
delete_app           DELETE SERVICE
deploy_app           POST   SERVICE/deploy
deploy_config        POST   SERVICE/deploy         config_only
scale_app            POST   SERVICE/scale          process_counts=counts idempotent
rollback_app         POST   PROJECT/pipeline/rollback?service={app}&env={environment}
promote_app          POST   PROJECT/promote        service=app source_env=source target_env=target
preview_promotion GET PROJECT/promote/preview?service={app}&source_env={source}&target_env={target}
get_pipeline_status  GET    PROJECT/pipeline/status?service={app}&env={environment}
get_pipeline_metrics GET    PROJECT/pipeline/metrics?service={app}&env={environment}
list_pipeline_history GET    PROJECT/pipeline/history?service={app}&env={environment}&limit={limit}
get_observability    GET    PROJECT/observability?service={app}&env={environment}&range={range}
import_config        POST   SERVICE/config         name=key value secret buildtime
import_config_text   POST   SERVICE/config         name=key value secret buildtime
get_resolved_config  GET    SERVICE/config/resolved
import_environment_config POST   ENV/config/bulk        *=items
list_images          GET    SERVICE/builds
get_image            GET    SERVICE/builds/{version}
build_image          POST   SERVICE/builds/trigger strategy
get_image_log        GET    SERVICE/builds/{version}/log
get_build_log        GET    SERVICE/builds/{version}/log
list_deployments     GET    SERVICE/deploys
get_deployment       GET    SERVICE/deploys/{deployment_id}
get_deployment_log   GET    SERVICE/deploys/{deployment_id}/log
list_api_keys        GET    /api/keys?limit={limit}&offset={offset}
get_api_key          GET    /api/keys/{key_id}
create_api_key       POST   /api/keys              name scopes prefix expires_at metadata
revoke_api_key       POST   /api/keys/{key_id}/revoke idempotent
delete_api_key       DELETE /api/keys/{key_id}
check_health         GET    /integrations/health
"""
    + "\n".join(_config_rows()),
    {
        create_with_slug: "create_project create_app",
        partial(
            change_fields,
            ignored="platform process_counts process_pod_classes privileged"
            " github_repository_is_private subdirectory github_app_installation_id"
            " github_environment_name deployment_timeout health_check_path health_check_host",
        ): "update_app",
        send_undocumented: "update_org delete_org delete_project delete_app scale_app",
        get_variable: _of_all_scopes("get"),
        set_variable: _of_all_scopes("set"),
        delete_variable: _of_all_scopes("delete"),
        import_variables: "import_config import_config_text",
        import_shared: "import_environment_config",
        add_member: "add_org_member",
        list_in_hidden_pages: "list_api_keys",
        list_builds: "list_images",
        build_by_version: "get_image get_image_log",
    },
    decoder_of,
    SERVICE="ENV/services/{app}",
    ENV="PROJECT/envs/{environment}",
    PROJECT="ORG/projects/{project}",
    ORG="/workspaces/{org}",
)
