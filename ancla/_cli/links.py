"""`link` and `unlink`: links the working directory to an app."""

from __future__ import annotations

import os

from ..exceptions import AnclaError
from .argument import link_slug, parse_text
from .messages import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from .argument import Given


def link(_: AnclaClient, given: Given) -> object:
    environment = given.environment or os.environ.get("ANCLA_ENV") or "production"
    organization, project, app = given.app
    # The reader of the link checks its slugs in the same way.
    for slug in given.app:
        parse_text("argument ORG/PROJECT/APP:", link_slug, slug)
    source = "environment:" if given.environment else "ANCLA_ENV:"
    parse_text(source, link_slug, environment)
    given.config_files.write_link((organization, project, app), environment)
    return {"workspace": organization, "project": project, "env": environment, "service": app}


def unlink(_: AnclaClient, given: Given) -> None:
    moved = given.config_files.move_damaged_file()
    if moved:
        if not given.quiet:
            say(moved)
    elif not given.config_files.remove_link():
        raise AnclaError("the working directory is not linked to an app")
