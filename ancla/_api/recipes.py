"""What takes more than one request, or a check before it, in more than one route set.

A recipe is called with the call and its route, and returns what the one request would have.
"""

from __future__ import annotations

from .arguments import path_segment, slug_from_name
from .operation import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .call import Call
    from .operation import Route


def create_with_slug(call: Call, route: Route) -> object:
    """Sends the slug that the platform would make from the name."""
    call.arguments["slug"] = slug_from_name(call.arguments["name"])
    return call.send(route)


def change_fields(call: Call, route: Route, *, unknown: str) -> object:
    """Changes an application's fields; refuses those that the server would ignore."""
    fields: Any = call.arguments["fields"]
    if refused := [name for name in unknown.split() if name in fields]:
        raise Unsupported(f"change an application's {' and '.join(refused)}")
    return call.send(route)


# Config variables


def pick_variable(call: Call, _: Route) -> dict[str, Any]:
    """The variable that the call names, from the list of all."""
    found = find_variable(call)
    if found is None:
        raise call.missing("config variable", "key")
    return found


def find_variable(call: Call) -> dict[str, Any] | None:
    """The same, or None if there is no such variable."""
    for item in call.read("list_config"):
        if item.get("name") == call.arguments["key"]:
            return item
    return None


def fill_in_config_id(call: Call, variable: object) -> None:
    identifier = call.id_of(variable, call.target)
    call.segments["config_id"] = path_segment("config_id", identifier)
