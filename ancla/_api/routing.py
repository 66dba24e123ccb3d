"""Which of an operation's two forms a server understands, and the ids that the published form needs.

As long as nothing is known of the server, the slug form goes first. Where it meets no route, nothing
has happened, so the published form follows; what answers decides for the client's life.
"""

from __future__ import annotations

from .. import models
from .._model import decode, decode_list
from ..exceptions import (
    AnclaError,
    APIConnectionError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
)
from . import operations
from .arguments import check, path_segment, slug_from_name
from .json_sender import JSONSender
from .pages import whole_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._http.settings import Settings
    from .operations import Answer, Operation, Route

_MOST_IDS = 1024
_METHOD_NOT_ALLOWED = 405

# id: (the operation that tells it, the arguments that it is looked up by)
_ID_SOURCES: dict[str, tuple[Operation[Any], tuple[str, ...]]] = {
    "app_id": (operations.get_app, ("org", "project", "slug")),
    "project_id": (operations.get_project, ("org", "slug")),
    "organization_id": (operations.get_org, ("slug",)),
}


class Call:
    """An operation with its arguments, and those of them that are path segments, quoted.

    `method` and `target` are those of the request that was sent last.
    """

    __slots__ = ("arguments", "method", "operation", "segments", "target")

    def __init__(self, operation: Operation[Any], arguments: dict[str, object]) -> None:
        self.operation = operation
        self.arguments = arguments
        self.segments = check(arguments)
        self.method = self.target = ""

    def can_be_published(self) -> bool:
        """Whether the published routes can do what is asked for."""
        return self.operation.published is not None and not self._cannot_change()

    def refusal(self) -> AnclaError:
        """The error for what the published routes cannot do."""
        what = self.operation.cannot.format(fields=" and ".join(self._cannot_change()))
        return AnclaError(
            f"this server cannot {what}: its API has no route for that (nothing was changed)"
        )

    def _cannot_change(self) -> list[str]:
        fields = self.arguments.get("fields")
        return [
            name
            for name in self.operation.cannot_fields
            if isinstance(fields, dict) and name in fields
        ]


class _NoIdError(InvalidResponseError):
    """The server does not tell the id that its own published routes would need."""


