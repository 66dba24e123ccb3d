"""One call: sends its requests and decodes the last response.

Except for `result`, `Call`'s public methods are for recipes (see workspaces.py).
"""

from __future__ import annotations

from ..exceptions import InvalidResponseError, NotFoundError
from .arguments import check, path_segment, slug_from_name, usable_id
from .json_sender import JSONSender, Measure
from .operation import Operation, Route, RouteSet
from .pages import Pages, ReadList, tells_pages, whole_list
from .response_errors import shown_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MAX_REMEMBERED = 1024


class Memory(dict[tuple[str, ...], str]):
    """What a client remembers of its server, such as the versions of builds. Cleared when full."""

    def __setitem__(self, key: tuple[str, ...], value: str) -> None:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        super().__setitem__(key, value)


class Call:
    """One operation with its arguments, on one route set.

    arguments: by name; a recipe may add to them
    segments:  the arguments for the path and query, percent-encoded
    memory:    what the client remembers of the server
    method:    the method of the last route that was sent, or ""
    target:    the path and query of that route, or ""
    """

    def __init__(
        self,
        routes: RouteSet,
        operation: Operation,
        arguments: dict[str, Any],
        read_list: ReadList,
        json_sender: JSONSender,
        memory: Memory,
    ) -> None:
        self.routes = routes
        self.operation = operation
        self.arguments = arguments
        self.segments = check(arguments)
        self.json_sender = json_sender
        self.memory = memory
        self.method = self.target = ""
        self.read_list = read_list

    def result(self) -> Any:
        """Returns the result of the operation, as its `decode` makes it."""
        try:
            response = self._run(self.operation.name, self.operation.is_list)
        except NotFoundError as error:
            # An error whose body is None is our own (see `missing`): a hint would mislead.
            if error.body is not None:
                error.message += _slug_hint(self.arguments)
            raise
        try:
            decoder_of, model = self.routes.decoder_of, self.operation.model
            if decoder_of is None or model is None:
                return self.operation.decode(response)
            return self.operation.decode(response, decoder_of(model, self.arguments))
        except InvalidResponseError as error:
            fault = shown_text(str(error), self.json_sender.redact)
        # Raised outside the except block: the message of the first error is not redacted.
        url = self.json_sender.url(self.target)
        message = f"{self.method} {url} returned an unexpected response: {fault}"
        raise InvalidResponseError(message, method=self.method, url=url)

    def _run(self, name: str, is_list: bool) -> Any:
        route = self.routes[name]
        if route.recipe is not None:
            return route.recipe(self, route)
        return self.send_list(route, self.read_list) if is_list else self.send(route)

    # For recipes

    def send(self, route: Route, measure: Measure | None = None) -> object:
        """Sends a route and returns its response.

        `measure` is called with the response's body before that is parsed.
        """
        self.method, self.target = route.method, route.target(self.segments)
        return self.json_sender.send(
            self.method,
            self.target,
            route.body_of(self.arguments) if route.body else None,
            route.idempotent,
            route.body_label,
            measure,
            self.arguments,  # their values are redacted in errors of the whole call
        )

    def send_list(
        self, route: Route, read_list: ReadList = whole_list, *, may_hide_pages: bool = False
    ) -> list[Any]:
        """Returns the items of a route's list, from all its pages.

        A response that tells neither pages nor a total is the whole list, unless `may_hide_pages`.
        """
        pages = Pages(self.json_sender)
        response = self.send(route, pages.measure)
        if isinstance(response, list) and read_list is whole_list:  # An array has no pages.
            return response
        if not may_hide_pages and isinstance(response, dict) and not tells_pages(response):
            response = response.get("items", response)
        pages.target = self.target
        return read_list(response, pages.fetch, self.json_sender.url(pages.target))

    def sibling(self, verb: str) -> str:
        """Returns the name of an operation on the same kind of resource: "get_org" for "get"."""
        return f"{verb}_{self.operation.name.partition('_')[2]}"

    def read(self, listing: str) -> list[dict[str, Any]]:
        """Runs another operation, one that lists, and returns the objects in its list."""
        return [item for item in self._run(listing, True) if isinstance(item, dict)]

    def require(self, reading: str) -> Any:
        """Runs another operation, one that reads a resource, and returns its response.

        Raises NotFoundError if the resource is missing.
        """
        return self._run(reading, False)

    def add_id(self, name: str, record: object, target: str) -> str:
        """Adds the id of a record, the response to a GET of `target`, to the path. Returns it."""
        url = self.json_sender.url(target)
        identifier = usable_id(field_of(record, "id"), f"GET {url} succeeded")
        self.segments[name] = path_segment(name, identifier)
        return identifier

    def missing(self, kind: str, name: str, parent: str = "app") -> NotFoundError:
        """Returns the error for a record that is not in its parent.

        `name` and `parent` are the names of the arguments that identify the two.
        """
        detail = f"there is no {kind} {self.arguments[name]!r}"
        message = f"{detail} in {self.arguments[parent]!r}"
        url = self.json_sender.url(self.target)
        return NotFoundError(message, 404, detail, method=self.method, url=url)


def field_of(record: object, name: str) -> Any:
    """Returns a field of a response, or None if it is missing."""
    return record.get(name) if isinstance(record, dict) else None


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
