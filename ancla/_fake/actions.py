"""The operations of `ancla.testing.FakeAncla`.

`Call` finds the records by the slugs or ids in the path, in the query or, for a promotion, in the
body. A route that only reads records needs no function: its line in `routes` names an attribute of
Call. `update` and `delete` serve all records with a slug. Each other operation has a function.
Most functions serve all route sets that have the operation: "workspaces", "published", "slugs". A
comment names the route sets of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .._api.dotenv import parse_dotenv
from . import pipeline
from .errors import Invalid, Missing
from .platform import AnyRecord, Platform, by_id, check_config_name, found
from .records import (
    PRODUCTION,
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
    may_be_null,
    now,
)


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
        return found(self.platform.orgs.get(self.names["org"]))

    @property
    def team(self) -> Team:
        return found(self.org.teams.get(self.names["team"]))

    @property
    def project(self) -> Project:
        return found(self.org.projects.get(self.names["project"]))

    @property
    def environment(self) -> Environment:
        """The environment in the path or query, or production if neither names one."""
        return found(self.project.environments.get(self.names.get("env", PRODUCTION)))

    @property
    def app(self) -> App:
        if "app_id" in self.names:
            return by_id(self.platform.apps, self.names["app_id"])
        return self.app_in(self.environment)

    def app_in(self, environment: Environment) -> App:
        return found(environment.apps.get(self.names["app"]))

    @property
    def named(self) -> ConfigOwner:
        """The narrowest of these records: the one to change or delete, or the variables' owner."""
        if "app_id" in self.names or "app" in self.names:
            return self.app
        if "env" in self.names:
            return self.environment
        if "project" in self.names:
            return self.project
        return self.team if "team" in self.names else self.org

    @property
    def apps(self) -> list[App]:
        """The applications that the request can be about: without a project, all applications.

        Of a project, those of one environment, and only the one with the slug `app` if there is an
        `app`. An empty `env` or `app` in the query stands for any. Raises Missing for unknown ones.
        """
        if "app_id" in self.names:
            return [self.app]
        if "project" not in self.names:
            return self.platform.apps
        if self.names.get("env") == "":
            environments = list(self.project.environments.values())
        else:
            environments = [self.environment]
        apps = [app for environment in environments for app in environment.apps.values()]
        if self.names.get("app"):
            apps = [app for app in apps if app.slug == self.names["app"]]
            if not apps:
                raise Missing
        return apps

    # Other records: API keys, variables, and what pipelines make

    @property
    def key(self) -> ApiKey:
        return found(self.platform.keys.get(self.names["key_id"]))

    @property
    def variable(self) -> Config:
        variables = self.named.config
        if "variable_id" in self.names:
            return by_id(variables.values(), self.names["variable_id"])
        return found(variables.get(self.names["key"]))

    @property
    def image(self) -> Image:
        images = [image for app in self.apps for image in app.images]
        if "version" in self.names:
            version = self.names["version"]
            return found(next((image for image in images if str(image.version) == version), None))
        return by_id(images, self.names["image_id"])

    @property
    def release(self) -> Release:
        releases = (release for app in self.apps for release in app.releases)
        return by_id(releases, self.names["release_id"])

    @property
    def deployment(self) -> Deployment:
        deployments = (deployment for app in self.apps for deployment in app.deployments)
        return by_id(deployments, self.names["deployment_id"])


def update(call: Call) -> ConfigOwner:
    return _changed(call.named, call.body)


def delete(call: Call) -> None:
    call.platform.delete(call.named)


def _changed(record: AnyRecord, changes: dict[str, Any]) -> AnyRecord:
    """Changes fields. None resets a field that may be null; others ignore it."""
    nullable = {field.name for field in fields(record) if may_be_null(field)}
    for name, value in changes.items():
        if value is not None or name in nullable:
            setattr(record, name, value)
    record.updated = now()
    return record


# Organizations, teams and keys


def check_health(call: Call) -> dict[str, object]:
    return {"status": "ok"}


def get_session(call: Call) -> Session:
    return Session(call.has_key, call.platform.user if call.has_key else None)


def create_org(call: Call) -> Org:
    return call.platform.create_org(**call.body)


# Only for "published"
def add_org_member(call: Call) -> Org:
    add_member(call)
    return call.org


# Only for "workspaces"
def add_member(call: Call) -> Member:
    return call.platform.add_member(call.org, **call.body)


def remove_org_member(call: Call) -> dict[str, object]:
    found(call.org.people.pop(call.names["user_id"], None))
    return {"ok": True}


