"""Turns requests into responses, without sockets.

`Api.respond` does it in the order of the platform's framework: the route (404, 405), the API key
(401), the query and the body (400 or 422), the action, and the view of its result. `read_query`,
`read_page` and `read_body` below it check a request and raise the exceptions of `errors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs

from .actions import Call
from .errors import (
    WHOLE_BODY,
    Invalid,
    InvalidField,
    InvalidFields,
    Malformed,
    Missing,
    NotInQuery,
    Response,
    documented_error,
    error_response,
    framework_error,
)
from .platform import Platform
from .routes import Route, Router, routes_of
from .server import plain_path
from .views import Views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .routes import Body

_MAX_PER_PAGE = 100
_PER_PAGE = {"slugs": 50, "published": 50, "workspaces": 20}
_REFUSALS = (Missing, Invalid, Malformed, InvalidFields, NotInQuery)
_MIN_IN_QUERY = {"page": 1, "per_page": 1, "limit": 1, "offset": 0}


class Api:
    """The platform as a function from requests to responses. The caller has to lock it."""

    def __init__(
        self,
        platform: Platform,
        views: Views,
        *,
        routes: str,
        lenient: bool,
        api_key: str,
        page_size: int | None,
        step_on_reads: bool,
        ignore_unknown_fields: bool,
        session: bool,
    ) -> None:
        self._platform = platform
        self._views = views
        self._router = Router(routes_of(routes, lenient=lenient))
        self._error_without_route = (
            documented_error if routes in ("slugs", "both") else framework_error
        )
        self._api_key = api_key
        self._page_size = page_size
        self._step_on_reads = step_on_reads
        self._ignore_unknown_fields = ignore_unknown_fields
        self._session = session

    def respond(self, method: str, target: str, api_key: str | None, body: bytes) -> Response:
        """Returns the response to a request. `target` is its path and query."""
        self._platform.pipelines.catch_up()
        path, _, query = target.partition("?")
        route, names, methods = self._router.find(method, path)
        if not methods:
            return self._error_without_route(404)
        if route is None:
            allowed = {"Allow": ", ".join(methods)}
            if method == "OPTIONS":
                return Response(204, headers=allowed)
            return Response(405, self._error_without_route(405).data, allowed)
        if route.is_session and not self._session:
            api_key = None  # The route knows cookies only.
        # Like the platform's framework, check the key after the route.
        if not self._accepts(api_key, route):
            reason = "no API key was given" if api_key is None else "the API key is not valid"
            return documented_error(401, reason)
        try:
            return self._perform(route, names, query, api_key is not None, body)
        except _REFUSALS as error:
            return error_response(error, route.route_set, method, plain_path(path))

    def _accepts(self, api_key: str | None, route: Route) -> bool:
        if api_key is None:
            return route.is_public
        return api_key == self._api_key or self._platform.accepts(api_key)

    def _perform(
        self, route: Route, names: dict[str, str], query: str, has_key: bool, body: bytes
    ) -> Response:
        names = {**names, **read_query(query, route.query)}
        items = read_body(body, route.body, route.takes_array, self._ignore_unknown_fields)
        page, per_page = read_page(query) if route.is_paged else (None, None)
        call = Call(self._platform, names, items[0] if items else {}, items, has_key)
        result = route.action(call)
        is_last = True
        if isinstance(result, list) and route.is_paged:
            data, is_last = self._page(route, result, page, per_page)
        elif isinstance(result, list) and route.has_offset:
            data = self._part(route, result, int(names["limit"]), int(names["offset"]))
        else:
            data = self._shown(route.view, result)
        if route.shows_pipelines and is_last and self._step_on_reads:
            # Take the step last: the first poll must see the pipeline as it was started.
            self._platform.pipelines.advance(call.shown_apps)
        return Response(route.status, data)

    def _page(
        self, route: Route, records: list[object], page: int | None, per_page: int | None
    ) -> tuple[object, bool]:
        """Returns the response for one page of a list, and whether it is the last page."""
        is_bare = route.route_set == "slugs" and self._page_size is None
        if is_bare and page is None and per_page is None:
            return self._shown(route.view, records), True
        is_older = route.route_set != "workspaces"
        if self._views.nulls == "always" and is_older:
            return {"items": self._shown(route.view, records), "pagination": None}, True
        default_size = self._page_size or _PER_PAGE[route.route_set]
        size = default_size if per_page is None else min(per_page, _MAX_PER_PAGE)
        number = page or 1
        pagination = {
            "page": number,
            "per_page": size,
            "total": len(records),
            "total_pages": -(-len(records) // size),
        }
        items = records[(number - 1) * size : number * size]
        data: dict[str, object] = {"items": self._shown(route.view, items)}
        if is_older or self._views.nulls == "unset":
            data["pagination"] = pagination
        elif self._views.nulls == "always":
            data["pagination"] = None
        return data, number >= pagination["total_pages"]

    def _part(self, route: Route, records: list[object], limit: int, offset: int) -> object:
        """Returns the response for a part of a list, with the length of the list."""
        if limit > _MAX_PER_PAGE:
            raise InvalidFields(
                [InvalidField("limit", f"Expected `int` <= {_MAX_PER_PAGE}", "query")]
            )
        items = self._shown(route.view, records[offset : offset + limit])
        return {"items": items, "total": len(records), "limit": limit, "offset": offset}

    def _shown(self, view: str, result: object) -> object:
        if isinstance(result, list):
            return [self._views.show(view, record) for record in result]
        return self._views.show(view, result)


# The query


def read_query(query: str, expected: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the values of these parameters or their defaults, named like placeholders.

    Raises NotInQuery if one without a default is missing, and InvalidFields for an invalid number.
    """
    given = parse_qs(query)
    values = {}
    for name, default in expected.items():
        value = given[name][-1] if name in given else default
        if value is None:
            raise NotInQuery(name)
        if name in _MIN_IN_QUERY:
            _check_number(name, value)
        values["app" if name == "service" else name] = value
    return values


