"""`link` and `unlink`: links the working directory to an app."""

from __future__ import annotations

import os

from ..exceptions import AnclaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from .argument import Given


def link(_: AnclaClient, given: Given) -> object:
    environment = given.environment or os.environ.get("ANCLA_ENV") or "production"
    organization, project, app = given.app
    given.config_files.write_link((organization, project, app), environment)
    return {"workspace": organization, "project": project, "env": environment, "service": app}


def unlink(_: AnclaClient, given: Given) -> None:
    if not given.config_files.remove_link():
        raise AnclaError("the working directory is not linked to an app")
