"""Shows the progress of a wait together with the logs."""

from __future__ import annotations

from functools import partial

from .._api.progress import Progress
from ..exceptions import AnclaError, APIConnectionError, ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..client import AnclaClient
    from ..models import BuildLog, Deployment, DeploymentLog, Image, Release
    from .argument import Given


class LogProgress(Progress):
    """Shows progress. Writes the new part of the build's or deployment's log at each poll."""

    def __init__(self, client: AnclaClient, given: Given) -> None:
        super().__init__(quiet=given.quiet, plain=given.verbose)
        view = client.with_options(max_retries=0)  # The next poll is the retry.
        self._reads: dict[str, Callable[..., BuildLog | DeploymentLog]] = {
            "Image": partial(view._image_log, is_checked=True),  # The wait reads the image, too.
            "Deployment": view.get_deployment_log,
        }
        self._app = given.app
        self._model: Image | Release | Deployment | None = None
        self._written = ""

    def __call__(self, model: Image | Release | Deployment) -> None:
        if self._model is None or model.id != self._model.id:
            self._written = ""
        self._model = model
        self._write_news()
        self.close()
        super().__call__(model)

    def sleep(self, seconds: float) -> None:
        self._write_news()
        super().sleep(seconds)

    def _write_news(self) -> None:
        read = self._reads.get(type(self._model).__name__)
        if read is None or self._model is None:
            return
        try:
            text = read(*self._app, self._model.id).log_text or ""
        except AnclaError as error:  # The wait continues, and reports lasting errors.
            if not isinstance(error, (APIConnectionError, ServerError)):
                self._reads.clear()  # The server has no logs.
            return
        news = text.removeprefix(self._written)
        if news:
            self.write(news)
        self._written = text
