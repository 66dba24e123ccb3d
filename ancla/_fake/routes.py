"""The routes of `ancla.testing.FakeAncla`: one table for each route set.

A line has the method, the path, the action, the view, and the fields of the body.

* A path is below /api/v1 unless it starts with /api. `:name` is a placeholder.
* The parameters of the query follow the `?` of the path. Each is required unless it has a default:
  `limit=10`, or `env=` for an empty one.
* The action is a function in `actions`, or an attribute of `actions.Call`, such as `call.app`.
* The view names the fields of the response, see `views`.
* In the body, `!` marks a required field, and `?` a field that may be null. `[]` before the first
  field says that the body is an array of such objects. Unknown fields are an error, and so is a
  body for a route without fields, unless FakeAncla is told to ignore them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from . import actions as do
from .records import SETTINGS
from .server import plain_path
from .views import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .actions import Call

_PREFIX = "/api/v1"

Body = Mapping[str, str]

# A "name" is text that is not blank, "texts" and "numbers" are objects of these, "list" is an array
# of text.
_FIELDS_OF_KIND = {
    "name": "name slug platform username image_id service source_env target_env prefix",
    "text": "strategy build_strategy organization_id project_id value raw expires_at",
    "flag": "admin secret buildtime personal config_only",
    "texts": "variables metadata",
    "list": "scopes",
}
_KIND_OF = {field: kind for kind, fields in _FIELDS_OF_KIND.items() for field in fields.split()}
_KIND_OF_TYPE = {
    "str": "text",
    "bool": "flag",
    "int": "number",
    "dict[str, str]": "texts",
    "dict[str, int]": "numbers",
}
for _name, _setting in SETTINGS.items():
    _KIND_OF[_name] = _KIND_OF_TYPE[str(_setting.type).removesuffix(" | None")]
# These have routes of their own, or are not null.
_SEPARATE = ("process_counts", "process_pod_classes", "privileged")
_SETTINGS = " ".join(f"{name}?" for name in SETTINGS if name not in _SEPARATE)

_SLUG_ROUTES = f"""
GET    /organizations                                list_orgs         Org
GET    /organizations/:org                           call.org          Org
POST   /organizations                                create_org        Org  name!
PATCH  /organizations/:org                           update_org        Org  name!
DELETE /organizations/:org                           delete_org        NOTHING
GET    /projects/:org                                list_projects     Project
GET    /projects/:org/:project                       call.project      Project
POST   /projects/:org                                create_project    Project  name!
PATCH  /projects/:org/:project                       update_project    Project  name!
DELETE /projects/:org/:project                       delete_project    NOTHING
GET    /applications/:org/:project                   list_apps         AppInList
GET    /applications/:org/:project/:app              call.app          App
POST   /applications/:org/:project                   create_app        App  name! platform!
PATCH  /applications/:org/:project/:app              update_app        App  {_SETTINGS} \
    name platform process_counts process_pod_classes privileged
DELETE /applications/:org/:project/:app              delete_app        NOTHING
POST   /applications/:org/:project/:app/deploy       deploy_app        AS_IT_STANDS
POST   /applications/:org/:project/:app/scale        scale_app         NOTHING  process_counts!
GET    /configurations/:org/:project/:app            list_config       ConfigVar
GET    /configurations/:org/:project/:app/:key       call.variable     ConfigVar
POST   /configurations/:org/:project/:app            set_config        ConfigVar  \
    name! value! secret buildtime
DELETE /configurations/:org/:project/:app/:key       delete_config     NOTHING
GET    /images/:org/:project/:app                    list_images       ImageInList
GET    /images/:org/:project/:app/:image_id          call.image        Image
GET    /releases/:org/:project/:app                  list_releases     ReleaseInList
GET    /releases/:org/:project/:app/:release_id      call.release      Release
POST   /releases/:org/:project/:app/create           create_release    AS_IT_STANDS  image_id!
GET    /deployments/:org/:project/:app               list_deployments  DeploymentInList
GET    /deployments/:deployment_id/detail            call.deployment   Deployment
"""

_PUBLISHED_ROUTES = f"""
GET    /auth/session                                 get_session       Session
GET    /organizations                                list_orgs         OrgInList
GET    /organizations/:org                           call.org          PublishedOrg
POST   /organizations                                create_org        PublishedOrg  name! slug!
POST   /organizations/:org/members                   add_org_member    PublishedOrg  \
    username! admin
