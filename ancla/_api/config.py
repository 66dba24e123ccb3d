"""Recipes for config variables. A recipe carries out what takes more than one plain request.

Those of the first part serve the retired route sets, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..exceptions import AnclaError
from .call import Call
from .dotenv import parse_dotenv
from .operation import Route
from .secrets import is_masked

_BAD_REQUEST, _CONFLICT, _INVALID = 400, 409, 422
_FLAGS = ("secret", "buildtime")
# The second word of an operation, and the argument that names what has the variables.
_PARENTS = {"config": "app", "workspace": "org"}


def get_variable(call: Call, _: Route) -> dict[str, object]:
    """Returns the variable that the call names, from the list of all."""
    found = find_variable(call)
    if found is None:
        scope = call.operation.name.split("_")[1]
        raise call.missing("config variable", "key", _PARENTS.get(scope, scope))
    return found


def add_config_id(call: Call) -> None:
    """Adds the id of the variable that the call names to the path."""
    call.add_id("config_id", call.require(call.sibling("get")), call.target)


def find_variable(call: Call) -> dict[str, object] | None:
    """Returns the variable that the call names, or None if it is missing."""
    variables = call.read(call.sibling("list"))
    return next((it for it in variables if it.get("name") == call.arguments["key"]), None)


def _by_name(variables: Iterable[Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    return {name: it for it in variables if isinstance(name := it.get("name"), str)}


class ImportPlan:
    """Compares the variables of an import with the existing ones, by name, and sets them.

    created:   the names of new variables
    changed:   of existing ones that get another value or a new flag (only with `overwrite`)
    skipped:   of the other existing ones
    errors:    the variables that cannot be set, and the invalid lines in the text of a .env file
    """

    def __init__(
        self,
        variables: Mapping[str, str] | str,
        existing: Iterable[Mapping[str, object]],
        *,
        overwrite: bool,
        **flags: bool,
    ) -> None:
        self._variables, self.errors = (
            parse_dotenv(variables) if isinstance(variables, str) else (dict(variables), [])
        )
        self._existing = _by_name(existing)
        self._overwrite = overwrite
        self._flags = flags
        self.created = [name for name in self._variables if name not in self._existing]
        found = [name for name in self._variables if name in self._existing]
        self.changed = [name for name in found if self._changes(name)]
        self.skipped = [name for name in found if not self._changes(name)]

    def _changes(self, name: str) -> bool:
        if not self._overwrite:
            return False
        existing = self._existing[name]
        value = existing.get("value")
        # The value behind a mask is unknown: it may differ, even from a text equal to the mask.
        has_other_value = is_masked(existing.get("secret"), value) or value != self._variables[name]
        return has_other_value or any(
            added and not existing.get(flag) for flag, added in self._flags.items()
        )

    def carry_out(self, set_variable: Callable[..., object]) -> None:
        """Sets the new and the changed variables one by one. Existing flags stay.

        Those that the server rejects are moved to `errors`. Any other error ends the import, and
        the earlier variables stay set.
        """
        done: list[str] = []
        for name in [name for name in self._variables if name not in self.skipped]:
            existing = self._existing.get(name, {})
            flags = {flag: added or bool(existing.get(flag)) for flag, added in self._flags.items()}
            try:
                set_variable(key=name, value=self._variables[name], **flags)
                done.append(name)
            except AnclaError as error:
                if error.status_code == _CONFLICT and not self._overwrite:
                    self.skipped.append(name)  # It was created meanwhile.
                elif error.status_code in (_BAD_REQUEST, _CONFLICT, _INVALID):  # About this alone.
                    self.errors.append({"name": name, "error": error.detail or str(error)})
                else:
                    set_before = ", ".join(done) or "none"
                    error.message += f" (failed at {name!r}; already set: {set_before})"
                    raise
        self.created = [name for name in self.created if name in done]
        self.changed = [name for name in self.changed if name in done]

    def as_response(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("created", "changed", "skipped", "errors")}


def plan_import(call: Call) -> ImportPlan:
    """Returns the plan for the variables of an application."""
    options = {name: call.arguments[name] for name in ("overwrite", *_FLAGS)}
    return ImportPlan(call.arguments["variables"], call.read("list_config"), **options)


# Only for today's API


def set_variable(call: Call, route: Route) -> object:
    """Sets a variable. Flags that are not given are sent with their existing value.

    Otherwise the server might read them as False.
    """
    missing_flags = [name for name in _FLAGS if call.arguments[name] is None]
    if missing_flags:
        existing = find_variable(call) or {}
        call.arguments.update((name, existing.get(name)) for name in missing_flags)
    return call.send(route)


def import_variables(call: Call, route: Route) -> object:
    """Sets the variables of the plan one by one."""

    def set_variable(**arguments: object) -> None:
        call.arguments.update(arguments)
        call.send(route)

    plan = plan_import(call)
    if not call.arguments["dry_run"]:
        plan.carry_out(set_variable)
    return plan.as_response()


# Config variables that applications share. Only those of environments can be imported.


def import_shared(call: Call, route: Route) -> object:
    """Sets many variables of an environment in one request. Flags that are not given stay."""
    existing = _by_name(call.read(call.sibling("list")))
    call.arguments["items"] = [
        {"name": name, "value": value, **_flags(call, existing.get(name, {}))}
        for name, value in call.arguments["variables"].items()
    ]
    return call.send(route)


def _flags(call: Call, existing: Mapping[str, object]) -> dict[str, bool]:
    """Returns the flags of a variable: those that are given, and the existing ones."""
    given = call.arguments
    return {
        name: bool(existing.get(name) if given[name] is None else given[name]) for name in _FLAGS
    }
