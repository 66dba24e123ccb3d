"""A call on retired routes. Most need the id of a parent, which the call looks up."""

from __future__ import annotations

from functools import cache

from ..._http.settings import DEFAULT_ENVIRONMENT
from ..arguments import path_segment, usable_id
from ..call import Call
from ..operation import Unsupported
from ..workspaces import WORKSPACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...exceptions import AnclaError
    from ..operation import Route
    from ..pages import Measure

# The ids that have to be looked up, and the paths of the records that have them.
_PARENTS = {
    "app_id": "/applications/{org}/{project}/{app}",
    "project_id": "/projects/{org}/{project}",
    "organization_id": "/organizations/{org}",
}


class RetiredCall(Call):
    """One operation with its arguments, on a retired route set."""

    def result(self) -> Any:
        check_environment(self)
        return super().result()

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route as `Call.send` does. Looks up the id that it needs."""
        for name in _ids_needed(route):
            if name not in self.segments:
                self.look_up(name)
        return super().send(route, measure)

    def look_up(self, name: str) -> dict[str, Any]:
        """Reads the parent whose id is called `name`, and returns it. Adds the id to the call."""
        target = _PARENTS[name].format_map(self.segments)
        parent: Any = self.json_sender.read(target, self.arguments)
        identifier = parent.get("id") if isinstance(parent, dict) else None
        identifier = usable_id(identifier, f"GET {self.json_sender.url(target)} succeeded")
        self.segments[name] = path_segment(name, identifier)
        self.arguments[name] = identifier
        return parent  # type: ignore[no-any-return]  # JSON


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