DELETE /organizations/:org/members/:user_id          remove_org_member AS_IT_STANDS
POST   /organizations/:org/members/:user_id/toggle-admin  toggle_org_admin  AS_IT_STANDS
GET    /projects                                     list_projects     ProjectInList
GET    /projects/:org/:project                       call.project      Project
POST   /projects                                     create_project    Project  \
    name! slug! organization_id!
GET    /applications/:org/:project                   list_apps         PublishedAppInList
GET    /applications/:org/:project/:app              call.app          App
POST   /applications                                 create_app        App  name! slug! project_id!
PATCH  /applications/:app_id/settings                update_app        App  {_SETTINGS}
POST   /applications/:app_id/deploy                  deploy_app        AS_IT_STANDS
POST   /applications/:app_id/scale                   scale_app         App  \
    process_counts process_pod_classes
GET    /applications/:app_id/deployments             list_deployments  DeploymentInList
GET    /applications/:app_id/pipeline-status         get_pipeline_status   PipelineStatus
GET    /applications/:app_id/pipeline-metrics        get_pipeline_metrics  PipelineMetrics
GET    /configurations/:app_id                       list_config       ConfigVar
GET    /configurations/:app_id/:variable_id          call.variable     ConfigVar
POST   /configurations/:app_id                       create_config     ConfigVar  \
    name! value! secret buildtime
PATCH  /configurations/:app_id/:variable_id          update_config     ConfigVar  \
    value! secret? buildtime?
DELETE /configurations/:app_id/:variable_id          delete_config     AS_IT_STANDS
POST   /configurations/:app_id/bulk                  import_config     AS_IT_STANDS  \
    variables raw? secret buildtime
GET    /images/:app_id                               list_images       ImageInList
POST   /images/:app_id/build                         build_image       AS_IT_STANDS
GET    /images/:image_id/detail                      call.image        Image
GET    /images/:image_id/log                         call.image        BuildLog
GET    /releases/:app_id                             list_releases     ReleaseInList
POST   /releases/:app_id/create                      create_release    AS_IT_STANDS
POST   /releases/:release_id/deploy                  deploy_release    AS_IT_STANDS
GET    /releases/:release_id/detail                  call.release      Release
GET    /releases/:release_id/log                     call.release      BuildLog
GET    /deployments/:deployment_id/detail            call.deployment   Deployment
GET    /deployments/:deployment_id/log               call.deployment   DeploymentLog
"""

_WORKSPACES_ROUTES = """
GET    /auth/session                    get_session         Session
GET    /integrations/health             check_health        AS_IT_STANDS
GET    /api/keys?limit=50&offset=0      list_keys           ApiKey
POST   /api/keys                        create_key          NewApiKey \
    name! scopes prefix expires_at? metadata
GET    /api/keys/:key_id                call.key            ApiKey
DELETE /api/keys/:key_id                delete_key          NOTHING
POST   /api/keys/:key_id/revoke         revoke_key          NOTHING
GET    /workspaces                      list_orgs           WorkspaceInList
POST   /workspaces                      create_org          Workspace name! personal
GET    /workspaces/:org                 call.org            Workspace
GET    WORKSPACE/members                list_members        WorkspaceMember
POST   WORKSPACE/members                add_member          WorkspaceMember username! admin
GET    WORKSPACE/teams                  list_teams          Team
POST   WORKSPACE/teams                  create_team         Team name!
GET    WORKSPACE/projects               list_projects       WorkspaceProjectInList
POST   WORKSPACE/projects               create_project      WorkspaceProject name! slug
GET    PROJECT                          call.project        WorkspaceProject
PATCH  PROJECT                          update_project      WorkspaceProject name!
GET    PROJECT/envs                     list_environments   EnvironmentInList
POST   PROJECT/envs                     create_environment  WorkspaceEnvironment name!
GET    PROJECT/envs/:env                call.environment    WorkspaceEnvironment
PATCH  PROJECT/envs/:env                update_environment  WorkspaceEnvironment name!
GET    ENV/services                     list_apps           ServiceInList
POST   ENV/services                     create_app          Service \
    name! slug platform github_repository? build_strategy?
