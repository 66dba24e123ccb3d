"""The operations of `ancla.testing.FakeAncla`: one function for each.

Most functions serve all route sets that have the operation: "workspaces", "published", "slugs". A
comment names the route sets of the others.
`Call` finds the records by the slugs or ids in the path, in the query or, for a promotion, in the
body. A route that only reads one record needs no function: its line in `routes` names an attribute
of Call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import pipeline
from .errors import Invalid, Missing
from .platform import Platform, by_id, check_config_name, found, resolved_config
from .records import (
    ApiKey,
    App,
    Config,
    ConfigOwner,
    Deployment,
    Environment,
    Image,
    Member,
    Org,
    Pipeline,
    PipelineRun,
    Project,
    Promotion,
    Release,
    Session,
    StageMetrics,
    Team,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass
class Call:
    """A request whose query and body have been checked.

    names: the values of the placeholders in the path and of the parameters in the query
    body:  the object in the body
    items: all objects in the body, for a route that takes an array
    """

    platform: Platform
    names: dict[str, str]
    body: dict[str, Any]
    items: list[dict[str, Any]]
    has_key: bool

    # The records in the path, from the widest to the narrowest

    @property
    def org(self) -> Org:
        return self.platform.org(self.names["org"])

    @property
    def team(self) -> Team:
        return found(self.org.teams.get(self.names["team"]))

    @property
    def project(self) -> Project:
        return self.platform.project(self.names["org"], self.names["project"])

    @property
    def environment(self) -> Environment:
        """The environment in the path or query, or production if neither names one."""
        names = [self.names[name] for name in ("org", "project", "env") if name in self.names]
        return self.platform.environment(*names)

    @property
    def app(self) -> App:
        if "app_id" in self.names:
            return self.platform.app_by_id(self.names["app_id"])
        return self.app_in(self.environment)

    def app_in(self, environment: Environment) -> App:
        return found(environment.apps.get(self.names["app"]))

    @property
    def config_owner(self) -> ConfigOwner:
        """The record whose variables the request is about: the narrowest one in the path."""
        if "app_id" in self.names or "app" in self.names:
            return self.app
        if "env" in self.names:
            return self.environment
        if "project" in self.names:
            return self.project
        return self.team if "team" in self.names else self.org

    @property
    def chosen_apps(self) -> list[App]:
        """The applications of the project. `env` and `app` select among them.

        Raises Missing if no application has the slug `app`, or if the project or environment does
        not exist.
        """
        environments = list(self.project.environments.values())
        if self.names.get("env"):
            environments = [self.environment]
        apps = [app for environment in environments for app in environment.apps.values()]
        if self.names.get("app"):
            apps = [app for app in apps if app.slug == self.names["app"]]
            if not apps:
                raise Missing
        return apps

    @property
    def shown_apps(self) -> list[App]:
        """The applications whose pipelines the response shows."""
        for name in ("image", "release", "deployment"):
            if f"{name}_id" in self.names:
                return [getattr(self, name).app]
        if "app" in self.names or "app_id" in self.names:
            return [self.app]
        return list(self.environment.apps.values())

    # Other records: API keys, variables, and what pipelines make

    @property
    def key(self) -> ApiKey:
        return found(self.platform.keys.get(self.names["key_id"]))

    @property
    def variable(self) -> Config:
        if "variable_id" in self.names:
            return by_id(self.config_owner.config.values(), self.names["variable_id"])
        return found(self.config_owner.config.get(self.names["key"]))

    @property
    def image(self) -> Image:
        if "version" in self.names:
            images = (it for it in self.app.images if str(it.version) == self.names["version"])
            return found(next(images, None))
        image = self.platform.image_by_id(self.names["image_id"])
        self._check_app(image.app)
        return image

    @property
    def release(self) -> Release:
        release = self.platform.release_by_id(self.names["release_id"])
        self._check_app(release.app)
        return release

    @property
    def deployment(self) -> Deployment:
        deployment = self.platform.deployment_by_id(self.names["deployment_id"])
        self._check_app(deployment.app)
        return deployment

    def _check_app(self, app: App) -> None:
        """Raises Missing if the path names another application or environment."""
        if "app" in self.names and self.app is not app:
            raise Missing
        if "env" in self.names and self.environment is not app.environment:
            raise Missing


# Organizations, teams and keys


def check_health(call: Call) -> dict[str, object]:
    return {"status": "ok"}


def get_session(call: Call) -> Session:
    return Session(call.has_key, call.platform.user if call.has_key else None)


def list_orgs(call: Call) -> list[Org]:
    return list(call.platform.orgs.values())


def create_org(call: Call) -> Org:
    return call.platform.create_org(**call.body)


def update_org(call: Call) -> Org:
    call.platform.update(call.org, call.body)
    return call.org


def delete_org(call: Call) -> None:
    call.platform.delete_org(call.org)


def list_members(call: Call) -> list[Member]:
    return call.org.members


# Only for "published"
def add_org_member(call: Call) -> Org:
    add_member(call)
    return call.org


# Only for "workspaces"
def add_member(call: Call) -> Member:
    return call.platform.add_member(call.org, call.body["username"], call.body.get("admin", False))


def remove_org_member(call: Call) -> dict[str, object]:
    if call.org.people.pop(call.names["user_id"], None) is None:
        raise Missing
    return {"ok": True}


def toggle_org_admin(call: Call) -> dict[str, object]:
    member = call.org.people.get(call.names["user_id"])
    if member is None:
        raise Missing
    member.admin = not member.admin
    return {"ok": True, "admin": member.admin}


def list_teams(call: Call) -> list[Team]:
    return list(call.org.teams.values())


def create_team(call: Call) -> Team:
    return call.platform.create_team(call.org, **call.body)


def list_keys(call: Call) -> list[ApiKey]:
    return list(call.platform.keys.values())


def create_key(call: Call) -> ApiKey:
    return call.platform.create_key(**call.body)


def revoke_key(call: Call) -> None:
    call.key.is_active = False


def delete_key(call: Call) -> None:
    del call.platform.keys[call.key.id]


# Projects and environments


def list_projects(call: Call) -> list[Project]:
    if "org" in call.names:
        return list(call.org.projects.values())
    return list(call.platform.projects())


def create_project(call: Call) -> Project:
    body = dict(call.body)
    org_id = body.pop("organization_id", None)
    org = call.org if org_id is None else call.platform.org_by_id(org_id)
    return call.platform.create_project(org, **body)


def update_project(call: Call) -> Project:
    call.platform.update(call.project, call.body)
    return call.project


def delete_project(call: Call) -> None:
    call.platform.delete_project(call.project)


def list_environments(call: Call) -> list[Environment]:
    return list(call.project.environments.values())


def create_environment(call: Call) -> Environment:
    return call.platform.create_environment(call.project, **call.body)


def update_environment(call: Call) -> Environment:
    call.platform.update(call.environment, call.body)
    return call.environment


# Applications


def list_apps(call: Call) -> list[App]:
    return list(call.environment.apps.values())


def create_app(call: Call) -> App:
    body = dict(call.body)
    project_id = body.pop("project_id", None)
    if project_id is None:
        return call.platform.create_app(call.environment, **body)
    return call.platform.create_app(call.platform.project_by_id(project_id).production, **body)


def update_app(call: Call) -> App:
    call.platform.update_app(call.app, call.body)
    return call.app


def delete_app(call: Call) -> None:
    call.platform.delete_app(call.app)


def scale_app(call: Call) -> App:
    counts, classes = call.body.get("process_counts", {}), call.body.get("process_pod_classes", {})
    call.platform.scale(call.app, counts, classes)
    return call.app


def observe(call: Call) -> dict[str, object]:
    """Returns one measurement. The processes of FakeAncla use no CPU and no memory."""
    pods = sum(sum(app.process_counts.values()) for app in call.chosen_apps)
    usage = {"cpu_usage_m": 0, "memory_usage_bytes": 0, "pod_count": pods, "restart_count": 0}
    timestamp = call.project.created
    return {"range": call.names["range"], "history": [{"timestamp": timestamp, **usage}]}


# Configuration


def list_config(call: Call) -> list[Config]:
    return list(call.config_owner.config.values())


def create_config(call: Call) -> Config:
    return call.platform.create_config(call.config_owner, **call.body)


def set_config(call: Call) -> Config:
    return call.platform.set_config(call.config_owner, call.body)


def set_all_config(call: Call) -> list[Config]:
    """Sets all variables, or none if one of them is invalid."""
    for item in call.items:
        check_config_name(item["name"])
    return [call.platform.set_config(call.config_owner, item) for item in call.items]


def update_config(call: Call) -> Config:
    given = {name: value for name, value in call.body.items() if value is not None}
    call.platform.update(call.variable, given)
    return call.variable


def delete_config(call: Call) -> dict[str, object]:
    del call.config_owner.config[call.variable.name]
    return {"ok": True}


def import_config(call: Call) -> dict[str, object]:
    return call.platform.import_config(
        call.app,
        call.body.get("variables", {}),
        call.body.get("raw") or "",
        secret=call.body.get("secret", False),
        buildtime=call.body.get("buildtime", False),
    )


def resolve_config(call: Call) -> dict[str, Config]:
    return resolved_config(call.app)


# The pipeline


# For "slugs" and "published"
def deploy_app(call: Call) -> dict[str, object]:
    image = call.platform.pipelines.start_build(call.app, deploy=True)
    return {"ok": True, "image_id": image.id}


# Only for "published"
def build_image(call: Call) -> dict[str, object]:
    image = call.platform.pipelines.start_build(call.app, deploy=False)
    return {"ok": True, "image_id": image.id, "version": image.version}


# Only for "workspaces"
def trigger(call: Call) -> Image:
    return call.platform.pipelines.start_build(call.app, deploy=False, **call.body)


# Only for "workspaces"
def deploy_service(call: Call) -> Image | Deployment:
    if call.body.get("config_only"):
        return call.platform.pipelines.deploy_config(call.app)
    return call.platform.pipelines.start_build(call.app, deploy=True)


def deploy_environment(call: Call) -> Image:
    """Deploys all applications, or the one in the query. Returns the last build."""
    apps = call.chosen_apps
    if not apps:
        raise Invalid("there is nothing to deploy")
    return [call.platform.pipelines.start_build(app, deploy=True) for app in apps][-1]


def roll_back(call: Call) -> Deployment:
    return call.platform.pipelines.roll_back(call.app)


def promote(call: Call) -> Deployment:
    # A promotion has in its body what a preview has in its query.
    call.names.update(call.body, app=call.body["service"])
    promotion = preview_promotion(call)
    return call.platform.pipelines.promote(promotion.source, promotion.target)


def preview_promotion(call: Call) -> Promotion:
    environments = call.project.environments
    source, target = (
        found(environments.get(call.names[field])) for field in ("source_env", "target_env")
    )
    return Promotion(call.app_in(source), call.app_in(target))


def create_release(call: Call) -> dict[str, object]:
    """Makes a release of the image in the body, or without one of the newest built image."""
    if "image_id" in call.body:
        images = (it for it in call.app.images if it.id == call.body["image_id"])
        image = next(images, None)
        if image is None:
            raise Invalid("the application has no such image", "image_id")
    else:
        image = pipeline.latest_built_image(call.app)
    release = call.platform.pipelines.start_release(image)
    return {"ok": True, "release_id": release.id, "version": release.version}


def deploy_release(call: Call) -> dict[str, object]:
    deployment = call.platform.pipelines.start_deployment(call.release)
    return {"ok": True, "deployment_id": deployment.id}


def list_images(call: Call) -> list[Image]:
    return call.app.images[::-1]


def list_releases(call: Call) -> list[Release]:
    return call.app.releases[::-1]


def list_deployments(call: Call) -> list[Deployment]:
    return call.app.deployments[::-1]


def list_environment_deployments(call: Call) -> list[Deployment]:
    deployments = [it for app in call.environment.apps.values() for it in app.deployments]
    # A newer record has a higher id.
    return sorted(deployments, key=lambda deployment: deployment.id, reverse=True)


def get_pipeline_status(call: Call) -> Pipeline:
    app = call.app
    return Pipeline(_last(app.images), _last(app.releases), _last(app.deployments))


def get_pipeline_metrics(call: Call) -> Pipeline:
    app = call.app
    stages: tuple[Sequence[Any], ...] = (app.images, app.releases, app.deployments)
    return Pipeline(*map(StageMetrics.of, stages))


def list_pipeline_history(call: Call) -> list[PipelineRun]:
    return pipeline.history(call.app)[: int(call.names["limit"])]


def _last(stages: Sequence[Any]) -> Any:
    return stages[-1] if stages else None
