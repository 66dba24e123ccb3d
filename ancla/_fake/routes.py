"""The routes of `ancla.testing.FakeAncla`: one table for each route set.

A line has the method, the path, the action, the view, and the fields of the body.

* A path is below /api/v1 unless it starts with /api. `:name` is a placeholder.
* The parameters of the query follow the `?` of the path. Each is required unless it has a default:
  `limit=10`, or `env=` for an empty one.
* The action is a function in `actions`, or an attribute of `actions.Call`, such as `call.app`. The
  response to `call.org.teams` and other dicts is the list of their values.
* The view names the fields of the response, see `views`.
* In the body, `!` marks a required field, and `?` a field that may be null. `[]` before the first
  field says that the body is an array of such objects. Unknown fields are an error, and so is a
  body for a route without fields, unless FakeAncla is told to ignore them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from . import actions
from .records import SETTINGS
from .server import plain_path
from .views import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .actions import Call

_PREFIX = "/api/v1"

Body = Mapping[str, str]

# A kind is the type of a field, or "name": text that is not blank.
_FIELDS_OF_KIND = {
    "name": "name slug platform username image_id service source_env target_env prefix",
    "str": "strategy build_strategy organization_id project_id value raw expires_at",
    "bool": "admin secret buildtime personal config_only",
    "dict[str, str]": "variables metadata",
    "list[str]": "scopes",
}
_KIND_OF = {
    **{name: str(it.type).removesuffix(" | None") for name, it in SETTINGS.items()},
    **{name: kind for kind, names in _FIELDS_OF_KIND.items() for name in names.split()},
}
# These have routes of their own, or are not null.
_SEPARATE = ("process_counts", "process_pod_classes", "privileged")
_SETTINGS = " ".join(f"{name}?" for name in SETTINGS if name not in _SEPARATE)

# The retired route sets: these routes are in both, then come those of each.
_RETIRED_ROUTES = """
GET    /projects/:org/:project  call.project        Project
GET    /applications/APP        call.app            App
GET    /deployments/:deployment_id/detail  call.deployment  Deployment
"""

_SLUG_ROUTES = f"""
GET    /organizations           call.platform.orgs  Org
GET    /organizations/:org      call.org            Org
POST   /organizations           create_org          Org name!
PATCH  /organizations/:org      update              Org name!
DELETE /organizations/:org      delete              NOTHING
GET    /projects/:org           call.org.projects   Project
POST   /projects/:org           create_project      Project name!
PATCH  /projects/:org/:project  update              Project name!
DELETE /projects/:org/:project  delete              NOTHING
GET    /applications/:org/:project  call.apps       AppInList
POST   /applications/:org/:project  create_app      App name! platform!
PATCH  /applications/APP        update              App {_SETTINGS} \
    name platform process_counts process_pod_classes privileged
