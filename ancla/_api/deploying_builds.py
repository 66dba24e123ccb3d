"""Which deployment a deploy produced on workspaces routes, where no answer links it to its image."""

from __future__ import annotations

from ..exceptions import InvalidResponseError
from . import operations
from .arguments import usable_id
from .waiting import is_over, wait_for_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..client import AnclaClient
    from ..models import Deployment, Image
    from .waiting import OnUpdate, Poller


class Builds:
    """Follows a build to its deployment by what was there before, and when.

    A deployment appears when its build is done. So ours is none that was there before that, and the
    next one if each other build that is done meanwhile has one already.
    """

    def __init__(
        self,
        client: AnclaClient,
        app: tuple[str, str, str],
        poller: Poller,
        on_update: OnUpdate | None,
        new_deployments: Callable[[], list[Deployment]],
    ) -> None:
        self._client = client
        self._app = app
        self._poller = poller
        self._on_update = on_update
        self._new_deployments = new_deployments
        self._what = f"the deploy of {app[2]!r}"
        before = self._newest()
        self._known = {image.id for image in before}
        # Those can have no more deployments; and the deployments that others had since then.
        self._over = {image.id for image in before if is_over(image)}
        self._others: set[str] = set()

    def follow(self, image_id: str) -> Deployment:
        client, poller = self._client, self._poller
        is_named = bool(image_id)
        image_id = image_id or self._first_newer()

        def look() -> Image:
            seen = {deployment.id for deployment in self._new_deployments()}
            image = client.get_image(*self._app, image_id)
            if not is_over(image):
                self._others |= seen
            return image

        wait_for_stage(poller, look, f"the build of image {image_id}", self._on_update)
        deployment_id = self._deployment_of(image_id, is_named)
        return wait_for_stage(
            poller,
            lambda: client.get_deployment(*self._app, deployment_id),
            f"deployment {deployment_id}",
            self._on_update,
        )

    def _newest(self) -> list[Image]:
        org, project, app = self._app
        call = self._client._dispatcher.call
        return self._poller.ask(
            lambda: call(operations.list_newest_images, org=org, project=project, app=app),
            self._what,
        )

    def _first_newer(self) -> str:
        """The image of our deploy, if nothing but the time tells it."""
        while True:
            newer = [image for image in self._newest() if image.id not in self._known]
            if len(newer) > 1:
                raise _in_doubt("image")
            if newer:
                return usable_id(newer[0].id, f"{self._what} was started")
            self._poller.pause(self._what)

    def _deployment_of(self, image_id: str, is_named: bool) -> str:
        while True:
            found = [it.id for it in self._new_deployments() if it.id not in self._others]
            if found:
                # Only now, so that what is not built here cannot have been deployed there.
                done = {*self._over, image_id}
                rivals = [image for image in self._newest() if image.id not in done]
                built = [image for image in rivals if image.built]
                if len(found) > 1 or len(built) > len(self._others) or (rivals and not is_named):
                    raise _in_doubt("deployment")
                return usable_id(found[0], f"{self._what} was started")
            self._poller.pause(self._what)


def _in_doubt(what: str) -> InvalidResponseError:
    return InvalidResponseError(
        f"the server does not tell which {what} is ours, as others deploy at the same time"
    )
