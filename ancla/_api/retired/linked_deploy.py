"""Follows a deploy on retired routes, where each record names the record that it was made from.

Others may deploy at the same time. So the deploy is followed link by link: the image that the
trigger names, the release that was made from this image, the deployment of this release.
"""

from __future__ import annotations

from ...exceptions import AnclaError, InvalidResponseError
from ...models import Deployment, Image, Release
from ..arguments import check, usable_id
from ..call import remember
from ..operation import ROUTE_IS_MISSING
from ..pages import NewItems
from ..waiting import wait_for_stage
from .ownership import ownership_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from ...models import DeployResult
    from ..waiting import Pipeline

    Made = TypeVar("Made", Release, Deployment)


def linked_deploy(pipeline: Pipeline, deployments: NewItems) -> LinkedDeploy | None:
    """Returns a deploy on retired routes, or None if the server has today's API."""
    is_todays = pipeline.remote.retired.is_todays
    return None if is_todays else LinkedDeploy(pipeline, deployments)


class LinkedDeploy:
    """One deploy, from before its trigger to the finished deployment."""

    def __init__(self, pipeline: Pipeline, deployments: NewItems) -> None:
        """`deployments` has read the application's deployments once."""
        self._pipeline = pipeline
        self._deployments = deployments
        self._releases = NewItems()

    def note_builds(self) -> None:
        """Remembers the releases before the trigger."""
        self._new_releases()

    def follow(self, started: DeployResult) -> Deployment:
        """Returns the finished deployment of a deploy that was just triggered."""
        pipeline = self._pipeline
        image_id = usable_id(started.image_id, f"{pipeline.label} was started")
        self._trust(image_id=image_id)
        read_image = pipeline.reader("get_image", Image, image_id=image_id)
        wait_for_stage(pipeline.poller, read_image, f"the build of image {image_id}", is_new=True)
        release_id, release = self._find(
            self._new_releases, Release, lambda release: release.image, image_id
        )
        read_release = pipeline.reader("get_release", Release, release_id=release_id)
        wait_for_stage(pipeline.poller, read_release, f"release {release_id}", release)
        deployment_id, deployment = self._find(
            self._new_deployments,
            Deployment,
            lambda deployment: deployment.release,
            release_id,
        )
        read_deployment = pipeline.reader("get_deployment", Deployment, deployment_id=deployment_id)
        label = f"deployment {deployment_id}"
        return wait_for_stage(pipeline.poller, read_deployment, label, deployment)

    def _new_releases(self) -> list[Release]:
        return self._pipeline.list("list_releases", list[Release], self._releases)

    def _new_deployments(self) -> list[Deployment]:
        return self._pipeline.list("list_deployments", list[Deployment], self._deployments)

    def _trust(self, **record: str) -> None:
        """Remembers that a record belongs to the application, without a check.

        For records that a response about the application has named.
        """
        key = ownership_key(check({**self._pipeline.app, **record}))
        remember(self._pipeline.remote.memory, key, "")

    def _find(
        self,
        list_new: Callable[[], list[Made]],
        kind: type[Made],
        source_of: Callable[[Made], dict[str, object]],
        source_id: str,
    ) -> tuple[str, Made]:
        """Waits for the record that was made from `source_id`. Returns its id and state.

        `list_new` returns records that may lack their source. Then a single record is read.
        Raises InvalidResponseError if that lacks it, too.
        """
        others: set[str] = set()
        while True:
            for listed in list_new():
                if listed.id in others:
                    continue
                model = self._if_made_from(source_id, listed, kind, source_of, others)
                if model is not None:
                    return listed.id, model
            self._pipeline.pause()

    def _if_made_from(
        self,
        source_id: str,
        listed: Made,
        kind: type[Made],
        source_of: Callable[[Made], dict[str, object]],
        others: set[str],
    ) -> Made | None:
        """Returns the state of a listed record if it was made from `source_id`, or None.

        Adds its id to `others` if it was made from something else.
        """
        model, named = listed, source_of(listed).get("id")
        if named is None and others:  # Reading each of the others took a request.
            self._pipeline.poller.remaining(self._pipeline.label)
        if named in (None, source_id):
            model = self._details(listed)
            named = source_of(model).get("id", named)
        if named == source_id:
            return model
        if named is not None:
            others.add(listed.id)
        elif model.done and not others:
            raise InvalidResponseError(
                f"{_kind(model)} {listed.id} does not name its source, so "
                f"the client cannot tell its own {_kind(model)} from those of others"
            )
        return None

    def _details(self, listed: Made) -> Made:
        kind = _kind(listed)
        record = {f"{kind}_id": usable_id(listed.id, f"a {kind} is listed")}
        self._trust(**record)
        read = self._pipeline.reader(f"get_{kind}", type(listed), **record)
        try:
            return self._pipeline.poller.poll(read, self._pipeline.label)
        except AnclaError as error:
            if error.status_code not in ROUTE_IS_MISSING:
                raise
            return listed  # It was deleted, or the server has no such route.


def _kind(model: Release | Deployment) -> str:
    return type(model).__name__.lower()
