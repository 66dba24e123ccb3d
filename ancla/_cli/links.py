"""`link` and `unlink`: links the working directory to an app."""

from __future__ import annotations

import os
from contextlib import suppress

from ..exceptions import AnclaError, NotFoundError
from .argument import Given, UsageError, link_slug, parse_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient


def link(client: AnclaClient, given: Given) -> object:
    environment = given.environment or os.environ.get("ANCLA_ENV") or "production"
    # The reader of the link checks its slugs in the same way.
    for slug in given.app:
        parse_text("argument ORG/PROJECT/APP:", link_slug, slug)
    source = "environment:" if given.environment else "ANCLA_ENV:"
    parse_text(source, link_slug, environment)
    fault = _fault(client.with_options(max_retries=0, environment=environment), given)
    values = given.config_files.write_link(given.app, environment)
    organization, project, app = given.app
    given.say(
        f"Linked the working directory to the app {app} "
        f"in the environment {environment} of {organization}/{project}{fault}."
    )
    return values


def _fault(client: AnclaClient, given: Given) -> str:
    """Asks the server for the app. Returns what is wrong with the link, or "".

    Raises UsageError if the name is that of an environment.
    """
    if client.api_key is None:
        return " (not checked: no API key)"
    try:
        client.get_app(*given.app)
        return ""
    except NotFoundError:
        pass
    except AnclaError as error:
        return f" (not checked: {error})"
    organization, project, app = given.app
    with suppress(AnclaError):  # Some servers have no environments.
        existing = client.list_environments(organization, project)
        if given.environment is None and app in [environment.slug for environment in existing]:
            raise UsageError(
                f"{app} is an environment of {organization}/{project}, not an app: "
                "give ORG/PROJECT/APP or ORG/PROJECT/ENV/APP"
            )
    return "; the server has no such app"


def unlink(_: AnclaClient, given: Given) -> None:
    if moved := given.config_files.remove_link():
        given.say(moved)
