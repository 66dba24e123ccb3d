"""Recipes for config variables. A recipe carries out what takes more than one plain request.

Those of the first part serve the retired route sets, too.
"""

from __future__ import annotations

from functools import partial

from ..exceptions import AnclaError
from ..models import ConfigVar
from .arguments import path_segment
from .operation import operation
from .secrets import parsed_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .call import Call
    from .operation import Operation, Route

_FLAGS = ("secret", "buildtime")
_BAD_REQUEST, _CONFLICT, _INVALID = 400, 409, 422
LIST_CONFIG = operation("list_config", list[ConfigVar])


def get_variable(
    call: Call,
    _: Route,
    *,
    listing: Operation = LIST_CONFIG,
    parent: str = "app",
) -> dict[str, Any]:
    """Returns the variable that the call names, from the list of all."""
    found = find_variable(call, listing)
    if found is None:
        raise call.missing("config variable", "key", parent)
    return found


def find_variable(call: Call, listing: Operation = LIST_CONFIG) -> dict[str, Any] | None:
    """Returns the variable that the call names, or None if it is missing."""
    named = (it for it in call.read(listing) if it.get("name") == call.arguments["key"])
    return next(named, None)


def fill_in_config_id(call: Call, identifier: object) -> None:
    """Adds the id of a variable to the path."""
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
        self.variables, self.errors = parsed_variables(call.arguments["variables"])
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
        has_other_value = self.existing[name].get("value") != self.variables[name]
        return bool(call.arguments["overwrite"]) and (has_other_value or adds_flag)

    def as_response(self) -> dict[str, object]:
        names = ("created", "changed", "skipped", "errors")
        return {name: getattr(self, name) for name in names}


# Only for today's API


def set_variable(call: Call, route: Route, *, listing: Operation = LIST_CONFIG) -> object:
    """Sets a variable. Flags that are not given are sent with their existing value.

    Otherwise the server might read them as False.
    """
    missing_flags = [name for name in ("secret", "buildtime") if call.arguments[name] is None]
    if missing_flags:
        existing = find_variable(call, listing) or {}
        call.arguments.update((name, existing.get(name)) for name in missing_flags)
    return call.send(route)


def import_variables(call: Call, route: Route) -> object:
    """Sets the variables of the plan one by one.

    Those that the server rejects are reported in the result. Any other error ends the import, and
    the earlier variables stay set.
    """
    plan = ImportPlan(call)
    if call.arguments["dry_run"]:
        return plan.as_response()
    secret, buildtime = call.arguments["secret"], call.arguments["buildtime"]
    done: dict[str, list[str]] = {"created": [], "changed": []}
    for name in [name for name in plan.variables if name not in plan.skipped]:
        is_new = name not in plan.existing
        flags = {it: bool(plan.existing.get(name, {}).get(it)) for it in ("secret", "buildtime")}
        call.arguments.update(
            key=name,
            value=plan.variables[name],
            secret=secret or flags["secret"],
            buildtime=buildtime or flags["buildtime"],
        )
        try:
            call.send(route)
            done["created" if is_new else "changed"].append(name)
        except AnclaError as error:
            if not _note_rejection(plan, name, error):
                so_far = ", ".join(done["created"] + done["changed"]) or "none"
                error.message += f" (failed at {name!r}; already set: {so_far})"
                raise
    return {**plan.as_response(), **done}


def _note_rejection(plan: ImportPlan, name: str, error: AnclaError) -> bool:
    """Returns whether the error is about this variable alone, and notes that in the plan."""
    if error.status_code == _CONFLICT:
        plan.skipped.append(name)
    elif error.status_code in (_BAD_REQUEST, _INVALID):
        plan.errors.append({"name": name, "error": error.detail or str(error)})
    else:
        return False
    return True


# Config variables that applications share. Only those of environments can be deleted and imported.

_ENVIRONMENT_CONFIG = operation("list_environment_config", list[ConfigVar])


def delete_shared(call: Call, route: Route) -> object:
    """Deletes a variable of an environment, by its id."""
    listing, parent = _ENVIRONMENT_CONFIG, "environment"
    fill_in_config_id(call, get_variable(call, route, listing=listing, parent=parent).get("id"))
    return call.send(route)


def import_shared(call: Call, route: Route) -> object:
    """Sets many variables of an environment in one request. Flags that are not given stay."""
    variables, _ = parsed_variables(call.arguments["variables"])
    flags = {
        it["name"]: _flags(call, it)
        for it in call.read(_ENVIRONMENT_CONFIG)
        if isinstance(it.get("name"), str)
    }
    new = _flags(call, {})
    call.arguments["items"] = [
        {"name": name, "value": value, **flags.get(name, new)} for name, value in variables.items()
    ]
    return call.send(route)


def _flags(call: Call, existing: dict[str, Any]) -> dict[str, bool]:
    """Returns the flags of a variable: those that are given, and the existing ones."""
    given = {name: call.arguments[name] for name in ("secret", "buildtime")}
    return {
        name: bool(existing.get(name) if flag is None else flag) for name, flag in given.items()
    }


def shared_recipes(scope: str, parent: str) -> dict[str, Any]:
    """Returns the recipes that all scopes have. `parent` is the argument that names the scope."""
    listing = operation(f"list_{scope}_config", list[ConfigVar])
    return {
        f"get_{scope}_config": partial(get_variable, listing=listing, parent=parent),
        f"set_{scope}_config": partial(set_variable, listing=listing),
    }