GET    SERVICE                          call.app            Service
PATCH  SERVICE                          update_app          Service \
    name github_repository? auto_deploy_branch?

GET    WORKSPACE/config                 list_config         WorkspaceConfigVar
POST   WORKSPACE/config                 set_config          WorkspaceConfigVar VARIABLE
GET    TEAM/config                      list_config         WorkspaceConfigVar
POST   TEAM/config                      set_config          WorkspaceConfigVar VARIABLE
GET    PROJECT/config                   list_config         WorkspaceConfigVar
POST   PROJECT/config                   set_config          WorkspaceConfigVar VARIABLE
GET    ENV/config                       list_config         WorkspaceConfigVar
POST   ENV/config                       set_config          WorkspaceConfigVar VARIABLE
POST   ENV/config/bulk                  set_all_config      WorkspaceConfigVar [] VARIABLE
DELETE ENV/config/:variable_id          delete_config       NOTHING
GET    SERVICE/config                   list_config         WorkspaceConfigVar
POST   SERVICE/config                   set_config          WorkspaceConfigVar VARIABLE
GET    SERVICE/config/resolved          resolve_config      VALUES

POST   SERVICE/deploy                   deploy_service      BuildStarted
GET    SERVICE/builds                   list_images         BuildInList
POST   SERVICE/builds/trigger           trigger             BuildStarted strategy?
GET    SERVICE/builds/:version          call.image          Build
GET    SERVICE/builds/:version/log      call.image          WorkspaceBuildLog
GET    SERVICE/deploys                  list_deployments    DeployInList
GET    SERVICE/deploys/:deployment_id   call.deployment     Deploy
GET    SERVICE/deploys/:deployment_id/log  call.deployment  WorkspaceDeployLog
POST   ENV/deploy?service=              deploy_environment  BuildStarted
GET    ENV/deploys                      list_environment_deployments  DeployInList
GET    ENV/deploys/:deployment_id       call.deployment     Deploy
GET    ENV/deploys/:deployment_id/log   call.deployment     WorkspaceDeployLog
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

# The platform's API document lacks these routes and this body of a deploy, but the platform's own
# clients use them.
_LENIENT_ROUTES = """
POST   SERVICE/deploy                   deploy_service      BuildStarted config_only
PATCH  WORKSPACE                        update_org          Workspace name!
DELETE WORKSPACE                        delete_org          NOTHING
DELETE PROJECT                          delete_project      NOTHING
DELETE SERVICE                          delete_app          NOTHING
POST   SERVICE/scale                    scale_app           NOTHING process_counts!
DELETE WORKSPACE/config/:variable_id    delete_config       NOTHING
DELETE PROJECT/config/:variable_id      delete_config       NOTHING
DELETE SERVICE/config/:variable_id      delete_config       NOTHING
"""

# Abbreviations in the workspaces tables. One may contain those that follow it.
_ABBREVIATIONS = {
    " VARIABLE": " name! value! secret buildtime",
    " SERVICE": " ENV/services/:app",
    " ENV": " PROJECT/envs/:env",
    " PROJECT": " WORKSPACE/projects/:project",
    " TEAM": " WORKSPACE/teams/:team",
    " WORKSPACE": " /workspaces/:org",
}

_CREATE_ORG_ON_BOTH = "POST /organizations create_org Org name! slug"

_PAGED = (do.list_images, do.list_releases, do.list_deployments)
_TRIGGERS = (do.deploy_service, do.deploy_environment, do.trigger, do.roll_back)
_PIPELINE_LISTS = (*_PAGED, do.list_environment_deployments, do.get_pipeline_status)
_PIPELINE_RECORDS = ("call.image", "call.release", "call.deployment")


