"""The platform behind `ancla.testing.FakeAncla`, in memory and without HTTP.

A pipeline is a generator: each `next()` is one step of build -> release -> deployment, so what
happens to an application reads from top to bottom in `Platform._build` and the two after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, fields

from .._api.dotenv import parse_dotenv
from .names import Invalid, Missing, Taken, new_slug
from .records import (
    MASKED,
    PRODUCTION,
    App,
    Config,
    Deployment,
    Environment,
    Image,
    Member,
    Org,
    Project,
    Record,
    Release,
    Stage,
    User,
    may_be_null,
    now,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    AnyRecord = TypeVar("AnyRecord", bound=Record)

_NULLABLE_FIELDS = {field.name for field in fields(App) if may_be_null(field)}
_CONFIG_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")

_Steps = Generator[None, None, None]


@dataclass(eq=False)
class _Run:
    app: App
    steps: Iterator[None]
    due: float


class Platform:
    """Organizations down to deployments, and the pipelines that run. Not thread safe by itself.

    `pace` is the number of seconds that one step of a pipeline takes on `clock`, or None: then
    nothing moves but by `advance`. Without `has_releases` an image is released when it is deployed.
    """

    def __init__(
        self, pace: float | None, clock: Callable[[], float], *, has_releases: bool = True
    ) -> None:
        self._pace = pace
        self._has_releases = has_releases
        self._clock = clock
        self._ids = 0
        self._runs: list[_Run] = []
        self._users: dict[str, User] = {}
        self.orgs: dict[str, Org] = {}
        self.failures: dict[str, list[str]] = {"build": [], "release": [], "deployment": []}
        self.user = self._user("developer", email="developer@example.com", admin=True)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self._ids:012x}"

    # Looking things up

    def org(self, slug: str) -> Org:
        return _found(self.orgs.get(slug))

    def project(self, org: str, slug: str) -> Project:
        return _found(self.org(org).projects.get(slug))

    def environment(self, org: str, project: str, slug: str = PRODUCTION) -> Environment:
        return _found(self.project(org, project).environments.get(slug))

    def projects(self) -> Iterator[Project]:
        for org in self.orgs.values():
            yield from org.projects.values()

    def apps(self) -> Iterator[App]:
        for project in self.projects():
            for environment in project.environments.values():
                yield from environment.apps.values()

    def org_by_id(self, wanted: str) -> Org:
        return _by_id(self.orgs.values(), wanted)

    def project_by_id(self, wanted: str) -> Project:
        return _by_id(self.projects(), wanted)

    def app_by_id(self, wanted: str) -> App:
        return _by_id(self.apps(), wanted)

    def image_by_id(self, wanted: str) -> Image:
        return _by_id((image for app in self.apps() for image in app.images), wanted)

    def release_by_id(self, wanted: str) -> Release:
        return _by_id((release for app in self.apps() for release in app.releases), wanted)

    def deployment_by_id(self, wanted: str) -> Deployment:
        return _by_id((found for app in self.apps() for found in app.deployments), wanted)

    # Organizations, projects and applications

    def create_org(self, name: str, slug: str | None = None) -> Org:
        slug = new_slug(name, slug, self.orgs)
        org = Org(id=self._new_id(), name=name, slug=slug)
        org.people[self.user.id] = Member(user=self.user, admin=True)
        self.orgs[slug] = org
        return org

    def create_project(self, org: Org, name: str, slug: str | None = None) -> Project:
        slug = new_slug(name, slug, org.projects)
        project = org.projects[slug] = Project(id=self._new_id(), name=name, slug=slug, org=org)
        for environment in (PRODUCTION, "staging", "development"):
            self.create_environment(project, environment)
        return project

    def create_environment(self, project: Project, name: str) -> Environment:
        slug = new_slug(name, None, project.environments)
        made = Environment(id=self._new_id(), name=name, slug=slug, project=project)
        project.environments[slug] = made
        return made

    def create_app(
        self,
        environment: Environment,
        name: str,
        slug: str | None = None,
        platform: str = "wind",
        **settings: Any,
    ) -> App:
        slug = new_slug(name, slug, environment.apps)
        app = App(
            id=self._new_id(),
            name=name,
            slug=slug,
            environment=environment,
            platform=platform,
            **settings,
        )
        environment.apps[slug] = app
        return app

    def update(self, record: Record, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(record, name, value)
        record.updated = now()

    def delete_org(self, org: Org) -> None:
        """With everything in it, as the two below."""
        del self.orgs[org.slug]
        self._forget_runs()

    def delete_project(self, project: Project) -> None:
        del project.org.projects[project.slug]
        self._forget_runs()

    def delete_app(self, app: App) -> None:
        del app.environment.apps[app.slug]
        self._forget_runs()

    def update_app(self, app: App, changes: dict[str, Any]) -> None:
        """A null resets a setting; what cannot be null stays as it is."""
        meant = {
            name: value
            for name, value in changes.items()
            if value is not None or name in _NULLABLE_FIELDS
        }
        self.update(app, meant)

    def scale(self, app: App, counts: dict[str, int], classes: dict[str, str]) -> None:
        negative = next((name for name, count in counts.items() if count < 0), None)
        if negative is not None:
            raise Invalid("Expected `int` >= 0", f"process_counts.{negative}")
        self.update(
            app,
            {
                "process_counts": app.process_counts | counts,
                "process_pod_classes": app.process_pod_classes | classes,
            },
        )

    # Members

    def _user(self, username: str, email: str | None = None, admin: bool = False) -> User:
        if username not in self._users:
            self._users[username] = User(
                id=self._new_id(), username=username, email=email, admin=admin
            )
        return self._users[username]

    def add_member(self, org: Org, username: str, admin: bool) -> Member:
        """Anybody can be added: the platform knows every user name."""
        user = self._user(username)
        if user.id in org.people:
            raise Taken(f"{username} is a member already", "username")
        member = org.people[user.id] = Member(user=user, admin=admin)
        return member

    # Configuration

    def config_by_id(self, app: App, wanted: str) -> Config:
        return _by_id(app.config.values(), wanted)

    def create_config(
        self, app: App, name: str, value: str, secret: bool = False, buildtime: bool = False
    ) -> Config:
        if not _CONFIG_NAME.fullmatch(name):
            raise Invalid("not a name for a variable", "name")
        if name in app.config:
            raise Taken(f"{name} exists already", "name")
        variable = Config(
            id=self._new_id(), name=name, value=value, secret=secret, buildtime=buildtime
        )
        app.config[name] = variable
        return variable

    def import_config(
        self, app: App, variables: dict[str, str], raw: str, *, secret: bool, buildtime: bool
    ) -> dict[str, object]:
        """Adds what is new; names that are known are skipped."""
        parsed, errors = parse_dotenv(raw)
        created: list[str] = []
        skipped: list[str] = []
        for name, value in {**variables, **parsed}.items():
            if name in app.config:
                skipped.append(name)
                continue
            try:
                self.create_config(app, name, value, secret, buildtime)
                created.append(name)
            except Invalid as error:
                errors.append({"name": name, "error": error.message})
        return {"created": created, "skipped": skipped, "errors": errors}

    # The pipeline

    def start_build(self, app: App, *, deploy: bool) -> Image:
        """A new image, queued; with `deploy` a release and a deployment follow."""
        image = self._new_image(app)
        image.failure = self._next_failure("build")
        self._start(app, self._build(image, deploy))
        return image

    def start_release(self, image: Image) -> Release:
        """A new release of a built image with today's configuration; it is not deployed."""
        if not image.built:
            raise Invalid("the image is not built", "image_id")
        release = self._new_release(image)
        self._start(image.app, self._release(release, deploy=False))
        return release

    def start_deployment(self, release: Release) -> Deployment:
        if not release.built:
            raise Invalid("the release is not built")
        deployment = self._new_deployment(release)
        self._start(release.app, self._deploy(deployment))
        return deployment

    def roll_back(self, app: App) -> Deployment:
        """A deployment of what was active before what is active now."""
        earlier = [
            deployment.source
            for deployment in app.deployments
            if deployment.complete and app.active and deployment.source is not app.active.source
        ]
        if not earlier:
            raise Invalid("there is nothing to roll back to")
        return self.start_deployment(earlier[-1])

    def promote(self, source: App, target: App) -> Deployment:
        """A deployment of what is active in one environment into another, with no new build."""
        if source.active is None:
            raise Invalid("nothing is active in the source environment")
        image = self._new_image(target)
        self._begin(image, "building", f"Promoted from {source.environment.slug}\n")
        self._finish_build(image)
        deployment = self._new_deployment(self._new_release(image, built=True))
        self._start(target, self._deploy(deployment))
        return deployment

    def latest_built_image(self, app: App) -> Image:
        built = [image for image in app.images if image.built]
        if not built:
            raise Invalid("there is no built image")
        return built[-1]

    def advance(self, app: App | None = None) -> int:
        """Moves the running pipelines (of one application) a step; how many go on after it."""
        moving = [run for run in self._runs if app is None or run.app is app]
        for run in moving:
            self._step(run)
        return sum(run in self._runs for run in moving)

    def catch_up(self) -> None:
        """Takes the steps that are due by the clock."""
        if self._pace is None:
            return
        time_now = self._clock()
        for run in list(self._runs):
            while run in self._runs and run.due <= time_now:
                run.due += self._pace
                self._step(run)

    def _start(self, app: App, steps: _Steps) -> None:
        self._runs.append(_Run(app, steps, self._clock() + (self._pace or 0.0)))
        self.catch_up()

    def _step(self, run: _Run) -> None:
        try:
            next(run.steps)
        except StopIteration:
            self._runs.remove(run)

    def _forget_runs(self) -> None:
        existing = set(self.apps())
        self._runs = [run for run in self._runs if run.app in existing]

    def _next_failure(self, stage: str) -> str | None:
        return self.failures[stage].pop(0) if self.failures[stage] else None

    def _build(self, image: Image, deploy: bool) -> _Steps:
        self._begin(image, "building", f"Building {image.repository_name} v{image.version}\n")
        yield
        if image.failure is not None:
            self._fail(image)
            return
        self._finish_build(image)
        if deploy and not self._has_releases:
            deployment = self._new_deployment(self._new_release(image, built=True))
            yield
            yield from self._deploy(deployment)
        elif deploy:
            release = self._new_release(image)
            yield
            yield from self._release(release, deploy=True)

    def _finish_build(self, image: Image) -> None:
        image.built = True
        image.image_id = f"sha256:{image.version:064x}"
        image.build_slug = f"build-{image.version}"
        image.dockerfile = "FROM python:3-slim\nCOPY . /app\n"
        image.procfile = "web: python -m app\n"
        image.processes = {"web": "python -m app"}
        image.image_metadata = {"size": 48_000_000}
        self._finish(image, "built", f"Built image v{image.version}\n")

    def _release(self, release: Release, deploy: bool) -> _Steps:
        self._begin(release, "building", f"Releasing image v{release.source.version}\n")
        yield
        if release.failure is not None:
            self._fail(release)
            return
        release.built = True
        release.release_id = f"release-{release.version}"
        release.release_metadata = {"image_version": release.source.version}
        self._finish(release, "built", f"Built release v{release.version}\n")
        if deploy:
            deployment = self._new_deployment(release)
            yield
            yield from self._deploy(deployment)

    def _deploy(self, deployment: Deployment) -> _Steps:
        deployment.job_id = f"job-{deployment.version}"
        self._begin(deployment, "running", f"Deploying release v{deployment.source.version}\n")
        yield
        if deployment.failure is not None:
            self._fail(deployment)
            return
        deployment.complete = True
        deployment.deploy_metadata = {"release_version": deployment.source.version}
        self._finish(deployment, "active", f"Release v{deployment.source.version} is active\n")
        if deployment.app.active is not None:
            deployment.app.active.status = "complete"
        deployment.app.active = deployment

    def _new_image(self, app: App) -> Image:
        version = len(app.images) + 1
        image = Image(
            id=self._new_id(),
            app=app,
            version=version,
            failure=None,
            commit_sha=f"{version:040x}",
            build_ref=app.auto_deploy_branch,
        )
        app.images.append(image)
        return image

    def _new_release(self, image: Image, *, built: bool = False) -> Release:
        app = image.app
        before = app.releases[-1] if app.releases else None
        configuration: dict[str, object] = {
            variable.name: MASKED if variable.secret else variable.value
            for variable in app.config.values()
        }
        release = Release(
            id=self._new_id(),
            app=app,
            version=len(app.releases) + 1,
            failure=self._next_failure("release"),
            built=built,
            source=image,
            configuration=configuration,
            image_changes={"version": image.version}
            if before is None or before.source is not image
            else {},
            configuration_changes=_changes(before.configuration if before else {}, configuration),
        )
        app.releases.append(release)
        return release

    def _new_deployment(self, release: Release) -> Deployment:
        deployment = Deployment(
            id=self._new_id(),
            app=release.app,
            version=release.version,
            # Where there are no releases, making one is the beginning of the deployment.
            failure=release.failure or self._next_failure("deployment"),
            source=release,
        )
        release.app.deployments.append(deployment)
        return deployment

    def _begin(self, stage: Stage, status: str, text: str) -> None:
        stage.started = self._clock()
        self._report(stage, status, 1, text)

    def _finish(self, stage: Stage, status: str, text: str) -> None:
        stage.seconds = self._clock() - stage.started
        self._report(stage, status, 2, text)

    def _report(self, stage: Stage, status: str, step: int, text: str) -> None:
        stage.status = status
        stage.step = {"name": status, "number": step, "total": 2}
        stage.log_text = (stage.log_text or "") + text
        stage.updated = now()

    def _fail(self, stage: Stage) -> None:
        stage.error = True
        stage.error_detail = stage.failure
        self._finish(stage, "error", f"ERROR: {stage.failure}\n")


def _changes(before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    changes = {
        "added": sorted(after.keys() - before.keys()),
        "changed": sorted(
            name for name in after.keys() & before.keys() if after[name] != before[name]
        ),
        "removed": sorted(before.keys() - after.keys()),
    }
    return {kind: names for kind, names in changes.items() if names}


def _found(record: AnyRecord | None) -> AnyRecord:
    if record is None:
        raise Missing
    return record


def _by_id(records: Iterable[AnyRecord], wanted: str) -> AnyRecord:
    return _found(next((record for record in records if record.id == wanted), None))
