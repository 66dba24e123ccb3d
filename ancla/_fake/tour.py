"""`python -m ancla.testing tour`: shows the SDK, from creating an app to deleting it."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import partial

from .._cli.tables import format_table
from ..client import AnclaClient
from ..exceptions import AnclaError, NotFoundError
from ..models import Deployment, Image, Release

_POLL_SECONDS = 0.04


def run_tour(api_key: str, url: str, route_set: str) -> None:
    """Prints each step and its result. `route_set` describes the routes of the server."""
    print(f"A tour of the Ancla SDK. An embedded server has {route_set} at {url}.")
    with AnclaClient(api_key, url, trust_env=False) as client:
        _take_tour(client)


def _take_tour(client: AnclaClient) -> None:
    print("\nCreate an organization, a project and an application")
    org = client.create_org("Sea Trial")
    project = client.create_project(org.slug, "Web Shop")
    app = client.create_app(org.slug, project.slug, "Storefront", "wind")
    path = (org.slug, project.slug, app.slug)
    _table(
        "WHAT NAME SLUG",
        [
            ("organization", org.name, org.slug),
            ("project", project.name, project.slug),
            ("application", app.name, app.slug),
        ],
    )

    print("\nSet its configuration")
    client.set_config(*path, "GREETING", "hello")
    client.set_config(*path, "GREETING", "ahoy")
    client.set_config(*path, "DATABASE_URL", "postgres://db/shop", secret=True)
    variables = client.list_config(*path)
    _table("NAME VALUE SECRET", ((it.name, it.value, it.secret) for it in variables))

    print("\nDeploy it, and watch")
    client.deploy_and_wait(*path, interval=_POLL_SECONDS, on_update=_Progress().show)

    print("\nDeploy a change, and roll it back")
    client.set_config(*path, "GREETING", "bye")
    client.deploy_and_wait(*path, interval=_POLL_SECONDS)
    with _refusals("rollback"):
        rollback = client.rollback_app(*path)
        client.wait_for_deployment(
            *path, rollback.deployment_id, interval=_POLL_SECONDS, on_update=_Progress().show
        )

    print("\nScale it")
    with _refusals("application"):
        client.scale_app(*path, {"web": 3, "worker": 1})
    _table("PROCESS COUNT", client.get_app(*path).process_counts.items())

    print("\nList everything")
    _table("ORGANIZATION PROJECTS", ((it.slug, it.project_count) for it in client.list_orgs()))
    print()
    projects = client.list_projects(org.slug)
    _table("PROJECT APPLICATIONS", ((it.slug, it.application_count) for it in projects))
    print()
    with _refusals("environments"):
        environments = client.list_environments(org.slug, project.slug)
        _table("ENVIRONMENT APPLICATIONS", ((it.slug, it.application_count) for it in environments))
    print()
    apps = client.list_apps(org.slug, project.slug)
    _table("APPLICATION PLATFORM", ((it.slug, it.platform) for it in apps))
    print()
    _table("IMAGE STATUS", ((it.version, it.status) for it in client.list_images(*path)))
    print()
    deployments = client.list_deployments(*path)
    _table("DEPLOYMENT STATUS", ((it.id, it.status) for it in deployments))

    print("\nCatch an error")
    try:
        client.get_app(org.slug, project.slug, "no-such-app")
    except NotFoundError as error:
        _line(f"NotFoundError: {error}")

    print("\nDelete it all again")
    for label, delete in (
        ("variable GREETING", partial(client.delete_config, *path, "GREETING")),
        (f"application {app.slug}", partial(client.delete_app, *path)),
        (f"project {project.slug}", partial(client.delete_project, org.slug, project.slug)),
        (f"organization {org.slug}", partial(client.delete_org, org.slug)),
    ):
        with _refusals(label):
            delete()
            _line(f"{label}: deleted")


@contextmanager
def _refusals(label: str) -> Generator[None]:
    """Prints the error of a step that some servers cannot do, and continues."""
    try:
        yield
    except AnclaError as error:
        _line(f"{label}: AnclaError: {error}")


class _Progress:
    """Prints a line for each change of a pipeline's status, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._shown = ""

    def show(self, model: Image | Release | Deployment) -> None:
        kind = type(model).__name__
        news = f"{kind:<10}  {model.status}"
        if news != self._shown:
            self._shown = news
            _line(f"{time.monotonic() - self._start:5.2f} s  {news}")


def _line(text: str) -> None:
    print(f"  {text}", flush=True)


def _table(headers: str, rows: Iterable[Sequence[object]]) -> None:
    print(textwrap.indent(format_table(headers.split(), rows), "  "), flush=True)
