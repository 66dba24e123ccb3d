"""Finds the missing part of a path after a "not found".

Reads the lists from the organizations down to the apps, until one of them lacks a part. Only the
command line sends these requests, at most four, to explain an error.
"""

from __future__ import annotations

from ..exceptions import AnclaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given, Slugs

_MAX_SHOWN = 10


def explain(client: AnclaClient, given: Given) -> str:
    """Returns an addition to the error, or "" if all parts exist or a list cannot be read."""
    path = next(
        filter(None, (getattr(given, name, None) for name in ("app", "project", "org"))), ()
    )
    try:
        for kind, slug, place, listed in _parts(client.with_options(max_retries=0), given, path):
            existing = [record.slug for record in listed]
            if slug not in existing:
                shown = ", ".join(existing[:_MAX_SHOWN]) or "none"
                left_out = len(existing) - _MAX_SHOWN
                more = f" and {left_out} more" if left_out > 0 else ""
                return f"; there is no {kind} {slug}{place}; available: {shown}{more}"
    except AnclaError:  # Show only the original error.
        pass
    return ""


def _parts(
    client: AnclaClient, given: Given, path: Slugs | tuple[()]
) -> Iterator[tuple[str, str, str, list[Any]]]:
    """Yields each part of the path: its kind, slug and place, and the records that are there."""
    org, project, app = [*path, None, None, None][:3]
    if org:
        yield "organization", org, "", client.list_orgs()
    if org and project:
        yield "project", project, f" in {org}", client.list_projects(org)
        place = f" in {org}/{project}"
        environments = _environments(client, given, has_app=app is not None)
        # Every project has production, and servers with retired routes have no others.
        if others := [name for name in environments if name != "production"]:
            listed = client.list_environments(org, project)
            for name in others:
                yield "environment", name, place, listed
        if app:
            apps = client.with_options(environment=environments[0]).list_apps(org, project)
            yield "app", app, f"{place}, environment {environments[0]}", apps


def _environments(client: AnclaClient, given: Given, *, has_app: bool) -> list[str]:
    """Returns the environments that the arguments name, or else the client's."""
    named = [getattr(given, name, None) for name in ("env", "source", "target")]
    needs_one = has_app or getattr(given, "scope", None) == "environment"
    return [name for name in named if name] or ([client.environment] if needs_one else [])
