"""Deploying and waiting: which deployment a deploy produced, and what became of it."""

from __future__ import annotations

from ..exceptions import (
    AnclaError,
    BuildFailedError,
    DeploymentFailedError,
    InvalidResponseError,
    WaitTimeoutError,
)
from . import operations
from .arguments import usable_id
from .pages import Newcomers, whole_list
from .requester import ROUTE_IS_MISSING
from .waiting import started_id, wait_for_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    from ..models import Deployment, DeployResult, Image, Release
    from .pages import ReadList
    from .requester import Operation
    from .routing import Dispatcher
    from .waiting import Poller, Stage

    Made = TypeVar("Made", Release, Deployment)

    class Client(Protocol):
        """What is asked for here of the client, which is above this module."""

        _dispatcher: Dispatcher

        def _without_retries(self) -> Client: ...
        def deploy_app(self, org: str, project: str, slug: str) -> DeployResult: ...
        def get_image(self, org: str, project: str, app: str, image_id: str) -> Image: ...
        def get_release(self, org: str, project: str, app: str, release_id: str) -> Release: ...
        def get_deployment(
            self, org: str, project: str, app: str, deployment_id: str
        ) -> Deployment: ...


class Deploy:
    """One deploy of one application, from its trigger to the finished deployment.

    Others may deploy at the same time, so it is followed link by link: the image that the trigger
    names, the release that was made from this image, the deployment of this release.

    Workspaces routes name neither releases nor what was deployed. There a deployment appears when
    its build is done: so ours is none that was there before that, and the next one if every other
    build that is done meanwhile has one already.
    """

    def __init__(
        self,
        client: Client,
        org: str,
        project: str,
        app: str,
        poller: Poller,
    ) -> None:
        self._deploy_app = client.deploy_app
        self._client = client._without_retries()
        self._app = (org, project, app)
        self._poller = poller
        self._what = f"the deploy of {app!r}"
        self._releases = Newcomers()
        self._deployments = Newcomers()
        # On workspaces routes: the builds that were there, those of them that were over, and the
        # deployments that others had since then.
        self._known: set[str] = set()
        self._over: set[str] = set()
        self._others: set[str] = set()

    def run(self) -> Deployment:
        """The finished deployment; BuildFailedError, DeploymentFailedError or WaitTimeoutError."""
        try:
            self._new_deployments()  # this tells, too, which routes the server has
            by_time = self._client._dispatcher.has_workspaces
            if by_time:
                before = self._newest_images()
                self._known = {image.id for image in before} - {""}
                self._over = {image.id for image in before if image.done or image.failed}
            else:
                self._new_releases()
        except WaitTimeoutError as error:
            what = f"{self._what} was not begun in time: {error.__cause__}"
            raise WaitTimeoutError(what) from error.__cause__
        started = self._deploy_app(*self._app)
        image_id = started.image_id
        if image_id or not by_time:
            image_id = started_id(started, image_id, self._what)
        try:
            return self._follow_by_time(image_id) if by_time else self._follow(image_id)
        except (BuildFailedError, DeploymentFailedError, WaitTimeoutError):
            raise
        except AnclaError as error:
            error.message += f" ({self._what} was started and may still go on at the server)"
            raise

    def _follow(self, image_id: str) -> Deployment:
        client, poller, app = self._client, self._poller, self._app
        self._trust("image", image_id)
        what = f"the build of image {image_id}"
        wait_for_stage(poller, lambda: client.get_image(*app, image_id), what)
        release_id, release = self._find(
            self._new_releases, client.get_release, lambda release: release.image, image_id
        )
        what = f"release {release_id}"
        wait_for_stage(poller, lambda: client.get_release(*app, release_id), what, release)
        deployment_id, deployment = self._find(
            self._new_deployments,
            client.get_deployment,
            lambda deployment: deployment.release,
            release_id,
        )
        what = f"deployment {deployment_id}"
        return wait_for_stage(
            poller, lambda: client.get_deployment(*app, deployment_id), what, deployment
        )

    def _follow_by_time(self, image_id: str) -> Deployment:
        client, poller = self._client, self._poller
        is_named = bool(image_id)
        image_id = image_id or self._first_new_image()

        def look() -> Image:
            seen = {deployment.id for deployment in self._new_deployments()}
            if not is_named:  # another one may have been listed before ours
                self._first_new_image()
            image = client.get_image(*self._app, image_id)
            if not (image.done or image.failed):
                self._others |= seen
            return image

        wait_for_stage(poller, look, f"the build of image {image_id}")
        deployment_id = self._deployment_after(image_id, is_named)
        return wait_for_stage(
            poller,
            lambda: client.get_deployment(*self._app, deployment_id),
            f"deployment {deployment_id}",
        )

    def _first_new_image(self) -> str:
        while True:
            new = [image.id for image in self._newest_images() if image.id not in self._known]
            if len(new) > 1:
                raise _in_doubt("image")
            if new:
                return usable_id(new[0], f"{self._what} was started")
            self._poller.pause(self._what)

    def _deployment_after(self, image_id: str, is_named: bool) -> str:
        while True:
            found = [it.id for it in self._new_deployments() if it.id not in self._others]
            if found:
                # Only now, so that what is not built here cannot have been deployed there.
                rest = {*self._over, image_id}
                rivals = [image for image in self._newest_images() if image.id not in rest]
                built = [image for image in rivals if image.built]
                if len(found) > 1 or len(built) > len(self._others) or (rivals and not is_named):
                    raise _in_doubt("deployment")
                return usable_id(found[0], f"{self._what} was started")
            self._poller.pause(self._what)

    def _newest_images(self) -> list[Image]:
        return self._list(operations.list_newest_images, whole_list)

    def _new_releases(self) -> list[Release]:
        return self._list(operations.list_releases, self._releases)

    def _new_deployments(self) -> list[Deployment]:
        return self._list(operations.list_deployments, self._deployments)

    def _list(self, operation: Operation[list[Stage]], read_list: ReadList) -> list[Stage]:
        org, project, app = self._app
        dispatcher = self._client._dispatcher
        return self._poller.ask(
            lambda: dispatcher.call(operation, read_list, org=org, project=project, app=app),
            self._what,
        )

    def _find(
        self,
        look: Callable[[], list[Made]],
        get: Callable[[str, str, str, str], Made],
        source: Callable[[Made], dict[str, object]],
        source_id: str,
    ) -> tuple[str, Made]:
        """The id and state of the first record that was made from ours, and is said to be.

        What it was made from, a list need not tell; but a single record does, or nobody knows.
        """
        others: set[str] = set()
        while True:
            for listed in look():
                if listed.id in others:
                    continue
                model, named = listed, source(listed).get("id")
                if named in (None, source_id):
                    model = self._details(get, listed)
                    named = source(model).get("id", named)
                if named == source_id:
                    return listed.id, model
                if named is not None:
                    others.add(listed.id)
                elif (model.done or model.failed) and not others:
                    raise InvalidResponseError(
                        f"the server does not tell what {_kind(model)} {listed.id} was made from, "
                        f"so ours cannot be told from those of others"
                    )
            self._poller.pause(self._what)

    def _details(self, get: Callable[[str, str, str, str], Made], listed: Made) -> Made:
        identifier = usable_id(listed.id, f"a {_kind(listed)} is listed")
        self._trust(_kind(listed), identifier)
        try:
            return self._poller.ask(lambda: get(*self._app, identifier), self._what)
        except AnclaError as error:
            if error.status_code not in ROUTE_IS_MISSING:
                raise
            return listed  # it is gone, or the server has no route for it

    def _trust(self, kind: str, identifier: str) -> None:
        """Spares the proof that a record is the application's, since its own answers name it."""
        org, project, app = self._app
        place = {"org": org, "project": project, "app": app, f"{kind}_id": identifier}
        self._client._dispatcher.trust(**place)


def _in_doubt(what: str) -> InvalidResponseError:
    return InvalidResponseError(
        f"the server does not tell which {what} is ours, as others deploy at the same time"
    )


def _kind(model: Release | Deployment) -> str:
    return type(model).__name__.lower()
