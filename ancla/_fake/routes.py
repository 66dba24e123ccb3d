"""The routes of `ancla.testing.FakeAncla`: one table for each generation.

A line is method, path, action, view, and the fields of the body: `!` marks one that has to be
there, `?` one that may be null. Any other field is refused, and so is a body where the route takes
none, unless they are to be ignored. What a path has behind its `?` has to be in the query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from . import actions as do
from .views import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .actions import Call

_PREFIX = "/api/v1"

Body = Mapping[str, str]

# A name is a text that is not blank; texts and numbers are objects of these.
_FIELDS_OF_KIND = {
    "name": "name slug platform username image_id service source_env target_env",
    "text": "strategy build_strategy organization_id project_id value raw github_repository "
    "auto_deploy_branch subdirectory github_environment_name health_check_path health_check_host",
    "flag": "admin secret buildtime privileged github_repository_is_private",
    "number": "github_app_installation_id deployment_timeout",
    "texts": "process_pod_classes variables",
    "numbers": "process_counts",
}
_KIND_OF = {field: kind for kind, fields in _FIELDS_OF_KIND.items() for field in fields.split()}
_SETTINGS = (
    "github_repository? github_repository_is_private? auto_deploy_branch? subdirectory? "
    "github_app_installation_id? github_environment_name? deployment_timeout? "
    "health_check_path? health_check_host?"
)

_SLUG_ROUTES = f"""
GET    /organizations                                list_orgs         Org
GET    /organizations/:org                           get_org           Org
POST   /organizations                                create_org        Org  name!
PATCH  /organizations/:org                           update_org        Org  name!
DELETE /organizations/:org                           delete_org        NOTHING
GET    /projects/:org                                list_projects     Project
GET    /projects/:org/:project                       get_project       Project
POST   /projects/:org                                create_project    Project  name!
PATCH  /projects/:org/:project                       update_project    Project  name!
DELETE /projects/:org/:project                       delete_project    NOTHING
GET    /applications/:org/:project                   list_apps         AppInList
GET    /applications/:org/:project/:app              get_app           App
POST   /applications/:org/:project                   create_app        App  name! platform!
PATCH  /applications/:org/:project/:app              update_app        App  {_SETTINGS} \
    name platform process_counts process_pod_classes privileged
DELETE /applications/:org/:project/:app              delete_app        NOTHING
POST   /applications/:org/:project/:app/deploy       deploy_app        AS_IT_STANDS
POST   /applications/:org/:project/:app/scale        scale_app         NOTHING  process_counts!
GET    /configurations/:org/:project/:app            list_config       ConfigVar
GET    /configurations/:org/:project/:app/:key       get_config        ConfigVar
POST   /configurations/:org/:project/:app            set_config        ConfigVar  \
    name! value! secret buildtime
DELETE /configurations/:org/:project/:app/:key       delete_config     NOTHING
GET    /images/:org/:project/:app                    list_images       ImageInList
GET    /images/:org/:project/:app/:image_id          get_image         Image
GET    /releases/:org/:project/:app                  list_releases     ReleaseInList
GET    /releases/:org/:project/:app/:release_id      get_release       Release
POST   /releases/:org/:project/:app/create           create_release    AS_IT_STANDS  image_id!
GET    /deployments/:org/:project/:app               list_deployments  DeploymentInList
GET    /deployments/:deployment_id/detail            get_deployment    Deployment
"""

_PUBLISHED_ROUTES = f"""
GET    /auth/session                                 get_session       Session
GET    /organizations                                list_orgs         OrgInList
GET    /organizations/:org                           get_org           PublishedOrg
POST   /organizations                                create_org        PublishedOrg  name! slug!
POST   /organizations/:org/members                   add_org_member    PublishedOrg  \
    username! admin
DELETE /organizations/:org/members/:user_id          remove_org_member AS_IT_STANDS
POST   /organizations/:org/members/:user_id/toggle-admin  toggle_org_admin  AS_IT_STANDS
GET    /projects                                     list_projects     ProjectInList
GET    /projects/:org/:project                       get_project       Project
POST   /projects                                     create_project    Project  \
    name! slug! organization_id!