class Router:
    """Turns operations and arguments into requests, and what comes back into models."""

    def __init__(self, settings: Settings) -> None:
        self.json_sender = JSONSender(settings)
        self._generation = settings.routes
        self._ids: dict[tuple[str, ...], str] = {}

    def call(self, operation: Operation[Answer], **arguments: object) -> Answer:
        """What the operation answers: a model, a list of models, or None."""
        call = Call(operation, arguments)
        try:
            answer = self._route(call, operation.slug)
        except NotFoundError as error:
            if error.body is not None:  # else the application is there, and a variable is not
                error.message += _doubt_about_slugs(call)
            raise
        try:
            decoded: Answer = _decoded(operation, answer)
        except InvalidResponseError as error:
            url = self.json_sender.url(call.target)
            raise InvalidResponseError(
                f"{call.method} {url} was answered with something else: {error}",
                method=call.method,
                url=url,
            ) from error
        return decoded

    def _route(self, call: Call, slug_route: Route | None) -> object:
        if slug_route is None:
            return self._send_published_only(call)
        if slug_route is call.operation.published or self._generation == "slugs":
            return self._send(call, slug_route)
        if self._generation == "published":
            return self._send_published(call)
        return self._negotiate(call, slug_route)

    def _negotiate(self, call: Call, slug_route: Route) -> object:
        operation = call.operation
        try:
            answer = self._send(call, slug_route)
        except AnclaError as error:
            if error.status_code not in operation.falls_back_on:
                raise
            slug_error = error
        else:
            self._learn("slugs", operation)
            return answer
        if not call.can_be_published():
            if slug_error.status_code == _METHOD_NOT_ALLOWED or self._answers(call, slug_route):
                raise call.refusal()
            raise slug_error
        if operation.probe is not None and self._answers(call, operation.probe):
            self._learn("slugs", operation)
            raise slug_error
        try:
            answer = self._send_published(call)
        except _NoIdError:
            raise slug_error from None
        except AnclaError as error:
            raise _more_telling(operation, slug_error, error) from None
        except ValueError as error:  # there is no slug in the name
            slug_error.message += f" (servers with published routes need a slug: {error})"
            raise slug_error from None
        self._learn("published", operation)
        return answer

    def _learn(self, generation: str, operation: Operation[Any]) -> None:
        if operation.tells_generation:
            self._generation = generation

    def _answers(self, call: Call, route: Route) -> bool:
        """Whether there is something to read at a route's path."""
        try:
            self._fetch(route.path.format_map(call.segments))
        except AnclaError as error:
            if error.status_code in operations.ROUTE_IS_MISSING:
                return False
            raise
        return True

    def _send(self, call: Call, route: Route, harmless: bool | None = None) -> object:
        """One form of a call, with all pages of a list."""
        call.method = route.method
        call.target = target = route.path.format_map(call.segments)
        data = route.body_from(call.arguments)
        if harmless is None:
            harmless = call.operation.harmless
        answer = self.json_sender.send(route.method, target, data, harmless, route.argument_names)
        if call.operation.is_list:
            return whole_list(
                answer,
                lambda page, per_page: self._fetch(f"{target}?page={page}&per_page={per_page}"),
                self.json_sender.url(target),
            )
        return answer

    def _fetch(self, target: str) -> object:
        return self.json_sender.send("GET", target, None, True, "")

    def _send_published(self, call: Call) -> object:
        """The published form; what it cannot do is refused before anything is sent."""
        operation, route = call.operation, call.operation.published
        if route is None or not call.can_be_published():
            raise call.refusal()
        if operation.existing is not None:
            return self._set_config(call, route, operation.existing)
        if operation.pick:
            return self._found_config(call)
        if "{config_id}" in route.path:
            self._fill_in_config_id(call, self._found_config(call))
        if "slug" in route.body:
            call.arguments["slug"] = slug_from_name(call.arguments["name"])
        answer = self._send_with_ids(call, route)
        if operation.keep is not None:
            return self._kept(call, operation.keep, answer)
        return answer

    def _send_published_only(self, call: Call) -> object:
        """What slug routes do not have: a 404 comes through, with a word on what it may mean."""
        try:
            return self._send_published(call)
        except AnclaError as error:
            is_missing = error.status_code in operations.ROUTE_IS_MISSING
            is_its_own = is_missing and error.url == self.json_sender.url(call.target)
            if is_its_own and self._generation != "published":
                error.message += " (perhaps this server has only slug routes: they lack this one)"
            raise

    def _send_with_ids(self, call: Call, route: Route, harmless: bool | None = None) -> object:
        """Fills in the id that the route needs; one that turns out to be stale is replaced once."""
        name = _needed_id(route)
        if name is None:
            return self._send(call, route, harmless)
        key = _id_key(name, call)
        kept = self._ids.get(key)
        identifier = kept or self._look_up(key)
        _fill_in(call, name, identifier)
        try:
            return self._send(call, route, harmless)
        except AnclaError as error:
            may_be_stale = isinstance(error, NotFoundError) or (
                error.status_code in operations.BODY_IS_WRONG and name in route.body
            )
            if kept is None or not may_be_stale:
                raise
            self._ids.pop(key, None)
            identifier = self._look_up(key)
            if identifier == kept:
                raise
        _fill_in(call, name, identifier)
        return self._send(call, route, harmless)

    def _look_up(self, key: tuple[str, ...]) -> str:
        """The id of an organization, a project or an application, kept from now on."""
        operation, names = _ID_SOURCES[key[0]]
        assert operation.slug is not None
        target = operation.slug.path.format_map(dict(zip(names, key[1:])))
        identifier = _id_of(self._fetch(target), self.json_sender.url(target))
        if len(self._ids) >= _MOST_IDS:
            self._ids.clear()
        self._ids[key] = identifier
        return identifier

    def _set_config(self, call: Call, new: Route, existing: Route) -> object:
        """Creates or changes a variable. A creation whose answer was lost is not sent again
        blindly: if it arrived after all, a change makes sure of the value.
        """
        found = self._find_config(call)
        if found is None:
            try:
                return self._send_with_ids(call, new, harmless=False)
            except (APIConnectionError, ServerError):
                found = self._find_config(call)
                if found is None:
                    raise
        self._fill_in_config_id(call, found)
        return self._send_with_ids(call, existing)

    def _fill_in_config_id(self, call: Call, found: dict[str, object]) -> None:
        _fill_in(call, "config_id", _id_of(found, self.json_sender.url(call.target)))

    def _list_config(self, call: Call) -> list[object]:
        listing = Call(operations.list_config, {})
        listing.segments = call.segments
        assert listing.operation.published is not None
        answer = self._send_with_ids(listing, listing.operation.published)
        call.method, call.target = listing.method, listing.target
        return answer if isinstance(answer, list) else []

    def _find_config(self, call: Call) -> dict[str, object] | None:
        """The config variable that the call names, as the server lists it, or None."""
        for item in self._list_config(call):
            if isinstance(item, dict) and item.get("name") == call.arguments["key"]:
                return item
        return None

    def _found_config(self, call: Call) -> dict[str, object]:
        found = self._find_config(call)
        if found is None:
            detail = f"there is no config variable {call.arguments['key']!r}"
            raise NotFoundError(
                f"{detail} in {call.arguments['app']!r}",
                404,
                detail,
                method=call.method,
                url=self.json_sender.url(call.target),
            )
        return found

    def _kept(self, call: Call, keep: tuple[str, str], answer: object) -> object:
        """Those of a list that belong to the organization; none may mean that it does not exist."""
        field, name = keep
        kept = [
            item
            for item in (answer if isinstance(answer, list) else [])
            if not isinstance(item, dict) or item.get(field) == call.arguments[name]
        ]
        if not kept:
            self._fetch(f"/organizations/{call.segments[name]}")
        return kept