def toggle_org_admin(call: Call) -> dict[str, object]:
    member = found(call.org.people.get(call.names["user_id"]))
    member.admin = not member.admin
    return {"ok": True, "admin": member.admin}


def create_team(call: Call) -> Team:
    return call.platform.create(Team, call.org.teams, **call.body)


def create_key(call: Call) -> ApiKey:
    return call.platform.create_key(**call.body)


def revoke_key(call: Call) -> None:
    call.key.is_active = False


def delete_key(call: Call) -> None:
    del call.platform.keys[call.key.id]


# Projects and environments


def create_project(call: Call) -> Project:
    body = dict(call.body)
    org_id = body.pop("organization_id", None)
    org = call.org if org_id is None else by_id(call.platform.orgs.values(), org_id)
    return call.platform.create_project(org, **body)


def create_environment(call: Call) -> Environment:
    return call.platform.create_environment(call.project, **call.body)


# Applications


def create_app(call: Call) -> App:
    body = dict(call.body)
    project_id = body.pop("project_id", None)
    if project_id is None:
        environment = call.environment
    else:
        environment = by_id(call.platform.projects, project_id).environments[PRODUCTION]
    return call.platform.create_app(environment, **body)


def scale_app(call: Call) -> App:
    app = call.app
    for process, count in call.body.get("process_counts", {}).items():
        if count < 0:
            raise Invalid("Expected `int` >= 0", f"process_counts.{process}")
    return _changed(app, {name: getattr(app, name) | given for name, given in call.body.items()})


def observe(call: Call) -> dict[str, object]:
    """Returns one measurement. The processes of FakeAncla use no CPU and no memory."""
    pods = sum(sum(app.process_counts.values()) for app in call.apps)
    usage = {"cpu_usage_m": 0, "memory_usage_bytes": 0, "pod_count": pods, "restart_count": 0}
    timestamp = call.project.created
    return {"range": call.names["range"], "history": [{"timestamp": timestamp, **usage}]}


# Configuration


def create_config(call: Call) -> Config:
    return call.platform.create_config(call.named, **call.body)


def set_config(call: Call) -> Config:
    return _set_variable(call, call.body)


def set_all_config(call: Call) -> list[Config]:
    """Sets all variables, or none if one of them is invalid."""
    for item in call.items:
        check_config_name(item["name"])
    return [_set_variable(call, item) for item in call.items]


def _set_variable(call: Call, given: dict[str, Any]) -> Config:
    """Creates or changes the variable. A change keeps the fields that are not given."""
    variable = call.named.config.get(given["name"])
    if variable is None:
        return call.platform.create_config(call.named, **given)
    return _changed(variable, given)


def update_config(call: Call) -> Config:
    return _changed(call.variable, call.body)


def delete_config(call: Call) -> dict[str, object]:
    del call.named.config[call.variable.name]
    return {"ok": True}


def import_config(call: Call) -> dict[str, object]:
    """Creates the missing variables and skips the existing ones. Returns the names."""
    app = call.app
    flags = dict(call.body)
    variables = flags.pop("variables", {})
    parsed, errors = parse_dotenv(flags.pop("raw", None) or "")
    created: list[str] = []
    skipped: list[str] = []
    for name, value in {**variables, **parsed}.items():
        if name in app.config:
            skipped.append(name)
            continue
        try:
            call.platform.create_config(app, name, value, **flags)
            created.append(name)
        except Invalid as error:
            errors.append({"name": name, "error": error.message})
    return {"created": created, "skipped": skipped, "errors": errors}


def resolve_config(call: Call) -> dict[str, Config]:
    """Returns the variables that the application gets. The narrowest owner wins."""
    owners: list[ConfigOwner] = [call.org, call.project, call.environment, call.app]
    return {name: variable for owner in owners for name, variable in owner.config.items()}


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
    apps = call.apps
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
    """Returns the deployments of an application or an environment, newest first."""
    deployments = [deployment for app in call.apps for deployment in app.deployments]
    # A newer record has a higher id.
    return sorted(deployments, key=lambda deployment: deployment.id, reverse=True)


def get_pipeline_status(call: Call) -> Pipeline:
    return Pipeline(*(stages[-1] if stages else None for stages in call.app.stages))


def get_pipeline_metrics(call: Call) -> Pipeline:
    return Pipeline(*map(StageMetrics.of, call.app.stages))


def list_pipeline_history(call: Call) -> list[PipelineRun]:
    return pipeline.history(call.app)[: int(call.names["limit"])]
