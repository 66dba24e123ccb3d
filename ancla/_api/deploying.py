"""Deploying and waiting: which deployment a deploy produced, and what became of it."""

from __future__ import annotations

from ..exceptions import InvalidResponseError, WaitTimeoutError
from .waiting import check_callable, failure_of, wait_for_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from ..models import Deployment, Release
    from .waiting import OnUpdate, Poller


class Deploy:
    """One deploy of one application, from its trigger to the finished deployment."""

    def __init__(
        self,
        client: AnclaClient,
        org: str,
        project: str,
        app: str,
        poller: Poller,
        on_update: OnUpdate | None,
    ) -> None:
        check_callable("on_update", on_update)
        self._client = client
        self._app = (org, project, app)
        self._poller = poller
        self._on_update = on_update
        self._what = f"the deploy of {app!r}"

    def run(self) -> Deployment:
        """The finished deployment; BuildFailedError, DeploymentFailedError or WaitTimeoutError."""
        try:
            known_deployments = {deployment.id for deployment in self._list_deployments()}
            known_releases = {release.id for release in self._list_releases()}
        except WaitTimeoutError as error:
            cause = error.__cause__
            raise WaitTimeoutError(f"{self._what} was not begun in time: {cause}") from cause
        started = self._client.deploy_app(*self._app)
        if not started.ok:
            raise InvalidResponseError(f"{self._what} was not begun: the server answered {started}")
        image_id = started.image_id
        if image_id:
            self._wait_for_image(image_id)
        deployment = self._wait_for_new_deployment(known_deployments, known_releases, image_id)
        if not deployment.id:
            raise InvalidResponseError(
                f"{self._what} made a deployment that is listed without an id"
            )
        return wait_for_stage(
            self._poller,
            lambda: self._client.get_deployment(*self._app, deployment.id),
            f"deployment {deployment.id}",
            self._on_update,
        )

    def _list_deployments(self) -> list[Deployment]:
        return self._poller.ask(lambda: self._client.list_deployments(*self._app), self._what)

    def _list_releases(self) -> list[Release]:
        return self._poller.ask(lambda: self._client.list_releases(*self._app), self._what)

    def _wait_for_image(self, image_id: str) -> None:
        wait_for_stage(
            self._poller,
            lambda: self._client.get_image(*self._app, image_id),
            f"the build of image {image_id}",
            self._on_update,
        )

    def _wait_for_new_deployment(
        self, known_deployments: set[str], known_releases: set[str], image_id: str
    ) -> Deployment:
        """The deployment that was not there before; a failed release on the way to it is raised."""
        seen: dict[str, Release] = {}
        while True:
            new = [
                deployment
                for deployment in self._list_deployments()
                if deployment.id not in known_deployments
                and _may_be(deployment.release.get("image"), image_id)
            ]
            if new:
                return min(new, key=lambda deployment: deployment.created or "")
            for release in self._list_releases():
                if release.id not in known_releases and seen.get(release.id) != release:
                    seen[release.id] = release
                    self._look_at_release(release, image_id)
            self._poller.pause(self._what)

    def _look_at_release(self, release: Release, image_id: str) -> None:
        """Hands on a new or changed release of our image; raises the error if it failed."""
        if release.error:  # why and of which image it was, only the single release tells
            release = self._poller.ask(
                lambda: self._client.get_release(*self._app, release.id), self._what
            )
        if not _may_be(release.image, image_id):
            return
        self._poller.saw(release)
        if self._on_update is not None:
            self._on_update(release)
        if release.error:
            raise failure_of(release, f"release {release.id}")


def _may_be(image: object, image_id: str) -> bool:
    """False if what a release says of its image names another one than ours."""
    named = image.get("id") if isinstance(image, dict) else None
    return not image_id or named is None or named == image_id
