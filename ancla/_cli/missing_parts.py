"""Finds the missing part of a path after a "not found".

Reads the lists from the app upwards until one of them lacks the requested part. That takes at most
three requests. Only the command line sends them, to explain an error.
"""

from __future__ import annotations

from ..exceptions import AnclaError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given, Slugs

_MAX_SHOWN = 10


def explain(client: AnclaClient, given: Given) -> str:
    """Returns an addition to the error, or "" if all parts exist or a list cannot be read."""
    path: Slugs | None = None
    for name in ("app", "project", "org"):
        path = path or getattr(given, name, None)
    if path is None:
        return ""
    try:
        return _missing_part(client.with_options(max_retries=0), given, path)
    except AnclaError:  # Show only the original error.
        return ""


def _missing_part(client: AnclaClient, given: Given, path: Slugs) -> str:
    """Checks from the app upwards. If a list can be read, its parents exist."""
    environments = _named_environments(client, given, path)
    is_promotion = len(environments) > 1
    if len(path) == 3 and not is_promotion:
        missing = _missing_app(client, environments[0], path)
        if missing is not None:
            return missing
    if len(path) > 1:
        projects = _slugs(client.list_projects, path[:1])
        if projects is not None:
            missing = _unless_listed("project", path[1], path[0], projects)
            missing = missing or _missing_environment(client, environments, path)
            if is_promotion and not missing:
                missing = _missing_app(client, environments[0], path)
            return missing or ""
    orgs = _slugs(client.list_orgs, ())
    return "" if orgs is None else _unless_listed("organization", path[0], "", orgs)


def _missing_app(client: AnclaClient, environment: str, path: Slugs) -> str | None:
    apps = _slugs(client.with_options(environment=environment).list_apps, path[:2])
    if apps is None:
        return None
    place = f"{path[0]}/{path[1]}, environment {environment}"
    return _unless_listed("app", path[2], place, apps)


def _named_environments(client: AnclaClient, given: Given, path: Slugs) -> list[str]:
    """Returns the environments that the arguments name, or the app's."""
    names = [getattr(given, name, None) for name in ("env", "source", "target")]
    found = [name for name in names if name]
    needs_one = len(path) == 3 or getattr(given, "scope", None) == "environment"
    return found if found or not needs_one else [client.environment]


def _missing_environment(client: AnclaClient, environments: list[str], path: Slugs) -> str:
    if not environments:
        return ""
    existing = [environment.slug for environment in client.list_environments(path[0], path[1])]
    place = f"{path[0]}/{path[1]}"
    found = (_unless_listed("environment", name, place, existing) for name in environments)
    return next(filter(None, found), "")


def _slugs(method: Any, parents: Iterable[str]) -> list[str] | None:
    """Returns the slugs in a list, or None if the parent does not exist."""
    try:
        return [record.slug for record in method(*parents)]
    except NotFoundError:
        return None


def _unless_listed(kind: str, slug: str, place: str, existing: list[str]) -> str:
    """Returns the message for a missing slug, or "" if it exists."""
    if slug in existing:
        return ""
    within = f" in {place}" if place else ""
    if not existing:
        return f"; there is no {kind} {slug}{within}; available: none"
    shown = ", ".join(existing[:_MAX_SHOWN])
    more = f" and {len(existing) - _MAX_SHOWN} more" if len(existing) > _MAX_SHOWN else ""
    return f"; there is no {kind} {slug}{within}; available: {shown}{more}"