DELETE /applications/APP        delete              NOTHING
POST   /applications/APP/deploy  deploy_app         AS_IT_STANDS
POST   /applications/APP/scale  scale_app           NOTHING process_counts!
GET    /configurations/APP      call.named.config   ConfigVar
GET    /configurations/APP/:key  call.variable      ConfigVar
POST   /configurations/APP      set_config          ConfigVar VARIABLE
DELETE /configurations/APP/:key  delete_config      NOTHING
GET    /images/APP              list_images         ImageInList
GET    /images/APP/:image_id    call.image          Image
GET    /releases/APP            list_releases       ReleaseInList
GET    /releases/APP/:release_id  call.release      Release
POST   /releases/APP/create     create_release      AS_IT_STANDS image_id!
GET    /deployments/APP         list_deployments    DeploymentInList
"""

_PUBLISHED_ROUTES = f"""
GET    /auth/session                  get_session            Session
GET    /organizations                 call.platform.orgs     OrgInList
GET    /organizations/:org            call.org               PublishedOrg
POST   /organizations                 create_org             PublishedOrg name! slug!
POST   /organizations/:org/members    add_org_member         PublishedOrg username! admin
DELETE /organizations/:org/members/:user_id  remove_org_member  AS_IT_STANDS
POST   /organizations/:org/members/:user_id/toggle-admin  toggle_org_admin  AS_IT_STANDS
GET    /projects                      call.platform.projects  ProjectInList
POST   /projects                      create_project         Project name! slug! organization_id!
GET    /applications/:org/:project    call.apps              PublishedAppInList
POST   /applications                  create_app             App name! slug! project_id!
PATCH  /applications/:app_id/settings  update                App {_SETTINGS}
POST   /applications/:app_id/deploy   deploy_app             AS_IT_STANDS
POST   /applications/:app_id/scale    scale_app              App process_counts process_pod_classes
GET    /applications/:app_id/deployments  list_deployments   DeploymentInList
GET    /applications/:app_id/pipeline-status  get_pipeline_status    PipelineStatus
GET    /applications/:app_id/pipeline-metrics  get_pipeline_metrics  PipelineMetrics
GET    /configurations/:app_id        call.named.config      ConfigVar
GET    /configurations/:app_id/:variable_id  call.variable   ConfigVar
POST   /configurations/:app_id        create_config          ConfigVar VARIABLE
PATCH  /configurations/:app_id/:variable_id  update_config   ConfigVar value! secret? buildtime?
DELETE /configurations/:app_id/:variable_id  delete_config   AS_IT_STANDS
POST   /configurations/:app_id/bulk   import_config          AS_IT_STANDS \
    variables raw? secret buildtime
GET    /images/:app_id                list_images            ImageInList
POST   /images/:app_id/build          build_image            AS_IT_STANDS
GET    /images/:image_id/detail       call.image             Image
GET    /images/:image_id/log          call.image             BuildLog
GET    /releases/:app_id              list_releases          ReleaseInList
POST   /releases/:app_id/create       create_release         AS_IT_STANDS
POST   /releases/:release_id/deploy   deploy_release         AS_IT_STANDS
GET    /releases/:release_id/detail   call.release           Release
GET    /releases/:release_id/log      call.release           BuildLog
GET    /deployments/:deployment_id/log  call.deployment      DeploymentLog
"""

_CREATE_ORG_ON_BOTH = "POST /organizations create_org Org name! slug"

_WORKSPACES_ROUTES = """
GET    /auth/session                    get_session         Session
GET    /integrations/health             check_health        AS_IT_STANDS
GET    /api/keys?limit=50&offset=0      call.platform.keys  ApiKey
POST   /api/keys                        create_key          NewApiKey \
    name! scopes prefix expires_at? metadata
GET    /api/keys/:key_id                call.key            ApiKey
DELETE /api/keys/:key_id                delete_key          NOTHING
POST   /api/keys/:key_id/revoke         revoke_key          NOTHING
GET    /workspaces                      call.platform.orgs  WorkspaceInList
POST   /workspaces                      create_org          Workspace name! personal
GET    WORKSPACE                        call.org            Workspace
GET    WORKSPACE/members                call.org.members    WorkspaceMember
POST   WORKSPACE/members                add_member          WorkspaceMember username! admin
GET    WORKSPACE/teams                  call.org.teams      Team
POST   WORKSPACE/teams                  create_team         Team name!
GET    WORKSPACE/projects               call.org.projects   WorkspaceProjectInList
POST   WORKSPACE/projects               create_project      WorkspaceProject name! slug
GET    PROJECT                          call.project        WorkspaceProject
PATCH  PROJECT                          update              WorkspaceProject name!
GET    PROJECT/envs                     call.project.environments  EnvironmentInList
POST   PROJECT/envs                     create_environment  WorkspaceEnvironment name!
GET    ENV                              call.environment    WorkspaceEnvironment
PATCH  ENV                              update              WorkspaceEnvironment name!
GET    ENV/services                     call.apps           ServiceInList
POST   ENV/services                     create_app          Service \
    name! slug platform github_repository? build_strategy?
GET    SERVICE                          call.app            Service
PATCH  SERVICE                          update              Service \
    name github_repository? auto_deploy_branch?
