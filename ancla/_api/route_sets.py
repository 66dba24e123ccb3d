"""Detects which route sets a server has. The client remembers each one that it finds.

    GET /workspaces      Today's API? If so, nothing else is asked.
    GET /organizations   One of the two retired sets?
    GET /projects/{org}  Slug routes? Asked about an organization that exists.
    GET /projects        Published routes?

A response with a list means yes. Any other response, 404 and 405 mean no. Other errors are raised.
"""

from __future__ import annotations

from contextlib import suppress

from ..exceptions import AnclaError
from .arguments import path_segment
from .operation import ROUTE_IS_MISSING
from .published import PUBLISHED
from .slugs import SLUGS
from .workspaces import WORKSPACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .operation import RouteSet

_ALL = {routes.name: routes for routes in (WORKSPACES, SLUGS, PUBLISHED)}


class KnownRoutes:
    """The known route sets of one server, shared by a client and all its views."""

    def __init__(self, routes: str) -> None:
        self._is_pinned = routes in _ALL
        self._known: tuple[RouteSet, ...] = (_ALL[routes],) if self._is_pinned else ()
        self._is_retired = False  # The server has at least one of the retired sets.

    @property
    def knows_nothing(self) -> bool:
        return not (self._known or self._is_retired)

    def knows(self, routes: RouteSet) -> bool:
        return any(known is routes for known in self._known)

    def remember(self, routes: RouteSet) -> None:
        if not self.knows(routes):
            self._known = (*self._known, routes)

    def get(self, name: str) -> RouteSet | None:
        """Returns a known route set that has the operation, or None."""
        for routes in self._known:
            is_skipped = (
                routes is SLUGS and name == "create_org" and not self._is_pinned
            )  # see _ask
            if name in routes.lines and not is_skipped:
                return routes
        return None

    def find(self, name: str, read: Callable[[str], Any]) -> RouteSet | None:
        """Returns a route set that has the operation, or None. Asks the server with `read`.

        If the server confirms none, returns a retired one, for the server's own error.
        """
        if not any(name in routes.lines for routes in _ALL.values()):
            return None
        if self.knows_nothing and _list(read, "/workspaces") is not None:
            self.remember(WORKSPACES)
        routes, retired = self.get(name), [it for it in (SLUGS, PUBLISHED) if name in it.lines]
        if routes or self._is_pinned or self.knows(WORKSPACES) or not retired:
            return routes
        is_same = len(retired) == 2 and SLUGS[name].sends_the_same_as(PUBLISHED[name])
        needs_no_list = self.knows(SLUGS) or (is_same and self._is_retired)
        orgs = [] if needs_no_list else _list(read, "/organizations")  # `_ask` needs one.
        if orgs is None:
            return retired[0]
        self._is_retired = True
        return SLUGS if is_same else self._ask(name, orgs, read)

    def _ask(self, name: str, orgs: list[Any], read: Callable[[str], Any]) -> RouteSet | None:
        """Returns the first retired set that the server has, or SLUGS if it confirms neither."""
        questions = {"published": "/projects"}
        with suppress(LookupError, TypeError, ValueError):  # No organization exists.
            questions["slugs"] = f"/projects/{path_segment('slug', orgs[0]['slug'])}"
        order = [SLUGS, PUBLISHED] if name in SLUGS.lines else [PUBLISHED]
        if name == "create_org":  # With both, a server requires the slug. PUBLISHED sends it.
            order.reverse()
        for routes in (it for it in order if it.name in questions or self.knows(it)):
            if self.knows(routes) or _list(read, questions[routes.name]) is not None:
                self.remember(routes)
                return routes if name in routes.lines else None
        return SLUGS if name in SLUGS.lines else None


def _list(read: Callable[[str], Any], target: str) -> list[Any] | None:
    """Returns the list at the target, or None if the server has no such route or no list there."""
    try:
        response = read(target)
    except AnclaError as error:
        if error.status_code in ROUTE_IS_MISSING:
            return None
        raise
    items = response.get("items") if isinstance(response, dict) else response
    return items if isinstance(items, list) else None
