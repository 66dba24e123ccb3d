"""Follows a deploy on retired routes, where each record names the record that it was made from.

Others may deploy at the same time. So the deploy is followed link by link: the image that the
trigger names, the release that was made from this image, the deployment of this release.
"""

from __future__ import annotations

from ...exceptions import InvalidResponseError
from ...models import Deployment, DeployResult, Image, Release
from ..arguments import usable_id
from ..pages import NewItems
from ..waiting import Pipeline


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
        self._new(Release)

    def follow(self, started: DeployResult) -> Deployment:
        """Returns the finished deployment of a deploy that was just triggered."""
        pipeline = self._pipeline
        image_id = pipeline.started_id(started.image_id)
        pipeline.wait_for(Image, image_id)
        release_id = self._find(Release, image_id)
        pipeline.wait_for(Release, release_id, is_new=False)
        deployment_id = self._find(Deployment, release_id)
        return pipeline.wait_for(Deployment, deployment_id, is_new=False)

    def _new(self, kind: type[Release | Deployment]) -> list[Release] | list[Deployment]:
        """Lists the releases or deployments that were made since the trigger."""
        if kind is Release:
            return self._pipeline.list("list_releases", list[Release], self._releases)
        return self._pipeline.list("list_deployments", list[Deployment], self._deployments)

    def _find(self, kind: type[Release | Deployment], source_id: str) -> str:
        """Waits for the record that was made from `source_id`, and returns its id.

        Raises InvalidResponseError if the records do not name their sources.
        """
        word = kind.__name__.lower()
        others: set[str] = set()
        while True:
            for model in self._new(kind):
                if model.id in others:
                    continue
                if not _source_of(model):  # Lists may lack the source.
                    self._pipeline.poller.remaining(self._pipeline.label)
                    listed_id = usable_id(model.id, f"a {word} is listed")
                    read = self._pipeline.reader(kind, listed_id)
                    model = self._pipeline.poller.poll(read, self._pipeline.label)
                source = _source_of(model)
                if source == source_id:
                    return usable_id(model.id, f"a {word} is listed")
                if source:
                    others.add(model.id)
                elif model.done and not others:
                    raise InvalidResponseError(
                        f"{word} {model.id} does not name its source, so "
                        f"the client cannot tell its own {word} from those of others"
                    )
            self._pipeline.pause()


def _source_of(model: Release | Deployment) -> object:
    """Returns the id of the image of a release, or of the release of a deployment, or None."""
    return (model.image if isinstance(model, Release) else model.release).get("id")