POST   ENV/config/bulk                  set_all_config      WorkspaceConfigVar [] VARIABLE
DELETE ENV/config/:variable_id          delete_config       NOTHING
GET    SERVICE/config/resolved          resolve_config      VALUES

POST   SERVICE/deploy                   deploy_service      BuildStarted
GET    SERVICE/builds                   list_images         BuildInList
POST   SERVICE/builds/trigger           trigger             BuildStarted strategy?
GET    SERVICE/builds/:version          call.image          Build
GET    SERVICE/builds/:version/log      call.image          WorkspaceBuildLog
POST   ENV/deploy?service=              deploy_environment  BuildStarted
GET    PROJECT/pipeline/status?service&env            get_pipeline_status    WorkspacePipeline
GET    PROJECT/pipeline/metrics?service&env           get_pipeline_metrics   WorkspaceMetrics
GET    PROJECT/pipeline/history?service&env&limit=10  list_pipeline_history  PipelineRun
POST   PROJECT/pipeline/deploy?service&env            deploy_service         BuildStarted
POST   PROJECT/pipeline/rollback?service&env          roll_back              DeployStarted
GET    PROJECT/observability?service=&env=&range=24h  observe                AS_IT_STANDS
GET    PROJECT/promote/preview?service&source_env&target_env  preview_promotion  Promotion
POST   PROJECT/promote                  promote             DeployStarted \
    service! source_env! target_env!
"""

# More routes of "workspaces", which each of these places has.
_ROUTES_OF_PLACES = {
    "WORKSPACE TEAM PROJECT ENV SERVICE": """
GET    PLACE/config                     call.named.config   WorkspaceConfigVar
POST   PLACE/config                     set_config          WorkspaceConfigVar VARIABLE
""",
    "ENV SERVICE": """
