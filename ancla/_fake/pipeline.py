"""Pipelines: what a deploy, a build or a rollback does to an application, step by step.

How it works. A pipeline is a generator. Each `next()` on it takes one step, and a `yield` ends the
step: build -> release -> deployment. `_build`, `_release` and `_deploy` are these stages, and
`_build` goes on to the others. A stage takes one step to start and one to finish, which starts the
next stage. With `late_deployments`, there is one more step before the deployment exists.
`Pipelines` takes the steps: in `advance`, or in `catch_up` when steps are due on the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field

from .errors import Invalid
from .records import MASKED, App, Deployment, Image, PipelineRun, Release, Stage, now

_Steps = Generator[None, None, None]


@dataclass
class _Run:
    """A pipeline that has not ended. `due` is when its next step is due on the clock."""

    app: App
    steps: Iterator[None]
    due: float


@dataclass
class Pipelines:
    """All pipelines that have not ended.

    ids:          the ids for new records
    pace:         how many seconds a step takes on `clock`; None if only `advance` takes steps
    has_releases: whether building a release is a stage; if not, builds are deployed directly
    late_deployments: whether a deployment appears one step after the stage before it has finished
    """

    ids: Iterator[str]
    pace: float | None
    clock: Callable[[], float]
    has_releases: bool
    late_deployments: bool
    _runs: list[_Run] = field(init=False, default_factory=list)
    _failures: dict[str, list[str]] = field(init=False, default_factory=dict)

    # Starting

    def start_build(self, app: App, *, deploy: bool, strategy: str | None = None) -> Image:
        """Starts a build. With `deploy`, a release and a deployment follow. Returns the image."""
        image = self._new_image(app)
        image.strategy = strategy or app.build_strategy
        image.failure = self._next_failure("build")
        self._start(app, self._build(image, deploy))
        return image

    def start_release(self, image: Image) -> Release:
        """Starts a release of a built image with the current configuration. It is not deployed."""
        if not image.built:
            raise Invalid("the image is not built", "image_id")
        release = self._new_release(image)
        self._start(image.app, self._release(release))
        return release

    def start_deployment(self, release: Release) -> Deployment:
        """Starts the deployment of a release. Raises Invalid if it is not built."""
        if not release.built:
            raise Invalid("the release is not built")
        deployment = self._new_deployment(release)
        self._start(release.app, self._deploy(deployment))
        return deployment

    def roll_back(self, app: App) -> Deployment:
        """Deploys the previously active release again. Raises Invalid if there is none."""
        earlier = [
            deployment.source
            for deployment in app.deployments
            if deployment.complete and app.active and deployment.source is not app.active.source
        ]
        if not earlier:
            raise Invalid("there is nothing to roll back to")
        return self.start_deployment(earlier[-1])

    def promote(self, source: App, target: App) -> Deployment:
        """Starts a deployment of the source's active image to the target, without building it."""
        if source.active_image is None:
            raise Invalid("nothing is active in the source environment")
        image = self._new_image(target)
        self._begin(image, "building", f"Promoted from {source.environment.slug}\n")
        self._finish_build(image)
        return self.start_deployment(self._new_release(image, built=True))

    def deploy_config(self, app: App) -> Deployment:
        """Deploys the active image, or the newest built one, with the current configuration.

        Raises Invalid if there is neither.
        """
        image = app.active_image or latest_built_image(app)
        return self.start_deployment(self._new_release(image, built=True))

    def put_deployment(self, app: App, error: str | None) -> Deployment:
        """Adds a deployment that has finished, with its image. `error` makes it a failed one.

        Failures from `fail_next` are kept for pipelines that start later.
        """
        other_failures = self._failures
        self._failures = {} if error is None else {"deployment": [error]}
        try:
            for _ in self._build(self._new_image(app), deploy=True):
                pass
        finally:
            self._failures = other_failures
        return app.deployments[-1]

    def fail_next(self, stage: str, detail: str) -> None:
        """Makes the next "build", "release" or "deployment" that starts fail with this error."""
        self._failures.setdefault(stage, []).append(detail)

    # Taking steps

    def advance(self, apps: Iterable[App]) -> int:
        """Takes a step of these applications' pipelines. Returns how many of them still run."""
        ids = {app.id for app in apps}
        moving = [run for run in self._runs if run.app.id in ids]
        for run in moving:
            self._step(run)
        return sum(run in self._runs for run in moving)

    def catch_up(self) -> None:
        """Takes all steps that are due on the clock."""
        if self.pace is None:
            return
        time_now = self.clock()
        for run in list(self._runs):
            while run in self._runs and run.due <= time_now:
                run.due += self.pace
                self._step(run)

    def _start(self, app: App, steps: _Steps) -> None:
        self._runs.append(_Run(app, steps, self.clock() + (self.pace or 0.0)))
        self.catch_up()

    def _step(self, run: _Run) -> None:
        try:
            next(run.steps)
        except StopIteration:
            self._runs.remove(run)

    def keep_only(self, apps: Iterable[App]) -> None:
        """Ends the pipelines of all other applications: they have been deleted."""
        existing = {app.id for app in apps}
        self._runs = [run for run in self._runs if run.app.id in existing]

    def _next_failure(self, stage: str) -> str | None:
        failures = self._failures.get(stage)
        return failures.pop(0) if failures else None

    # The steps

    def _build(self, image: Image, deploy: bool) -> _Steps:
        self._begin(image, "building", f"Building {image.repository_name} v{image.version}\n")
        yield
        if image.failure is not None:
            self._fail(image)
            return
        self._finish_build(image)
        if not deploy:
            return
        release = self._new_release(image, built=not self.has_releases)
        if self.has_releases:
            yield
            yield from self._release(release)
        if not release.built:
            return
        if self.late_deployments:
            yield
        deployment = self._new_deployment(release)
        yield
        yield from self._deploy(deployment)

    def _finish_build(self, image: Image) -> None:
        image.built = True
        image.image_id = f"sha256:{image.version:064x}"
        image.build_slug = f"build-{image.version}"
        image.dockerfile = "FROM python:3-slim\nCOPY . /app\n"
        image.procfile = "web: python -m app\n"
        image.processes = {"web": "python -m app"}
        image.image_metadata = {"size": 48_000_000}
        self._finish(image, "built", f"Built image v{image.version}\n")

    def _release(self, release: Release) -> _Steps:
        self._begin(release, "building", f"Releasing image v{release.source.version}\n")
        yield
        if release.failure is not None:
            self._fail(release)
            return
        release.built = True
        release.release_id = f"release-{release.version}"
        release.release_metadata = {"image_version": release.source.version}
        self._finish(release, "built", f"Built release v{release.version}\n")

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

    # New records

    def _new_image(self, app: App) -> Image:
        image = Image(next(self.ids), app, version=len(app.images) + 1)
        image.commit_sha = f"{image.version:040x}"
        image.build_ref = app.auto_deploy_branch
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
            next(self.ids),
            app,
            len(app.releases) + 1,
            self._next_failure("release"),
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
        # Without a stage for releases, the failure of a release fails its deployment.
        failure = release.failure or self._next_failure("deployment")
        deployment = Deployment(
            next(self.ids), release.app, release.version, failure, source=release
        )
        release.app.deployments.append(deployment)
        return deployment

    # Reports

    def _begin(self, stage: Stage, status: str, text: str) -> None:
        stage.started = self.clock()
        self._report(stage, status, 1, text)

    def _finish(self, stage: Stage, status: str, text: str) -> None:
        stage.seconds = self.clock() - stage.started
        self._report(stage, status, 2, text)

    def _fail(self, stage: Stage) -> None:
        stage.error = True
        stage.error_detail = stage.failure
        self._finish(stage, "error", f"ERROR: {stage.failure}\n")

    def _report(self, stage: Stage, status: str, step: int, text: str) -> None:
        stage.status = status
        stage.step = {"name": status, "number": step, "total": 2}
        stage.log_text = (stage.log_text or "") + text
        stage.updated = now()


def latest_built_image(app: App) -> Image:
    built = [image for image in app.images if image.built]
    if not built:
        raise Invalid("there is no built image")
    return built[-1]


def history(app: App) -> list[PipelineRun]:
    """Returns all deployments with their builds, and builds without one, newest first."""
    runs = [PipelineRun(deployment.source.source, deployment) for deployment in app.deployments]
    deployed = {run.build.id for run in runs}
    runs += [PipelineRun(image, None) for image in app.images if image.id not in deployed]
    # A newer record has a higher id.
    return sorted(runs, key=lambda run: run.newest.id, reverse=True)


def _changes(before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    changes = {
        "added": after.keys() - before.keys(),
        "changed": {name for name in after.keys() & before.keys() if after[name] != before[name]},
        "removed": before.keys() - after.keys(),
    }
    return {kind: sorted(names) for kind, names in changes.items() if names}
