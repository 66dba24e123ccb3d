"""`python -m ancla.testing tour`: the SDK's main job from beginning to end, on a FakeAncla."""

from __future__ import annotations

import textwrap
import time

from ._tables import format_table
from .client import AnclaClient
from .exceptions import AnclaError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .models import Deployment, Image, Release
    from .testing import FakeAncla

_POLL_SECONDS = 0.04


def run_tour(fake: FakeAncla, spoken: str) -> None:
    """Prints what it does and what comes of it. `spoken` says which routes the server has."""
    print(f"A tour of the Ancla SDK. An embedded server speaks {spoken} at {fake.url}.")
    with AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        tour = _Tour(client)
        tour.create()
        tour.configure()
        tour.deploy()
        tour.scale()
        tour.list_everything()
        tour.catch_an_error()
        tour.delete()
    print(f"\nDone: {len(fake.requests)} requests over {_count(fake.connections, 'connection')}.")


class _Tour:
    def __init__(self, client: AnclaClient) -> None:
        self._client = client
        self._org = self._project = self._app = ""

    def create(self) -> None:
        _heading("Create an organization, a project and an application")
        org = self._client.create_org("Sea Trial")
        project = self._client.create_project(org.slug, "Web Shop")
        app = self._client.create_app(org.slug, project.slug, "Storefront", "wind")
        self._org, self._project, self._app = org.slug, project.slug, app.slug
        _table(
            ("WHAT", "NAME", "SLUG"),
            (
                ("organization", org.name, org.slug),
                ("project", project.name, project.slug),
                ("application", app.name, app.slug),
            ),
        )

    def configure(self) -> None:
        _heading("Set its configuration")
        place = (self._org, self._project, self._app)
        self._client.set_config(*place, "GREETING", "hello")
        self._client.set_config(*place, "GREETING", "ahoy")
        self._client.set_config(*place, "DATABASE_URL", "postgres://db/shop", secret=True)
        _table(
            ("NAME", "VALUE", "SECRET"),
            (
                (variable.name, variable.value, variable.secret)
                for variable in self._client.list_config(*place)
            ),
        )

    def deploy(self) -> None:
        _heading("Deploy it, and watch")
        progress = _Progress()
        deployment = self._client.deploy_and_wait(
            self._org,
            self._project,
            self._app,
            interval=_POLL_SECONDS,
            on_update=progress.show,
        )
        _line(f"release {deployment.release.get('version')} is active")

    def scale(self) -> None:
        _heading("Scale it")
        self._client.scale_app(self._org, self._project, self._app, {"web": 3, "worker": 1})
        app = self._client.get_app(self._org, self._project, self._app)
        _table(("PROCESS", "COUNT"), app.process_counts.items())

    def list_everything(self) -> None:
        _heading("List everything")
        client, org, project = self._client, self._org, self._project
        place = (org, project, self._app)
        _table(
            ("ORGANIZATION", "PROJECTS"),
            ((found.slug, found.project_count) for found in client.list_orgs()),
        )
        print()
        _table(
            ("PROJECT", "APPLICATIONS"),
            ((found.slug, found.application_count) for found in client.list_projects(org)),
        )
        print()
        _table(
            ("APPLICATION", "PLATFORM", "IMAGE", "RELEASE", "DEPLOYED"),
            (
                (
                    app.slug,
                    app.platform,
                    app.latest_image_version,
                    app.latest_release_version,
                    app.latest_deployment_complete,
                )
                for app in client.list_apps(org, project)
            ),
        )
        print()
        _table(
            ("PIPELINE", "VERSION", "DONE", "FAILED"),
            (
                *(("image", it.version, it.built, it.error) for it in client.list_images(*place)),
                *(
                    ("release", it.version, it.built, it.error)
                    for it in client.list_releases(*place)
                ),
                *(
                    ("deployment", it.release.get("version"), it.complete, it.error)
                    for it in client.list_deployments(*place)
                ),
            ),
        )

    def catch_an_error(self) -> None:
        _heading("Catch an error")
        try:
            self._client.get_app(self._org, self._project, "no-such-app")
        except NotFoundError as error:
            _line(f"NotFoundError: {error}")

    def delete(self) -> None:
        _heading("Delete it all again")
        client, org, project, app = self._client, self._org, self._project, self._app
        _try("variable GREETING", lambda: client.delete_config(org, project, app, "GREETING"))
        _try(f"application {app}", lambda: client.delete_app(org, project, app))
        _try(f"project {project}", lambda: client.delete_project(org, project))
        _try(f"organization {org}", lambda: client.delete_org(org))


class _Progress:
    """One line for each change of a pipeline, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._shown = ""

    def show(self, model: Image | Release | Deployment) -> None:
        kind = type(model).__name__
        over = getattr(model, "built", False) or getattr(model, "complete", False)
        state = "failed" if model.error else "done" if over else "under way"
        news = f"{kind:<10}  {state}"
        if news != self._shown:
            self._shown = news
            _line(f"{time.monotonic() - self._start:5.2f} s  {news}")


def _try(what: str, delete: Callable[[], None]) -> None:
    try:
        delete()
    except AnclaError as error:
        _line(f"{what}: {type(error).__name__}: {error}")
    else:
        _line(f"{what}: deleted")


def _heading(text: str) -> None:
    print(f"\n{text}")


def _line(text: str) -> None:
    print(f"  {text}", flush=True)


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(textwrap.indent(format_table(headers, rows), "  "), flush=True)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
