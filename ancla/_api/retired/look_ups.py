"""A call on retired routes. Most need the id of a parent, which the call looks up."""

from __future__ import annotations

from ..arguments import path_segment, usable_id
from ..call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route as `Call.send` does. Looks up the id that it needs."""
        for name in _PARENTS:
            is_needed = f"{{{name}}}" in route.path or name in route.body
            if is_needed and name not in self.segments:
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
