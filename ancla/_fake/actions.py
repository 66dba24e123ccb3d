"""What each operation of `ancla.testing.FakeAncla` does on the platform.

One function serves both generations of routes: it takes whatever the path holds, slugs or ids.
"""

from __future__ import annotations

from dataclasses import dataclass

from .names import Invalid, Missing
from .platform import Platform
from .records import (
    App,
    Config,
    Deployment,
    Environment,
    Image,
    Member,
    Org,
    Pipeline,
    Project,
    Record,
    Release,
    Session,
    StageMetrics,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class Call:
    """One request that is in order, on its way to an action."""

    platform: Platform
    path: dict[str, str]
    body: dict[str, Any]
    has_key: bool

    @property
    def org(self) -> Org:
        return self.platform.org(self.path["org"])

    @property
    def project(self) -> Project:
        return self.platform.project(self.path["org"], self.path["project"])

    @property
    def environment(self) -> Environment:
        """The one that the path names; the older routes know none but production."""
        names = [self.path[name] for name in ("org", "project", "env") if name in self.path]
        return self.platform.environment(*names)

    @property
    def app(self) -> App:
        if "app_id" in self.path:
            return self.platform.app_by_id(self.path["app_id"])
        return self.app_in(self.environment)

    def app_in(self, environment: Environment) -> App:
        if self.path["app"] not in environment.apps:
            raise Missing
        return environment.apps[self.path["app"]]

    @property
    def variable(self) -> Config:
        if "variable_id" in self.path:
            return self.platform.config_by_id(self.app, self.path["variable_id"])
        if self.path["key"] not in self.app.config:
            raise Missing
        return self.app.config[self.path["key"]]

    @property
    def image(self) -> Image:
        if "version" in self.path:
            version = self.path["version"]
            for image in self.app.images:
                if version == str(image.version):
                    return image
            raise Missing
        image = self.platform.image_by_id(self.path["image_id"])
        return self._inside_app(image, image.app)

    @property
    def release(self) -> Release:
        release = self.platform.release_by_id(self.path["release_id"])
        return self._inside_app(release, release.app)

    @property
    def deployment(self) -> Deployment:
        deployment = self.platform.deployment_by_id(self.path["deployment_id"])
        return self._inside_app(deployment, deployment.app)

    @property
    def watched_app(self) -> App:
        if "image_id" in self.path:
            return self.image.app
        if "release_id" in self.path:
            return self.release.app
        if "deployment_id" in self.path:
            return self.deployment.app
        return self.app

    def _inside_app(self, record: AnyRecord, app: App) -> AnyRecord:
        """Where the path names the application too, it has to be the right one."""
        if "app" in self.path and self.app is not app:
            raise Missing
        return record


# Organizations


def list_orgs(call: Call) -> list[Org]:
    return list(call.platform.orgs.values())


def get_org(call: Call) -> Org:
    return call.org


def create_org(call: Call) -> Org:
    return call.platform.create_org(**call.body)


def update_org(call: Call) -> Org:
    call.platform.update(call.org, call.body)
    return call.org


def delete_org(call: Call) -> None:
    call.platform.delete_org(call.org)


def add_org_member(call: Call) -> Org:
    add_member(call)
    return call.org


def add_member(call: Call) -> Member:
    return call.platform.add_member(call.org, call.body["username"], call.body.get("admin", False))


def remove_org_member(call: Call) -> dict[str, object]:
    if call.org.people.pop(call.path["user_id"], None) is None:
        raise Missing
    return {"ok": True}


def toggle_org_admin(call: Call) -> dict[str, object]:
    member = call.org.people.get(call.path["user_id"])
    if member is None:
        raise Missing
    member.admin = not member.admin
    return {"ok": True, "admin": member.admin}


def get_session(call: Call) -> Session:
    return Session(authenticated=call.has_key, user=call.platform.user if call.has_key else None)


# Projects


def list_projects(call: Call) -> list[Project]:
    if "org" in call.path:
        return list(call.org.projects.values())
    return list(call.platform.projects())


def get_project(call: Call) -> Project:
    return call.project


def create_project(call: Call) -> Project:
    body = dict(call.body)
    org_id = body.pop("organization_id", None)
    org = call.org if org_id is None else call.platform.org_by_id(org_id)
    return call.platform.create_project(org, **body)


def list_environments(call: Call) -> list[Environment]:
    return list(call.project.environments.values())


def get_environment(call: Call) -> Environment:
    return call.environment


def create_environment(call: Call) -> Environment:
    return call.platform.create_environment(call.project, **call.body)


def update_project(call: Call) -> Project:
    call.platform.update(call.project, call.body)
    return call.project


def delete_project(call: Call) -> None:
    call.platform.delete_project(call.project)


# Applications


def list_apps(call: Call) -> list[App]:
    return list(call.environment.apps.values())


def get_app(call: Call) -> App:
    return call.app


def create_app(call: Call) -> App:
    body = dict(call.body)
    project_id = body.pop("project_id", None)
    if project_id is None:
        return call.platform.create_app(call.environment, **body)
    return call.platform.create_app(call.platform.project_by_id(project_id).production, **body)


def update_app(call: Call) -> App:
    app = call.app
    call.platform.update_app(app, call.body)
    return app


def delete_app(call: Call) -> None:
    call.platform.delete_app(call.app)


def scale_app(call: Call) -> App:
    app = call.app
    counts, classes = call.body.get("process_counts", {}), call.body.get("process_pod_classes", {})
    call.platform.scale(app, counts, classes)
    return app


# Configuration


def list_config(call: Call) -> list[Config]:
    return list(call.app.config.values())


def get_config(call: Call) -> Config:
    return call.variable


def create_config(call: Call) -> Config:
    return call.platform.create_config(call.app, **call.body)


def set_config(call: Call) -> Config:
    known = call.app.config.get(call.body["name"])
    if known is None:
        return create_config(call)
    call.platform.update(known, call.body)
    return known


def update_config(call: Call) -> Config:
    variable = call.variable
    given = {name: value for name, value in call.body.items() if value is not None}
    call.platform.update(variable, given)
    return variable


def delete_config(call: Call) -> dict[str, object]:
    del call.app.config[call.variable.name]
    return {"ok": True}


def import_config(call: Call) -> dict[str, object]:
    body = call.body
    return call.platform.import_config(
        call.app,
        body.get("variables", {}),
        body.get("raw") or "",
        secret=body.get("secret", False),
        buildtime=body.get("buildtime", False),
    )


# The pipeline


def deploy_app(call: Call) -> dict[str, object]:
    return {"ok": True, "image_id": call.platform.start_build(call.app, deploy=True).id}


def build_image(call: Call) -> dict[str, object]:
    image = call.platform.start_build(call.app, deploy=False)
    return {"ok": True, "image_id": image.id, "version": image.version}


def trigger(call: Call) -> Image:
    return call.platform.start_build(call.app, deploy=False)


def deploy_service(call: Call) -> Image:
    return call.platform.start_build(call.app, deploy=True)


def roll_back(call: Call) -> dict[str, object]:
    return {"deploy_id": call.platform.roll_back(call.app).id}


def promote(call: Call) -> dict[str, object]:
    """The three names come in the body, where nothing publishes what they are called."""
    environments = call.project.environments
    call.path["app"] = call.body["service"]
    apps = []
    for field in ("source_env", "target_env"):
        if call.body[field] not in environments:
            raise Missing
        apps.append(call.app_in(environments[call.body[field]]))
    return {"deploy_id": call.platform.promote(*apps).id}


def create_release(call: Call) -> dict[str, object]:
    """From the image that a slug route's body names; the published route takes the latest."""
    app = call.app
    if "image_id" in call.body:
        image = next((found for found in app.images if found.id == call.body["image_id"]), None)
        if image is None:
            raise Invalid("the application has no such image", "image_id")
    else:
        image = call.platform.latest_built_image(app)
    release = call.platform.start_release(image)
    return {"ok": True, "release_id": release.id, "version": release.version}


def deploy_release(call: Call) -> dict[str, object]:
    return {"ok": True, "deployment_id": call.platform.start_deployment(call.release).id}


def list_images(call: Call) -> list[Image]:
    return call.app.images[::-1]


def get_image(call: Call) -> Image:
    return call.image


def list_releases(call: Call) -> list[Release]:
    return call.app.releases[::-1]


def get_release(call: Call) -> Release:
    return call.release


def list_deployments(call: Call) -> list[Deployment]:
    return call.app.deployments[::-1]


def get_deployment(call: Call) -> Deployment:
    return call.deployment


def get_pipeline_status(call: Call) -> Pipeline:
    app = call.app
    return Pipeline(
        build=app.images[-1] if app.images else None,
        release=app.releases[-1] if app.releases else None,
        deploy=app.deployments[-1] if app.deployments else None,
    )


def get_pipeline_metrics(call: Call) -> Pipeline:
    app = call.app
    return Pipeline(
        build=StageMetrics.of(app.images),
        release=StageMetrics.of(app.releases),
        deploy=StageMetrics.of(app.deployments),
    )