GET    PLACE/deploys                    list_deployments    DeployInList
GET    PLACE/deploys/:deployment_id     call.deployment     Deploy
GET    PLACE/deploys/:deployment_id/log  call.deployment    WorkspaceDeployLog
""",
}

# The platform's API document lacks these routes and this body of a deploy, but the platform's own
# clients use them.
_LENIENT_ROUTES = """
POST   SERVICE/deploy                   deploy_service      BuildStarted config_only
PATCH  WORKSPACE                        update              Workspace name!
DELETE WORKSPACE                        delete              NOTHING
DELETE PROJECT                          delete              NOTHING
DELETE SERVICE                          delete              NOTHING
POST   SERVICE/scale                    scale_app           NOTHING process_counts!
DELETE WORKSPACE/config/:variable_id    delete_config       NOTHING
DELETE PROJECT/config/:variable_id      delete_config       NOTHING
DELETE SERVICE/config/:variable_id      delete_config       NOTHING
"""

# Abbreviations in the tables. One may contain those that follow it.
_ABBREVIATIONS = {
    " VARIABLE": " name! value! secret buildtime",
    "/APP": "/:org/:project/:app",
    " SERVICE": " ENV/services/:app",
    " ENV": " PROJECT/envs/:env",
    " PROJECT": " WORKSPACE/projects/:project",
    " TEAM": " WORKSPACE/teams/:team",
    " WORKSPACE": " /workspaces/:org",
}

_PAGED = ("list_images", "list_releases", "list_deployments")
_TRIGGERS = ("deploy_service", "deploy_environment", "trigger", "roll_back")
_SHOWING_PIPELINES = (
    *_PAGED,
    "get_pipeline_status",
    "call.image",
    "call.release",
    "call.deployment",
)


@dataclass
class Route:
    """One line of a table.

    query:       the default of each parameter, or None if it is required
    body:        the kind of each field, with its mark; empty if the route takes no body
    takes_array: whether the body is an array of such objects
    """

    route_set: str
    method: str
    path: str
    query: Mapping[str, str | None]
    action: str
    view: str
    body: Body
    takes_array: bool
    pattern: re.Pattern[str]

    def perform(self, call: Call) -> Any:
        """Carries out the action. Returns a record, a list of records, or the response itself."""
        if not self.action.startswith("call."):
            return getattr(actions, self.action)(call)
        result = attrgetter(self.action.removeprefix("call."))(call)
        return list(result.values()) if isinstance(result, dict) else result

    @property
    def status(self) -> int:
        if self.view == NOTHING:
            return 204
        if self.action in _TRIGGERS:
            return 202
        return 201 if self.method == "POST" else 200

    @property
    def is_paged(self) -> bool:
        """Whether the response is one page of a list, given by `page` and `per_page`."""
        if self.route_set == "workspaces":
            return self.action == "list_images"
        return self.action in _PAGED

    @property
    def shows_pipelines(self) -> bool:
        """Whether the response shows the state of pipelines."""
        return self.action in _SHOWING_PIPELINES

    @property
    def is_session(self) -> bool:
        """Whether the response tells whose session this is."""
        return self.action == "get_session"

    @property
    def is_public(self) -> bool:
        """Whether the route needs no API key."""
        return self.action in ("get_session", "check_health")


@cache
def routes_of(route_set: str, *, lenient: bool = False) -> tuple[Route, ...]:
    """Returns the routes of "workspaces", "slugs" or "published", or those of the last two: "both".

    If "both" has two routes for a request, the first one serves it. `lenient` only adds routes to
    "workspaces".
    """
    if route_set == "workspaces":
        # The first of two equal routes serves a request.
        table = _LENIENT_ROUTES * lenient + _WORKSPACES_ROUTES
        for places, rows in _ROUTES_OF_PLACES.items():
            table += "".join(rows.replace("PLACE", place) for place in places.split())
        return _routes(table, route_set)
    slugs = _routes(_RETIRED_ROUTES + _SLUG_ROUTES, "slugs")
    published = _routes(_RETIRED_ROUTES + _PUBLISHED_ROUTES, "published")
    both = (*_routes(_CREATE_ORG_ON_BOTH, "slugs"), *slugs, *published)
    return {"slugs": slugs, "published": published, "both": both}[route_set]


def _routes(table: str, route_set: str) -> tuple[Route, ...]:
    for abbreviation, text in _ABBREVIATIONS.items():
        table = table.replace(abbreviation, text)
    rows = map(str.split, filter(None, table.splitlines()))
    return tuple(_route(route_set, *row) for row in rows)


def _route(route_set: str, method: str, target: str, action: str, view: str, *fields: str) -> Route:
    path, _, query = target.partition("?")
    whole_path = path if path.startswith("/api/") else _PREFIX + path
    return Route(
        route_set=route_set,
        method=method,
        path=path,
        query=_query(query),
        action=action,
        view=view,
        body=_body([field for field in fields if field != "[]"]),
        takes_array="[]" in fields,
        pattern=re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", whole_path)),
    )


def _query(text: str) -> dict[str, str | None]:
    """Returns the default of each parameter, or None if it is required."""
    parameters = (part.partition("=") for part in text.split("&") if part)
    return {name: default if equals else None for name, equals, default in parameters}


def _body(fields: list[str]) -> Body:
    """Returns the kind of each field, with its mark."""
    names = {field: field.rstrip("!?") for field in fields}
    return {name: _KIND_OF[name] + field.removeprefix(name) for field, name in names.items()}


def find_route(
    routes: Iterable[Route], method: str, path: str
) -> tuple[Route | None, dict[str, str], list[str]]:
    """Returns the route, the values of its placeholders, and all methods that the path has.

    Of all routes that match, it is the one with the fewest placeholders.
    """
    path = plain_path(path)
    matching = [(match, route) for route in routes if (match := route.pattern.fullmatch(path))]
    methods = sorted({"OPTIONS", *(route.method for _, route in matching)} if matching else ())
    candidates = [pair for pair in matching if pair[1].method == method]
    if not candidates:
        return None, {}, methods
    match, route = min(candidates, key=lambda pair: pair[1].path.count(":"))
    return route, match.groupdict(), methods