GET    /applications/:org/:project                   list_apps         PublishedAppInList
GET    /applications/:org/:project/:app              get_app           App
POST   /applications                                 create_app        App  name! slug! project_id!
PATCH  /applications/:app_id/settings                update_app        App  {_SETTINGS}
POST   /applications/:app_id/deploy                  deploy_app        AS_IT_STANDS
POST   /applications/:app_id/scale                   scale_app         App  \
    process_counts process_pod_classes
GET    /applications/:app_id/deployments             list_deployments  DeploymentInList
GET    /applications/:app_id/pipeline-status         get_pipeline_status   PipelineStatus
GET    /applications/:app_id/pipeline-metrics        get_pipeline_metrics  PipelineMetrics
GET    /configurations/:app_id                       list_config       ConfigVar
GET    /configurations/:app_id/:variable_id          get_config        ConfigVar
POST   /configurations/:app_id                       create_config     ConfigVar  \
    name! value! secret buildtime
PATCH  /configurations/:app_id/:variable_id          update_config     ConfigVar  \
    value! secret? buildtime?
DELETE /configurations/:app_id/:variable_id          delete_config     AS_IT_STANDS
POST   /configurations/:app_id/bulk                  import_config     AS_IT_STANDS  \
    variables raw? secret buildtime
GET    /images/:app_id                               list_images       ImageInList
POST   /images/:app_id/build                         build_image       AS_IT_STANDS
GET    /images/:image_id/detail                      get_image         Image
GET    /images/:image_id/log                         get_image         BuildLog
GET    /releases/:app_id                             list_releases     ReleaseInList
POST   /releases/:app_id/create                      create_release    AS_IT_STANDS
POST   /releases/:release_id/deploy                  deploy_release    AS_IT_STANDS
GET    /releases/:release_id/detail                  get_release       Release
GET    /releases/:release_id/log                     get_release       BuildLog
GET    /deployments/:deployment_id/detail            get_deployment    Deployment
GET    /deployments/:deployment_id/log               get_deployment    DeploymentLog
"""

_WORKSPACES_ROUTES = """
GET    /auth/session               get_session         Session
GET    /workspaces                 list_orgs           WorkspaceInList
POST   /workspaces                 create_org          Workspace name!
GET    /workspaces/:org            get_org             Workspace
POST   WORKSPACE/members           add_member          WorkspaceMember username! admin
GET    WORKSPACE/projects          list_projects       WorkspaceProjectInList
POST   WORKSPACE/projects          create_project      WorkspaceProject name! slug
GET    PROJECT                     get_project         WorkspaceProject
PATCH  PROJECT                     update_project      WorkspaceProject name!
GET    PROJECT/envs                list_environments   EnvironmentInList
POST   PROJECT/envs                create_environment  WorkspaceEnvironment name!
GET    PROJECT/envs/:env           get_environment     WorkspaceEnvironment
GET    ENV/services                list_apps           ServiceInList
POST   ENV/services                create_app          Service \
    name! slug platform github_repository? build_strategy?
GET    SERVICE                     get_app             Service
PATCH  SERVICE                     update_app          Service \
    name github_repository? auto_deploy_branch?
