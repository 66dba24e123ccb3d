"""Commands for apps and projects that do more than pass arguments to a method of the client."""

from __future__ import annotations

from .all_arguments import APP_OPTIONS
from .argument import UsageError, parse_text, process_counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given


def deploy_environment(client: AnclaClient, given: Given) -> object:
    return client.deploy_environment(*given.project, given.env, given.app_slug)


def update_app(client: AnclaClient, given: Given) -> object:
    values = {option.dest: getattr(given, option.dest) for option in APP_OPTIONS}
    fields: dict[str, Any] = {
        field: None if value == "" else value
        for field, value in values.items()
        if value is not None
    }
    if not fields:
        raise UsageError("nothing to change: pass at least one option, such as --branch main")
    return client.update_app(*given.app, **fields)


def scale_app(client: AnclaClient, given: Given) -> None:
    counts = parse_text("argument PROCESS=COUNT:", process_counts, ",".join(given.counts))
    client.scale_app(*given.app, counts=counts)


def pipeline_status(client: AnclaClient, given: Given) -> object:
    status = client.get_pipeline_status(*given.app)
    if given.json or "release" in status.model_fields_set:
        return status
    # Servers without releases send none, so the table of stages has no row for it.
    return {name: stage for name, stage in status.model_dump().items() if name != "release"}
