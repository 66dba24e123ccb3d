"""Checks who owns a record that a retired route addresses by its id alone.

The call names an application, too. So the record is read first, and must belong to it.
"""

from __future__ import annotations

from contextlib import suppress

from ...exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..operation import Route
    from .look_ups import RetiredCall


def send_for_owned_record(call: RetiredCall, route: Route) -> object:
    """Sends the route, after a check that the record belongs to the application."""
    kinds = ("image", "release", "deployment")
    kind = next(kind for kind in kinds if f"{kind}_id" in call.arguments)
    with suppress(InvalidResponseError):  # Without a usable id, the application's list is read.
        call.look_up("app_id")
    reading = call.routes[f"get_{kind}"]
    record = call.send(reading)
    if not _belongs_to_application(call, kind, record):
        raise call.missing(kind, f"{kind}_id")
    return record if route.path == reading.path else call.send(route)


def _belongs_to_application(call: RetiredCall, kind: str, record: Any) -> bool:
    """Returns whether the record names the application.

    If that cannot be compared, returns whether the record is in the application's list.
    """
    named = record.get("application_id") if isinstance(record, dict) else None
    if named and "app_id" in call.arguments:
        return bool(named == call.arguments["app_id"])
    identifier = call.arguments[f"{kind}_id"]
    return any(each.get("id") == identifier for each in call.read(f"list_{kind}s"))