POST   SERVICE/deploy              deploy_service      BuildStarted
GET    SERVICE/config              list_config         ConfigVar
POST   SERVICE/config              set_config          ConfigVar name! value! secret buildtime
GET    SERVICE/builds              list_images         BuildInList
POST   SERVICE/builds/trigger      trigger             BuildStarted strategy?
GET    SERVICE/builds/:version     get_image           Build
GET    SERVICE/builds/:version/log get_image           WorkspaceBuildLog
GET    SERVICE/deploys             list_deployments    DeployInList
GET    SERVICE/deploys/:deployment_id get_deployment      Deploy
GET    SERVICE/deploys/:deployment_id/log get_deployment      WorkspaceDeployLog
GET    PROJECT/pipeline/status?service&env get_pipeline_status WorkspacePipeline
GET    PROJECT/pipeline/metrics?service&env get_pipeline_metrics WorkspaceMetrics
POST   PROJECT/pipeline/rollback?service&env roll_back           AS_IT_STANDS
POST   PROJECT/promote             promote             AS_IT_STANDS service! source_env! target_env!
"""

# Not in the platform's document, but its own clients call them.
_UNPUBLISHED_ROUTES = """
PATCH  WORKSPACE                   update_org          Workspace name!
DELETE WORKSPACE                   delete_org          NOTHING
DELETE PROJECT                     delete_project      NOTHING
DELETE SERVICE                     delete_app          NOTHING
POST   SERVICE/scale               scale_app           NOTHING process_counts!
DELETE SERVICE/config/:variable_id delete_config       NOTHING
"""

_PLACES = {
    "WORKSPACE": "/workspaces/:org",
    "PROJECT": "WORKSPACE/projects/:project",
    "ENV": "PROJECT/envs/:env",
    "SERVICE": "ENV/services/:app",
}

_CREATE_ORG_ON_BOTH = "POST /organizations create_org Org name! slug"

_PAGED = (do.list_images, do.list_releases, do.list_deployments)
_TRIGGERS = (do.deploy_service, do.trigger, do.roll_back)
_WATCHING = (*_PAGED, do.get_image, do.get_release, do.get_deployment, do.get_pipeline_status)


@dataclass(frozen=True)
class Route:
    """What the action returns is shown as `view`."""

    method: str
    path: str
    action: Callable[[Call], object]
    view: str
    body: Body
    generation: str
    query: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        return self.generation == "published"

    @property
    def status(self) -> int:
        if self.view == NOTHING:
            return 204
        if self.action in _TRIGGERS:
            return 202
        return 201 if self.method == "POST" else 200

    @property
    def paged(self) -> bool:
        """Whether it answers its list in pages."""
        if self.generation == "workspaces":
            return self.action is do.list_images
        return self.action in _PAGED

    @property
    def watching(self) -> bool:
        """Whether it looks at the pipeline of its application."""
        return self.action in _WATCHING

    @property
    def open(self) -> bool:
        """Whether it answers without a key too."""
        return self.path == "/auth/session"


def routes_of(generation: str, *, lenient: bool = False) -> tuple[Route, ...]:
    """The routes of "slugs", "published", "both" (of two for the same thing the first counts) or
    "workspaces", with the unpublished ones if `lenient`."""
    if generation == "workspaces":
        table = _WORKSPACES_ROUTES + _UNPUBLISHED_ROUTES * lenient
        for place, path in reversed(_PLACES.items()):
            table = table.replace(f" {place}", f" {path}")
        return _routes(table, generation)
    slugs, published = _routes(_SLUG_ROUTES, "slugs"), _routes(_PUBLISHED_ROUTES, "published")
    both = (*_routes(_CREATE_ORG_ON_BOTH, "slugs"), *slugs, *published)
    return {"slugs": slugs, "published": published, "both": both}[generation]


def _routes(table: str, generation: str) -> tuple[Route, ...]:
    rows = map(str.split, filter(None, table.splitlines()))
    return tuple(
        Route(
            method,
            path.partition("?")[0],
            getattr(do, action),
            view,
            _body(fields),
            generation,
            tuple(filter(None, path.partition("?")[2].split("&"))),
        )
        for method, path, action, view, *fields in rows
    )


def _body(fields: list[str]) -> Body:
    """The kind of each field, with its mark."""
    names = {field: field.rstrip("!?") for field in fields}
    return {name: _KIND_OF[name] + field.removeprefix(name) for field, name in names.items()}


class Router:
    """Finds the route of a request: of those that fit, the one with the fewest placeholders."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = [
            (re.compile(_PREFIX + re.sub(r":(\w+)", r"(?P<\1>[^/]+)", route.path)), route)
            for route in routes
        ]

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str], list[str]]:
        """The route with the values in its path, and the methods that the path has at all."""
        path = plain_path(path)
        fitting = [
            (match, route) for pattern, route in self._routes if (match := pattern.fullmatch(path))
        ]
        methods = sorted({"OPTIONS", *(route.method for _, route in fitting)} if fitting else ())
        candidates = [pair for pair in fitting if pair[1].method == method]
        if not candidates:
            return None, {}, methods
        match, route = min(candidates, key=lambda pair: pair[1].path.count(":"))
        return route, match.groupdict(), methods


def plain_path(path: str) -> str:
    """A path as ASGI servers and the platform's framework understand it: `%2F` is a slash, and of
    slashes neither two in a row nor one at the end count.
    """
    return "/" + "/".join(filter(None, unquote(path).split("/")))
