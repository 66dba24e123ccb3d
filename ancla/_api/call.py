"""One call on one route set: sends its requests and decodes the last response.

Ids that the routes need are looked up first and remembered. If a remembered id may be stale, it is
looked up again; if it has changed, the request is repeated. Except for `result`, `Call`'s public
methods are for recipes (see recipes.py).
"""

from __future__ import annotations

from ..exceptions import AnclaError, InvalidResponseError, NotFoundError
from .arguments import check, is_usable_id, path_segment, slug_from_name
from .operation import PARENTS
from .pages import Pages, whole_list
from .response_errors import shown_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .json_sender import JSONSender
    from .operation import Operation, Route, RouteSet
    from .pages import Measure, ReadList

_BODY_IS_INVALID = (400, 422)
_MAX_REMEMBERED = 1024


class Call:
    """One operation with its arguments, on one route set.

    arguments:   by name; a recipe may add to them
    segments:    the arguments for the path and query, percent-encoded
    memory:      the client's memory of ids and versions, and of records that belong to applications
    method:      the method of the last route that was sent, or ""
    target:      the path and query of that route, or ""
    is_settled: whether the server accepted a change or answered a read, so that nothing is sent on
                other routes
    """

    def __init__(
        self,
        routes: RouteSet,
        operation: Operation,
        arguments: dict[str, object],
        read_list: ReadList,
        json_sender: JSONSender,
        memory: dict[tuple[str, ...], str],
    ) -> None:
        self.routes = routes
        self.operation = operation
        self.arguments = arguments
        self.segments = check(arguments)
        self.json_sender = json_sender
        self.memory = memory
        self.method = self.target = ""
        self.is_settled = False
        self._read_list = read_list

    def result(self) -> Any:
        """Returns the result of the operation, as its `decode` makes it."""
        route = self.routes[self.operation.name]
        try:
            response = self._run(route, self.operation)
        except NotFoundError as error:
            # An error whose body is None is our own (see `missing`): a hint would mislead.
            if error.body is not None:
                error.message += _slug_hint(self.arguments)
            raise
        try:
            adapt_response, model = self.routes.adapt_response, self.operation.model
            if adapt_response is not None and model is not None:
                response = adapt_response(response, model, self.arguments)
            return self.operation.decode(response)
        except InvalidResponseError as error:
            fault = shown_text(str(error), self.json_sender.redact)
        del response  # Keep it out of tracebacks with local variables.
        # Raised outside the except block. Otherwise the first error would be its `__context__`,
        # whose traceback shows the response's keys.
        url = self.json_sender.url(self.target)
        message = f"{self.method} {url} returned an unexpected response: {fault}"
        raise InvalidResponseError(message, method=self.method, url=url)

    def _run(self, route: Route, operation: Operation) -> object:
        if route.recipe is not None:
            return route.recipe(self, route)
        if not operation.is_list:
            return self.send(route)
        return self.send_list(route, self._read_list)

    # For recipes

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route and returns its response. Looks up the id that it needs.

        `measure` is called with the response's body before that is parsed.
        """
        name = route.needs_id
        may_be_stale = bool(name) and self.fill_in_id(name)  # A remembered id may be.
        while True:
            self.method, self.target = route.method, route.target(self.segments)
            try:
                response = self.json_sender.send(
                    self.method,
                    self.target,
                    route.body_of(self.arguments) if route.body else None,
                    route.idempotent,
                    route.body_label,
                    measure,
                    self.arguments,  # their values are redacted in errors of the whole call
                )
            except AnclaError as error:
                # A server rejects a stale id with 404, or with 400 or 422 if it is in the body.
                is_rejected = error.status_code == 404 or (
                    error.status_code in _BODY_IS_INVALID and name in route.body
                )
                if not (may_be_stale and is_rejected) or self._is_still(name):
                    raise
                may_be_stale = False
            else:
                self.is_settled = self.is_settled or self.method != "GET"
                return response

    def _is_still(self, name: str) -> bool:
        """Looks an id up again, and returns whether it is the same."""
        before = self.arguments[name]
        self.look_up(name)
        return self.arguments[name] == before

    def get(self, target: str) -> Any:
        """Sends a GET and returns the JSON."""
        return self.json_sender.read(target, self.arguments)

    def send_list(self, route: Route, read_list: ReadList = whole_list) -> list[Any]:
        """Returns the items of a route's list, from all its pages."""
        response, pages = self.send_first_page(route)
        try:
            return read_list(response, pages.fetch, self.json_sender.url(pages.target))
        except AnclaError as error:
            # The frames of its traceback hold the records received so far, with the values of
            # config variables.
            error.__traceback__ = None
            del response
            raise error

    def send_first_page(self, route: Route) -> tuple[object, Pages]:
        """Sends the route of a list. Returns the first page, and the `Pages` for the others."""
        pages = Pages(self.json_sender)
        response = self.send(route, pages.measure_first)
        pages.target = self.target
        return response, pages

    def read(self, listing: Operation) -> list[dict[str, Any]]:
        """Runs another operation, one that lists, and returns the objects in its list."""
        items = self._run(self.routes[listing.name], listing)
        self.is_settled = True
        assert isinstance(items, list)
        return [item for item in items if isinstance(item, dict)]

    def require(self, reading: Operation) -> None:
        """Runs another operation, one that reads a resource.

        Raises NotFoundError if the resource is missing.
        """
        self._run(self.routes[reading.name], reading)
        self.is_settled = True

    def look_up(self, name: str) -> dict[str, Any]:
        """Reads the parent whose id is called `name`, such as "app_id". Remembers the id.

        Returns the parent.
        """
        target = PARENTS[name].format_map(self.segments)
        self.memory.pop((name, target), None)
        parent: Any = self.get(target)
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

    def usable_id(self, identifier: object, target: str) -> str:
        """Returns the id that the server sent.

        Raises InvalidResponseError if it does not fit into a path.
        """
        if is_usable_id(identifier):
            return str(identifier)
        url = self.json_sender.url(target)
        message = f"GET {url} returned no usable id, but this server's routes need one"
        raise InvalidResponseError(message, method="GET", url=url)

    def remember(self, key: tuple[str, ...], value: str) -> None:
        remember(self.memory, key, value)

    def missing(self, kind: str, name: str, parent: str = "app") -> NotFoundError:
        """Returns the error for a record that is not in its parent.

        `name` and `parent` are the names of the arguments that identify the two.
        """
        detail = f"there is no {kind} {self.arguments[name]!r}"
        message = f"{detail} in {self.arguments[parent]!r}"
        url = self.json_sender.url(self.target)
        return NotFoundError(message, 404, detail, method=self.method, url=url)

    def fill_in_id(self, name: str) -> bool:
        """Adds the id of a parent to the arguments. Returns whether it was remembered."""
        remembered = self.memory.get((name, PARENTS[name].format_map(self.segments)))
        if remembered is None:
            self.look_up(name)
            return False
        self._fill_in(name, remembered)
        return True

    def _fill_in(self, name: str, identifier: str) -> None:
        self.segments[name] = path_segment(name, identifier)
        self.arguments[name] = identifier


def remember(memory: dict[tuple[str, ...], str], key: tuple[str, ...], value: str) -> None:
    if len(memory) >= _MAX_REMEMBERED:
        memory.clear()
    memory[key] = value


def _slug_hint(arguments: Mapping[str, object]) -> str:
    """Returns a hint for the first argument that looks like a name, not like a slug, or ""."""
    for name in ("org", "project", "app", "slug"):
        value = arguments.get(name)
        try:
            slug = slug_from_name(value)
        except ValueError:
            slug = "my-app"
        if value is not None and value != slug:
            return (
                f" ({name} is {value!r}, but slugs are usually a-z, 0-9 and hyphens, "
                f"as in {slug!r})"
            )
    return ""
