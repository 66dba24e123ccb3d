"""The recipes that several route sets share.

A recipe carries out an operation that is more than one plain request: it sends several, or first
checks or completes the arguments. It is called with the call and its route, and returns a response
in the form that one request would have.
"""

from __future__ import annotations

from ..models import ConfigVar
from .arguments import path_segment, slug_from_name
from .operation import Unsupported, operation
from .secrets import secret_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .call import Call
    from .operation import Operation, Route

_FLAGS = ("secret", "buildtime")
LIST_CONFIG = operation("list_config", list[ConfigVar])


def create_with_slug(call: Call, route: Route) -> object:
    """Adds the slug that the platform would derive from the name."""
    call.arguments["slug"] = slug_from_name(call.arguments["name"])
    return call.send(route)


def change_fields(call: Call, route: Route, *, ignored: str) -> object:
    """Changes an application's fields. Raises Unsupported for those that the server ignores."""
    fields: Any = call.arguments["fields"]
    if refused := [name for name in ignored.split() if name in fields]:
        raise Unsupported(f"change an application's {' and '.join(refused)}")
    return call.send(route)


# Config variables


def get_variable(
    call: Call,
    _: Route,
    *,
    listing: Operation = LIST_CONFIG,
    parent: str = "app",
) -> dict[str, Any]:
    """Returns the variable that the call names, from the list of all."""
    # Not a loop: this function raises, and the traceback could show the loop variable, with the
    # value of another config variable.
    found = [it for it in call.read(listing) if it.get("name") == call.arguments["key"]]
    if not found:
        raise call.missing("config variable", "key", parent)
    return found[0]


def find_without_value(call: Call, listing: Operation = LIST_CONFIG) -> dict[str, Any] | None:
    """Returns the variable without its value, which tracebacks may show. None if it is missing."""
    for item in call.read(listing):
        if item.get("name") == call.arguments["key"]:
            return {name: field for name, field in item.items() if name != "value"}
    return None


def fill_in_config_id(call: Call, identifier: object) -> None:
    """Adds the id of a variable to the path. Takes only the id: tracebacks may show arguments."""
    usable = call.usable_id(identifier, call.target)
    call.segments["config_id"] = path_segment("config_id", usable)


class ImportPlan:
    """Compares the variables of an import with those of the application, by name.

    created:   the names of new variables
    changed:   of existing ones that get another value or a new flag (only with `overwrite`)
    skipped:   of the other existing ones
    errors:    the invalid lines in the text of a .env file
    variables: the variables to import, with their values
    existing:  the variables of the application
    """

    def __init__(self, call: Call) -> None:
        self.variables, self.errors = secret_variables(call.arguments["variables"])
        self.existing = {
            it["name"]: it for it in call.read(LIST_CONFIG) if isinstance(it.get("name"), str)
        }
        self.created = [name for name in self.variables if name not in self.existing]
        self.changed: list[str] = []
        self.skipped: list[str] = []
        for name in self.variables:
            if name in self.existing:
                (self.changed if self._changes(call, name) else self.skipped).append(name)

    def _changes(self, call: Call, name: str) -> bool:
        adds_flag = any(call.arguments[it] and not self.existing[name].get(it) for it in _FLAGS)
        has_other_value = self.existing[name].get("value") != self.variables[name].value
        return bool(call.arguments["overwrite"]) and (has_other_value or adds_flag)

    def as_response(self) -> dict[str, object]:
        names = ("created", "changed", "skipped", "errors")
        return {name: getattr(self, name) for name in names}