def _decoded(operation: Operation[Any], answer: Any) -> Any:
    if not operation.answer:
        if isinstance(answer, dict) and answer.get("ok") is False:
            raise InvalidResponseError("'ok' is false, so it was not done")
        return None
    model_class = getattr(models, operation.answer)
    if operation.is_list:
        return decode_list(model_class, answer)
    return decode(model_class, answer)


def _needed_id(route: Route) -> str | None:
    for name in _ID_SOURCES:
        if name in route.body or f"{{{name}}}" in route.path:
            return name
    return None


def _id_key(name: str, call: Call) -> tuple[str, ...]:
    """An id's name and the quoted segments that it is looked up by."""
    segments = call.segments
    if name == "app_id":
        app = segments["app"] if "app" in segments else segments["slug"]
        return (name, segments["org"], segments["project"], app)
    if name == "project_id":
        return (name, segments["org"], segments["project"])
    return (name, segments["org"])


def _id_of(record: object, url: str) -> str:
    """The id of what was read from a URL, which has to fit in a path."""
    identifier = record.get("id") if isinstance(record, dict) else None
    try:
        path_segment("id", identifier)
    except ValueError as error:
        message = f"GET {url} told no usable id, which the published routes need: {error}"
        raise _NoIdError(message, method="GET", url=url) from None
    return str(identifier)


def _fill_in(call: Call, name: str, identifier: str) -> None:
    call.segments[name] = path_segment(name, identifier)
    call.arguments[name] = identifier


def _doubt_about_slugs(call: Call) -> str:
    """A word on the first argument that looks like a name in place of a slug, if one does."""
    for name in ("org", "project", "app", "slug"):
        value = call.arguments.get(name)
        try:
            slug = slug_from_name(value)
        except ValueError:
            slug = "my-app"
        if value is not None and value != slug:
            return f" ({name} is {value!r}, but slugs are usually a-z, 0-9 and hyphens, as in {slug!r})"
    return ""


def _more_telling(operation: Operation[Any], first: AnclaError, second: AnclaError) -> AnclaError:
    """Of the errors to both forms, the one that is about the resource and not about the form."""
    said = (first.detail or "").lower()
    lacked_slug = "slug" in said and ("missing" in said or "required" in said)
    form_was_wrong = first.status_code == _METHOD_NOT_ALLOWED or lacked_slug
    if second.status_code not in operation.falls_back_on or form_was_wrong:
        return second
    return first
