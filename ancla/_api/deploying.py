"""Deploys and waits: finds the deployment that our request led to, and its outcome.

On today's API nothing links a deployment to its build. A deployment appears when its build has
succeeded; a rollback and a promotion make one without a build. So a deployment is ours if the
response to our request names it. Otherwise it is ours only if it cannot be anybody else's:

* it was not listed before our request;
* it was not listed while our build was still running;
* it was not created before our build;
* no build of anybody else that it could belong to has succeeded since our request;
* when it has finished, there is still no second deployment that meets these conditions.

Example: our build 8 is running, and somebody rolls back, so deployment 41 appears. It cannot be
ours, since our build has not finished. Then our build succeeds and deployment 42 appears. It is
ours if build 8 is the only one that succeeded. If somebody else's build 7 has succeeded meanwhile,
it also gets a deployment. That could be 41 or 42, since the API does not show whether 41 came from
a rollback or from build 7. So 42 may belong to either build, and this raises AmbiguousDeployError.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime

from ..exceptions import (
    AmbiguousDeployError,
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    BuildFailedError,
    DeploymentFailedError,
    WaitTimeoutError,
)
from ..models import Deployment, DeployReleaseResult, DeployResult, Image
from .pages import NewItems, newest_items
from .retired.linked_deploy import linked_deploy
from .waiting import Pipeline, check_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TypeVar

    Started = TypeVar("Started", DeployResult, DeployReleaseResult)


def deploy_and_wait(pipeline: Pipeline, start: Callable[[], DeployResult]) -> Deployment:
    """Triggers a deploy by calling `start`, and returns the finished deployment."""
    with _before_trigger(pipeline) as deployments:
        deploy = linked_deploy(pipeline, deployments) or Deploy(pipeline, deployments)
        deploy.note_builds()
    return _start_and_follow(pipeline, start, deploy.follow)


def deploy_config(pipeline: Pipeline, start: Callable[[], DeployResult]) -> Deployment:
    """Triggers a deploy without a build by calling `start`. Returns the finished deployment."""
    return _start_and_follow(
        pipeline, start, lambda started: _wait_for_named(pipeline, started.deployment_id)
    )


def without_build(started: DeployResult, app: str) -> DeployResult:
    """Returns the result of a trigger of a deploy without a build.

    Raises AnclaError if the server has started something else.
    """
    if started.image_id or (started.ok and not started.deployment_id):
        what = f"the build {started.image_id}" if started.image_id else "something it does not name"
        raise AnclaError(
            f"the server did not deploy the config variables of {app!r} without a build: "
            f"it started {what}, which may still be running"
        )
    return started


def roll_out_and_wait(
    pipeline: Pipeline, start: Callable[[], DeployReleaseResult], copies: int = 0
) -> Deployment:
    """Triggers a rollback or a promotion by calling `start`. Returns the finished deployment.

    copies: the maximum number of images that the trigger copies into the environment
    """
    with _before_trigger(pipeline) as deployments:
        deploy = Deploy(pipeline, deployments, copies)
        deploy.note_builds()
    return _start_and_follow(pipeline, start, deploy.follow)


@contextmanager
def _before_trigger(pipeline: Pipeline) -> Generator[NewItems]:
    """Lists the deployments. Says in errors before the trigger that nothing was started.

    A request's timeout is no TimeoutError here: that may mean a deploy that is still running.
    """
    note = f" ({pipeline.label} was not started)"
    deployments = NewItems()
    try:
        pipeline.list("list_deployments", list[Deployment], deployments)
        yield deployments
    except WaitTimeoutError:
        raise WaitTimeoutError(
            f"{pipeline.label} did not start in time: "
            f"the timeout of {pipeline.poller.timeout:.12g} s has passed"
        ) from None
    except APITimeoutError as error:
        raise APIConnectionError(
            error.message + note, method=error.method, url=error.url
        ) from error
    except AnclaError as error:
        error.message += note
        raise


def _start_and_follow(
    pipeline: Pipeline, start: Callable[[], Started], follow: Callable[[Started], Deployment]
) -> Deployment:
    """Triggers and follows. If following fails, the error says that the deploy may be running."""
    started = start()
    pipeline.was_triggered()
    check_started(started, pipeline.label)
    try:
        return follow(started)
    except (BuildFailedError, DeploymentFailedError, WaitTimeoutError):
        raise
    except AnclaError as error:
        error.message += f" ({pipeline.label} was started and may still be running on the server)"
        raise


def _wait_for_named(pipeline: Pipeline, deployment_id: str, image_id: str = "") -> Deployment:
    """Returns the finished deployment that the server named. Waits for its image first, if any.

    The deployment may exist only after its image was built.
    """
    pipeline.started_id(deployment_id)
    if image_id:
        pipeline.wait_for(Image, pipeline.started_id(image_id))
    return pipeline.wait_for(Deployment, deployment_id)


class Deploy:
    """One deploy on today's API, from before its trigger to the finished deployment."""

    def __init__(self, pipeline: Pipeline, deployments: NewItems, copies: int = 0) -> None:
        """`deployments` has read the application's deployments once.

        `copies` is the maximum number of images that the trigger copies.
        """
        self._pipeline = pipeline
        self._deployments = deployments
        self._old_images: set[str] = set()
        self._finished_images: set[str] = set()  # Those that had finished before our request.
        self._foreign: set[str] = set()  # Deployments that cannot be ours.
        self._build_created: str | None = None  # When our build was created.
        self._copies = copies

    def note_builds(self) -> None:
        """Remembers the builds before the trigger. Shows which of them are still running."""
        for image in self._newest_images():
            if not image.id:
                continue
            self._old_images.add(image.id)
            if image.done:
                self._finished_images.add(image.id)
            else:
                app = self._pipeline.app[-1]
                self._pipeline.poller.note(f"a build of {app!r} is already running: {image.id}")

    def follow(self, started: DeployResult | DeployReleaseResult) -> Deployment:
        """Returns the finished deployment of what was just triggered.

        A DeployReleaseResult is that of a rollback or a promotion, which build nothing.
        """
        if started.deployment_id:
            image_id = started.image_id if isinstance(started, DeployResult) else ""
            return _wait_for_named(self._pipeline, started.deployment_id, image_id)
        if isinstance(started, DeployReleaseResult):
            return self._wait_for_deployment("")
        image_id = self._pipeline.started_id(started.image_id or self._first_new_image())
        self._wait_for_build(image_id, is_named=bool(started.image_id))
        return self._wait_for_deployment(image_id)

    def _wait_for_build(self, image_id: str, *, is_named: bool) -> None:
        read = self._pipeline.reader(Image, image_id)

        def poll() -> Image:
            # Read the build last: what was listed while it was still running is not ours.
            listed = {deployment.id for deployment in self._new_deployments()}
            if not is_named:
                self._first_new_image()  # Raises if a second new image has appeared.
            image = read()
            if not image.done:
                self._foreign |= listed
            return image

        self._build_created = self._pipeline.wait_for(Image, image_id, poll).created
        if not is_named:
            self._first_new_image()

    def _first_new_image(self) -> str:
        """Waits for the image of a trigger whose response named none. Returns its id.

        Raises AmbiguousDeployError if there are several.
        """
        while True:
            new = [
                self._pipeline.started_id(image.id)
                for image in self._newest_images()
                if image.id not in self._old_images
            ]
            if len(new) > 1:
                raise self._ambiguous("image", "", [], new)
            if new:
                return new[0]
            self._pipeline.pause()

    def _wait_for_deployment(self, image_id: str) -> Deployment:
        """Returns the finished deployment of our build. `image_id` is "" if there was no build."""
        while not (candidates := self._candidates()):
            self._pipeline.pause()
        # Read the images after the deployments: a build that has not succeeded even now made none
        # of them.
        other_images = self._built_by_others(image_id)
        if len(candidates) > 1 or other_images:
            raise self._ambiguous("deployment", image_id, candidates, other_images)
        try:
            deployment = _wait_for_named(self._pipeline, candidates[0])
        except DeploymentFailedError:
            self._check_no_other(image_id)  # The failure may be somebody else's.
            raise
        self._check_no_other(image_id)
        return deployment

    def _check_no_other(self, image_id: str) -> None:
        """Raises AmbiguousDeployError if a second deployment that may be ours has appeared."""
        candidates = self._candidates()
        if len(candidates) > 1:
            other_images = self._built_by_others(image_id)
            raise self._ambiguous("deployment", image_id, candidates, other_images)

    def _candidates(self) -> list[str]:
        """Returns the ids of the deployments that may be ours."""
        return [
            it.id
            for it in self._new_deployments()
            if it.id not in self._foreign and not _is_earlier(it.created, self._build_created)
        ]

    def _built_by_others(self, image_id: str) -> list[str]:
        """Returns the ids of other images that were built since our request.

        Leaves out new images if our request may have copied all of them.
        """
        excluded = {*self._finished_images, image_id}
        built = [it.id for it in self._newest_images() if it.built and it.id not in excluded]
        new = [image for image in built if image not in self._old_images]
        return [image for image in built if image not in new or len(new) > self._copies]

    def _ambiguous(
        self, kind: str, image_id: str, deployments: list[str], images: list[str]
    ) -> AmbiguousDeployError:
        app = self._pipeline.app[-1]
        return AmbiguousDeployError(
            f"cannot tell which {kind} belongs to this call, "
            f"since others deploy {app!r} at the same time",
            image_id=image_id,
            deployment_ids=tuple(deployments),
            other_image_ids=tuple(images),
        )

    def _newest_images(self) -> list[Image]:
        return self._pipeline.list("list_images", list[Image], newest_items)

    def _new_deployments(self) -> list[Deployment]:
        return self._pipeline.list("list_deployments", list[Deployment], self._deployments)


def _is_earlier(time: str | None, other: str | None) -> bool:
    """Returns whether one of the server's times is earlier. False if one of them is unknown."""
    try:
        times = [datetime.fromisoformat((it or "").replace("Z", "+00:00")) for it in (time, other)]
        if not all(it.microsecond for it in times):  # One of them may have been cut off.
            times = [it.replace(microsecond=0) for it in times]
        return times[0] < times[1]
    except (ValueError, TypeError):  # TypeError: only one of them has a time zone.
        return False
