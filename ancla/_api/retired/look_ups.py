"""A call on retired routes. Most need the id of a parent, which is looked up and remembered.

If a remembered id may be stale, it is looked up again. If it has changed, the request is repeated.
"""

from __future__ import annotations

from ...exceptions import AnclaError
from ..arguments import path_segment
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
_BODY_IS_INVALID = (400, 422)


class RetiredCall(Call):
    """One operation with its arguments, on a retired route set."""

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route as `Call.send` does. Looks up the id that it needs."""
        name = next((it for it in _PARENTS if f"{{{it}}}" in route.path or it in route.body), "")
        may_be_stale = bool(name) and self.fill_in_id(name)  # A remembered id may be.
        try:
            return super().send(route, measure)
        except AnclaError as error:
            # A server rejects a stale id with 404, or with 400 or 422 if it is in the body.
            is_rejected = error.status_code == 404 or (
                error.status_code in _BODY_IS_INVALID and name in route.body
            )
            if not (may_be_stale and is_rejected) or self._is_still(name):
                raise
        return super().send(route, measure)

    def fill_in_id(self, name: str) -> bool:
        """Adds the id of a parent to the arguments. Returns whether it was remembered."""
        remembered = self.memory.get((name, _PARENTS[name].format_map(self.segments)))
        if remembered is None:
            self.look_up(name)
            return False
        self._fill_in(name, remembered)
        return True

    def look_up(self, name: str) -> dict[str, Any]:
        """Reads the parent whose id is called `name`, such as "app_id". Remembers the id.

        Returns the parent.
        """
        target = _PARENTS[name].format_map(self.segments)
        self.memory.pop((name, target), None)
        parent: Any = self.json_sender.read(target, self.arguments)
        identifier = self.usable_id(parent.get("id") if isinstance(parent, dict) else None, target)
        self._fill_in(name, identifier)
        self.remember((name, target), identifier)
        return parent  # type: ignore[no-any-return]  # JSON

    def id_equals(self, value: object, name: str) -> bool:
        """Returns whether the id called `name` is `value`.

        If a remembered id differs, it is looked up again first.
        """
        if self.fill_in_id(name) and self.arguments[name] != value:
            self.look_up(name)
        return self.arguments[name] == value

    def _is_still(self, name: str) -> bool:
        """Looks an id up again, and returns whether it is the same."""
        before = self.arguments[name]
        self.look_up(name)
        return self.arguments[name] == before

    def _fill_in(self, name: str, identifier: str) -> None:
        self.segments[name] = path_segment(name, identifier)
        self.arguments[name] = identifier
