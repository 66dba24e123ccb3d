"""The routes of `ancla.testing.FakeAncla`: one table for each generation.

A body is `{field: kind}`. A kind is text, name (a text that is not blank), flag, number, texts
or numbers (objects of these); `!` marks a field that has to be there, `?` one that may be null.
Any other field is refused, and so is a body where the route takes none; ANYTHING is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from . import actions as do
from .views import AS_IT_STANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .actions import Call

Body = Mapping[str, str]

ANYTHING: Body = {"*": "anything"}

_NAME = {"name": "name!"}
_SETTINGS = {
    "github_repository": "text?",
    "github_repository_is_private": "flag?",
    "auto_deploy_branch": "text?",
    "subdirectory": "text?",
    "github_app_installation_id": "number?",
    "github_environment_name": "text?",
    "deployment_timeout": "number?",
    "health_check_path": "text?",
    "health_check_host": "text?",
}
_APP_FIELDS = {
    **_SETTINGS,
    "name": "name",
    "platform": "name",
    "process_counts": "numbers",
    "process_pod_classes": "texts",
    "privileged": "flag",
}
_SCALE = {"process_counts": "numbers", "process_pod_classes": "texts"}
_VARIABLE = {"name": "name!", "value": "text!", "secret": "flag", "buildtime": "flag"}
_VARIABLE_CHANGE = {"value": "text!", "secret": "flag?", "buildtime": "flag?"}
_IMPORT = {"variables": "texts", "raw": "text?", "secret": "flag", "buildtime": "flag"}
_MEMBER = {"username": "name!", "admin": "flag"}


@dataclass(frozen=True)
class Route:
    """What the action returns is shown as `view`; without one the answer has no body.

    A `watching` route looks at the pipeline of its application; a `paged` one answers its list
    in pages.
    """

    method: str
    path: str
    action: Callable[[Call], object]
    view: str | None
    status: int
    body: Body | None = None
    watching: bool = False
    paged: bool = False
    published: bool = False

    @property
    def open(self) -> bool:
        """Whether it answers without a key too."""
        return self.path == "/auth/session"


_Action = Callable[["Call"], object]


def _read(path: str, action: _Action, view: str) -> Route:
    return Route("GET", path, action, view, 200)


def _watch(path: str, action: _Action, view: str) -> Route:
    return Route("GET", path, action, view, 200, watching=True)


def _pages(path: str, action: _Action, view: str) -> Route:
    return Route("GET", path, action, view, 200, watching=True, paged=True)


def _create(path: str, action: _Action, view: str, body: Body) -> Route:
    return Route("POST", path, action, view, 201, body)


def _trigger(path: str, action: _Action, body: Body | None = None) -> Route:
    return Route("POST", path, action, AS_IT_STANDS, 201, body)


def _change(path: str, action: _Action, view: str, body: Body) -> Route:
    return Route("PATCH", path, action, view, 200, body)


def _delete(path: str, action: _Action) -> Route:
    return Route("DELETE", path, action, None, 204)


def _delete_ok(path: str, action: _Action) -> Route:
    return Route("DELETE", path, action, AS_IT_STANDS, 200)


_SLUG_ROUTES = (
    _read("/organizations", do.list_orgs, "org on slug routes"),
    _read("/organizations/{org}", do.get_org, "org on slug routes"),
    _create("/organizations", do.create_org, "org on slug routes", _NAME),
    _change("/organizations/{org}", do.update_org, "org on slug routes", _NAME),
    _delete("/organizations/{org}", do.delete_org),
    _read("/projects/{org}", do.list_projects, "project"),
    _read("/projects/{org}/{project}", do.get_project, "project"),
    _create("/projects/{org}", do.create_project, "project", _NAME),
    _change("/projects/{org}/{project}", do.update_project, "project", _NAME),
    _delete("/projects/{org}/{project}", do.delete_project),
    _read("/applications/{org}/{project}", do.list_apps, "app in list on slug routes"),
    _read("/applications/{org}/{project}/{app}", do.get_app, "app"),
    _create("/applications/{org}/{project}", do.create_app, "app", {**_NAME, "platform": "name!"}),
    _change("/applications/{org}/{project}/{app}", do.update_app, "app", _APP_FIELDS),
    _delete("/applications/{org}/{project}/{app}", do.delete_app),
    _trigger("/applications/{org}/{project}/{app}/deploy", do.deploy_app),
    Route(
        "POST",
        "/applications/{org}/{project}/{app}/scale",
        do.scale_app,
        None,
        204,
        {"process_counts": "numbers!"},
    ),
    _read("/configurations/{org}/{project}/{app}", do.list_config, "variable"),
    _read("/configurations/{org}/{project}/{app}/{key}", do.get_config, "variable"),
    _create("/configurations/{org}/{project}/{app}", do.set_config, "variable", _VARIABLE),
    _delete("/configurations/{org}/{project}/{app}/{key}", do.delete_config),
    _pages("/images/{org}/{project}/{app}", do.list_images, "image in list"),
    _watch("/images/{org}/{project}/{app}/{image_id}", do.get_image, "image"),
    _pages("/releases/{org}/{project}/{app}", do.list_releases, "release in list"),
    _watch("/releases/{org}/{project}/{app}/{release_id}", do.get_release, "release"),
    _trigger("/releases/{org}/{project}/{app}/create", do.create_release, {"image_id": "name!"}),
    _pages("/deployments/{org}/{project}/{app}", do.list_deployments, "deployment"),
    _watch("/deployments/{deployment_id}/detail", do.get_deployment, "deployment"),
)

_PUBLISHED_ROUTES = (
    _read("/auth/session", do.get_session, "session"),
    _read("/organizations", do.list_orgs, "org in list"),
    _read("/organizations/{org}", do.get_org, "org"),
    _create("/organizations", do.create_org, "org", {**_NAME, "slug": "name!"}),
    _create("/organizations/{org}/members", do.add_org_member, "org", _MEMBER),
    _delete_ok("/organizations/{org}/members/{user_id}", do.remove_org_member),
    _trigger("/organizations/{org}/members/{user_id}/toggle-admin", do.toggle_org_admin),
    _read("/projects", do.list_projects, "project in list"),
    _read("/projects/{org}/{project}", do.get_project, "project"),
    _create(
        "/projects",
        do.create_project,
        "project",
        {**_NAME, "slug": "name!", "organization_id": "text!"},
    ),
    _read("/applications/{org}/{project}", do.list_apps, "app in list"),
    _read("/applications/{org}/{project}/{app}", do.get_app, "app"),
    _create(
        "/applications", do.create_app, "app", {**_NAME, "slug": "name!", "project_id": "text!"}
    ),
    _change("/applications/{app_id}/settings", do.update_app, "app", _SETTINGS),
    _trigger("/applications/{app_id}/deploy", do.deploy_app),
    _create("/applications/{app_id}/scale", do.scale_app, "app", _SCALE),
    _pages("/applications/{app_id}/deployments", do.list_deployments, "deployment"),
    _watch("/applications/{app_id}/pipeline-status", do.get_pipeline_status, "pipeline"),
    _read("/applications/{app_id}/pipeline-metrics", do.get_pipeline_metrics, "pipeline"),
    _read("/configurations/{app_id}", do.list_config, "variable"),
    _read("/configurations/{app_id}/{variable_id}", do.get_config, "variable"),
    _create("/configurations/{app_id}", do.create_config, "variable", _VARIABLE),
    _change(
        "/configurations/{app_id}/{variable_id}", do.update_config, "variable", _VARIABLE_CHANGE
    ),
    _delete_ok("/configurations/{app_id}/{variable_id}", do.delete_config),
    _trigger("/configurations/{app_id}/bulk", do.import_config, _IMPORT),
    _pages("/images/{app_id}", do.list_images, "image in list"),
    _trigger("/images/{app_id}/build", do.build_image),
    _watch("/images/{image_id}/detail", do.get_image, "image"),
    _watch("/images/{image_id}/log", do.get_image, "build log"),
    _pages("/releases/{app_id}", do.list_releases, "release in list"),
    _trigger("/releases/{app_id}/create", do.create_release, ANYTHING),
    _trigger("/releases/{release_id}/deploy", do.deploy_release),
    _watch("/releases/{release_id}/detail", do.get_release, "release"),
    _watch("/releases/{release_id}/log", do.get_release, "build log"),
    _watch("/deployments/{deployment_id}/detail", do.get_deployment, "deployment"),
    _watch("/deployments/{deployment_id}/log", do.get_deployment, "deployment log"),
)

_CREATE_ORG_ON_BOTH = _create(
    "/organizations", do.create_org, "org on slug routes", {**_NAME, "slug": "name"}
)


def routes_of(generation: str) -> tuple[Route, ...]:
    """The routes of "slugs", "published" or "both"; of two for the same thing the first counts."""
    published = tuple(replace(route, published=True) for route in _PUBLISHED_ROUTES)
    if generation == "published":
        return published
    if generation == "slugs":
        return _SLUG_ROUTES
    return (_CREATE_ORG_ON_BOTH, *_SLUG_ROUTES, *published)


class Router:
    """Finds the route of a request: of those that fit, the one with the most fixed segments."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._routes = [(tuple(route.path.strip("/").split("/")), route) for route in routes]

    def find(
        self, method: str, segments: list[str]
    ) -> tuple[Route | None, dict[str, str], list[str]]:
        """The route with the values in its path, and the methods that the path has at all."""
        fitting = [
            (template, route) for template, route in self._routes if _fits(template, segments)
        ]
        methods = sorted({route.method for _, route in fitting})
        candidates = [pair for pair in fitting if pair[1].method == method]
        if not candidates:
            return None, {}, methods
        template, route = max(candidates, key=lambda pair: _fixed_segments(pair[0]))
        values = {
            name[1:-1]: value for name, value in zip(template, segments) if name.startswith("{")
        }
        return route, values, methods


def _fits(template: tuple[str, ...], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        expected.startswith("{") or expected == segment
        for expected, segment in zip(template, segments)
    )


def _fixed_segments(template: tuple[str, ...]) -> int:
    return sum(not segment.startswith("{") for segment in template)
