"""A call on retired routes. Most need the id of a parent, which the call looks up.

Some address a record by its id alone, although the call names an application, too. So the record
is read first, and must belong to it.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from ..._http.settings import DEFAULT_ENVIRONMENT
from ...exceptions import AnclaError, InvalidResponseError
from ..call import Call, field_of
from ..json_sender import Measure
from ..operation import Route, Unsupported
from ..workspaces import WORKSPACES

# The ids that have to be looked up, and the paths of the records that have them.
_PARENTS = {
    "app_id": "/applications/{org}/{project}/{app}",
    "project_id": "/projects/{org}/{project}",
    "organization_id": "/organizations/{org}",
}


class RetiredCall(Call):
    """One operation with its arguments, on a retired route set."""

    def result(self) -> object:
        check_environment(self)
        return super().result()

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route as `Call.send` does. Looks up the id that it needs."""
        for name in _ids_needed(route):
            if name not in self.segments:
                self.look_up(name)
        return super().send(route, measure)

    def look_up(self, name: str) -> None:
        """Reads the parent whose id is called `name`, and adds the id to the call."""
        target = _PARENTS[name].format_map(self.segments)
        parent = self.json_sender.read(target, self.arguments)
        self.arguments[name] = self.add_id(name, parent, target)


@cache
def _ids_needed(route: Route) -> list[str]:
    """Returns those of `_PARENTS` that are in the path or the body of a route."""
    return [name for name in _PARENTS if f"{{{name}}}" in route.path or name in route.body]


def check_environment(call: Call, refusal: AnclaError | None = None) -> None:
    """Raises Unsupported if the call depends on an environment, which no retired route set has.

    The server would act on production.
    """
    environment = call.arguments.get("environment")
    if environment in (None, DEFAULT_ENVIRONMENT):
        return
    name = call.operation.name
    is_of_environment = name in WORKSPACES.lines and "{environment}" in WORKSPACES[name].path
    if "app" in call.arguments or is_of_environment:
        raise Unsupported(
            f"reach the environment {environment!r}", "its API has no environments", refusal
        )


def send_for_owned_record(call: RetiredCall, route: Route) -> object:
    """Sends the route, after a check that the record belongs to the application.

    If its own field cannot be compared, the record must be in the application's list.
    """
    kinds = ("image", "release", "deployment")
    kind = next(kind for kind in kinds if f"{kind}_id" in call.arguments)
    identifier = call.arguments[f"{kind}_id"]
    with suppress(InvalidResponseError):  # Without a usable id, the application's list is read.
        call.look_up("app_id")
    reading = call.routes[f"get_{kind}"]
    record = call.send(reading)
    owner = field_of(record, "application_id")
    if owner and "app_id" in call.arguments:
        is_owned = owner == call.arguments["app_id"]
    else:
        is_owned = any(each.get("id") == identifier for each in call.read(f"list_{kind}s"))
    if not is_owned:
        raise call.missing(kind, f"{kind}_id")
    return record if route.path == reading.path else call.send(route)