@dataclass
class Route:
    """One line of a table.

    query:       the default of each parameter, or None if it is required
    body:        the kind of each field, with its mark; empty if the route takes no body
    takes_array: whether the body is an array of such objects
    shows_pipelines: whether the response shows the state of pipelines
    """

    method: str
    path: str
    query: Mapping[str, str | None]
    action: Callable[[Call], object]
    view: str
    body: Body
    takes_array: bool
    shows_pipelines: bool
    route_set: str

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
            return self.action is do.list_images
        return self.action in _PAGED

    @property
    def has_offset(self) -> bool:
        """Whether the response is a part of a list, given by `limit` and `offset`."""
        return self.action is do.list_keys

    @property
    def is_session(self) -> bool:
        """Whether the response tells whose session this is."""
        return self.action is do.get_session

    @property
    def is_public(self) -> bool:
        """Whether the route needs no API key."""
        return self.is_session or self.action is do.check_health


@cache
def routes_of(route_set: str, *, lenient: bool = False) -> tuple[Route, ...]:
    """Returns the routes of "workspaces", "slugs" or "published", or those of the last two: "both".

    If "both" has two routes for a request, the first one serves it. `lenient` only adds routes to
    "workspaces".
    """
    if route_set == "workspaces":
        # The first of two equal routes serves a request.
        table = _LENIENT_ROUTES * lenient + _WORKSPACES_ROUTES
        for abbreviation, text in _ABBREVIATIONS.items():
            table = table.replace(abbreviation, text)
        return _routes(table, route_set)
    slugs, published = _routes(_SLUG_ROUTES, "slugs"), _routes(_PUBLISHED_ROUTES, "published")
    both = (*_routes(_CREATE_ORG_ON_BOTH, "slugs"), *slugs, *published)
    return {"slugs": slugs, "published": published, "both": both}[route_set]


def _routes(table: str, route_set: str) -> tuple[Route, ...]:
    rows = map(str.split, filter(None, table.splitlines()))
    return tuple(_route(route_set, *row) for row in rows)


def _route(
    route_set: str, method: str, target: str, action_name: str, view: str, *fields: str
) -> Route:
    path, _, query = target.partition("?")
    action = _action(action_name)
    return Route(
        method=method,
        path=path,
        query=_query(query),
        action=action,
        view=view,
        body=_body([field for field in fields if field != "[]"]),
        takes_array="[]" in fields,
        shows_pipelines=action in _PIPELINE_LISTS or action_name in _PIPELINE_RECORDS,
        route_set=route_set,
    )


def _action(name: str) -> Callable[[Call], object]:
    """Returns a function in `actions`, or one that reads an attribute of the call."""
    if name.startswith("call."):
        return attrgetter(name.removeprefix("call."))
    function: Callable[[Call], object] = getattr(do, name)
    return function


def _query(text: str) -> dict[str, str | None]:
    """Returns the default of each parameter, or None if it is required."""
    parameters = (part.partition("=") for part in text.split("&") if part)
    return {name: default if equals else None for name, equals, default in parameters}


def _body(fields: list[str]) -> Body:
    """Returns the kind of each field, with its mark."""
    names = {field: field.rstrip("!?") for field in fields}
    return {name: _KIND_OF[name] + field.removeprefix(name) for field, name in names.items()}


class Router:
    """Finds the route of a request: of all that match, the one with the fewest placeholders."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = [(_pattern(route.path), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], list[str]]:
        """Returns the route, the values of its placeholders, and all methods that the path has."""
        path = plain_path(path)
        matching = [
            (match, route) for pattern, route in self._routes if (match := pattern.fullmatch(path))
        ]
        methods = sorted({"OPTIONS", *(route.method for _, route in matching)} if matching else ())
        candidates = [pair for pair in matching if pair[1].method == method]
        if not candidates:
            return None, {}, methods
        match, route = min(candidates, key=lambda pair: pair[1].path.count(":"))
        return route, match.groupdict(), methods


@cache
def _pattern(path: str) -> re.Pattern[str]:
    whole_path = path if path.startswith("/api/") else _PREFIX + path
    return re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", whole_path))