def read_page(query: str) -> tuple[int | None, int | None]:
    """Returns `page` and `per_page`, each None if the query lacks it. Raises InvalidFields."""
    values = parse_qs(query, keep_blank_values=True)
    page, per_page = (
        _check_number(name, values[name][-1]) if name in values else None
        for name in ("page", "per_page")
    )
    return page, per_page


def _check_number(name: str, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not (is_number and int(text) >= _MIN_IN_QUERY[name]):
        raise InvalidFields(
            [InvalidField(name, f"Expected `int` >= {_MIN_IN_QUERY[name]}", "query")]
        )
    return int(text)


# The body


def read_body(
    raw: bytes, expected: Body, takes_array: bool, ignore_unknown: bool
) -> list[dict[str, Any]]:
    """Returns the objects in the body: one, or those of an array.

    Raises Malformed or InvalidFields.
    """
    if ignore_unknown and not expected:
        return [{}]
    data = _parsed(raw) if raw.strip() else {}
    if not expected and not data:
        return [{}]
    if not expected:
        raise InvalidFields([InvalidField(WHOLE_BODY, "no body is expected")])
    if not takes_array:
        return [_object(data, expected, ignore_unknown, "")]
    if not isinstance(data, list):
        raise InvalidFields(
            [InvalidField(WHOLE_BODY, f"Expected `array`, got `{_type_name(data)}`")]
        )
    return [
        _object(item, expected, ignore_unknown, f"[{index}]") for index, item in enumerate(data)
    ]


def _object(data: object, expected: Body, ignore_unknown: bool, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        message = f"Expected `object`, got `{_type_name(data)}`"
        raise InvalidFields([InvalidField(where or WHOLE_BODY, message)])
    if ignore_unknown:
        data = {name: value for name, value in data.items() if name in expected}
    fields = [*_invalid_fields(data, expected, where)]
    if fields:
        raise InvalidFields(fields)
    return data


def _parsed(raw: bytes) -> object:
    try:
        data: object = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed from None
    return data


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _invalid_fields(data: dict[str, object], expected: Body, where: str) -> Iterator[InvalidField]:
    whole = where or WHOLE_BODY
    for name, kind in expected.items():
        if kind.endswith("!") and name not in data:
            yield InvalidField(whole, f"Object missing required field `{name}`")
    for name in data:
        if name not in expected:
            yield InvalidField(whole, f"Object contains unknown field `{name}`")
    for name, value in data.items():
        if name in expected:
            yield from _invalid_values(f"{where}.{name}".lstrip("."), value, expected[name])


def _invalid_values(key: str, value: object, kind: str) -> Iterator[InvalidField]:
    if value is None and kind.endswith("?"):
        return
    kind = kind.rstrip("!?")
    if _type_name(value) != _TYPES[kind]:
        yield InvalidField(key, f"Expected `{_TYPES[kind]}`, got `{_type_name(value)}`")
    elif kind == "name" and not str(value).strip():
        yield InvalidField(key, "Expected `str` of length >= 1")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _invalid_values(f"{key}.{name}", item, _KIND_OF_ITEMS[kind])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _invalid_values(f"{key}[{index}]", item, _KIND_OF_ITEMS[kind])


_TYPES = {
    "text": "str",
    "name": "str",
    "flag": "bool",
    "number": "int",
    "texts": "object",
    "numbers": "object",
    "list": "array",
}
_KIND_OF_ITEMS = {"texts": "text", "numbers": "number", "list": "text"}


def _type_name(value: object) -> str:
    return {dict: "object", list: "array", type(None): "null"}.get(
        type(value), type(value).__name__
    )
