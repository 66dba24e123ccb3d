"""Deploying and waiting: which deployment a deploy produced, and what became of it."""

from __future__ import annotations

from ._waiting import failure_of, wait_for_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ._waiting import OnUpdate, Poller
    from .models import Deployment, DeployResult, Image, Release

    class Client(Protocol):
        """What is asked of the client."""

        def deploy_app(self, org: str, project: str, slug: str) -> DeployResult: ...

        def get_image(self, org: str, project: str, app: str, image_id: str) -> Image: ...

        def list_releases(self, org: str, project: str, app: str) -> list[Release]: ...

        def get_release(self, org: str, project: str, app: str, release_id: str) -> Release: ...

        def list_deployments(self, org: str, project: str, app: str) -> list[Deployment]: ...

        def get_deployment(
            self, org: str, project: str, app: str, deployment_id: str
        ) -> Deployment: ...


class Deploy:
    """One deploy of one application, from its trigger to the finished deployment."""

    def __init__(
        self,
        client: Client,
        org: str,
        project: str,
        app: str,
        poller: Poller,
        on_update: OnUpdate | None,
    ) -> None:
        self._client = client
        self._app = (org, project, app)
        self._poller = poller
        self._on_update = on_update
        self._what = f"the deploy of {app!r}"

    def run(self) -> Deployment:
        """The finished deployment; BuildFailedError, DeploymentFailedError or WaitTimeoutError."""
        known_deployments = {deployment.id for deployment in self._list_deployments()}
        known_releases = {release.id for release in self._list_releases()}
        image_id = self._client.deploy_app(*self._app).image_id
        if image_id:
            self._wait_for_image(image_id)
        deployment = self._wait_for_new_deployment(known_deployments, known_releases, image_id)
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
        previous: Release | None = None
        while True:
            new = [item for item in self._list_deployments() if item.id not in known_deployments]
            ours = [item for item in new if _image_of(item.release) in (None, image_id)]
            if ours:
                return min(ours, key=lambda deployment: deployment.created or "")
            for release in self._list_releases():
                if release.id in known_releases:
                    continue
                if release != previous and self._on_update is not None:
                    self._on_update(release)
                previous = release
                self._poller.saw(release)
                if release.error:
                    self._raise_failed_release(release.id)
            self._poller.pause(self._what)

    def _raise_failed_release(self, release_id: str) -> None:
        """The single release tells why it failed; in lists that is left out."""
        release = self._poller.ask(
            lambda: self._client.get_release(*self._app, release_id), self._what
        )
        raise failure_of(release, f"release {release_id}")


def _image_of(release: dict[str, object]) -> object:
    """The id of the image in a deployment's release, or None if the server does not tell it."""
    image = release.get("image")
    return image.get("id") if isinstance(image, dict) else release.get("image_id")
