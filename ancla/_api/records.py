"""Records that a retired route addresses by nothing but their id: whose are they?

The call names an application too. So the record is read first, and it has to be the application's.
"""

from __future__ import annotations

from contextlib import suppress

from ..exceptions import InvalidResponseError
from . import operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .call import Call
    from .operation import Route

_KINDS = ("image", "release", "deployment")


def proved_record(call: Call, route: Route) -> object:
    """Sends a route with a record's id, once the record is known to be the application's."""
    kind, *_ = key = proof_of(call.segments)
    if key in call.memory:
        return call.send(route)
    with suppress(InvalidResponseError):  # The application has no usable id.
        call.fill_in_id("app_id")
    reading = call.routes[f"get_{kind}"]
    record = call.send(reading)
    if not _is_of_application(call, kind, record):
        raise call.missing(kind, f"{kind}_id")
    call.remember(key, "")
    return record if route.path == reading.path else call.send(route)


def proof_of(segments: Mapping[str, str]) -> tuple[str, ...]:
    """The key under which it is remembered that a record is the application's."""
    kind = next(kind for kind in _KINDS if f"{kind}_id" in segments)
    return (kind, *(segments[name] for name in ("org", "project", "app", f"{kind}_id")))


def _is_of_application(call: Call, kind: str, record: Any) -> bool:
    """By what the record says of its application, or else by the application's own list."""
    named = record.get("application_id") if isinstance(record, dict) else None
    if named and "app_id" in call.segments:
        return call.is_id(named, "app_id")
    records = call.read(getattr(operations, f"list_{kind}s"))
    return any(each.get("id") == call.arguments[f"{kind}_id"] for each in records)
