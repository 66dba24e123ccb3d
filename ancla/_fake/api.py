"""Turns requests into responses, without sockets.

`Api.respond` does it in the order of the platform's framework: the route (404, 405), the API key
(401), the query and the body (400 or 422), the action, and the view of its result. `read_query`,
`read_page` and `read_body` below it check a request and raise the exceptions of `errors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from .actions import Call
from .errors import (
    WHOLE_BODY,
    Invalid,
    InvalidField,
    InvalidFields,
    Malformed,
    NotInQuery,
    Refusal,
    Response,
    documented_error,
    error_response,
    framework_error,
)
from .platform import Platform
from .records import Stage
from .routes import Body, Route, find_route
from .server import plain_path
from .views import Views

_MAX_PER_PAGE = 100
_MIN_IN_QUERY = {"page": 1, "per_page": 1, "limit": 1, "offset": 0}


@dataclass
class Api:
    """The platform as a function from requests to responses. The caller has to lock it.

    Most arguments are those of FakeAncla. `step_on_reads` says that `pace` is "reads".
    """

    platform: Platform
    views: Views
    routes: tuple[Route, ...]
    api_key: str
    page_size: int | None
    step_on_reads: bool
    ignore_unknown_fields: bool
    session: bool

    def respond(
        self, method: str, path: str, query: str, api_key: str | None, body: bytes
    ) -> Response:
        self.platform.pipelines.catch_up()
        route, names, methods = find_route(self.routes, method, path)
        if route is None:
            has_slugs = any(other.route_set == "slugs" for other in self.routes)
            error_of = documented_error if has_slugs else framework_error
            if not methods:
                return error_of(404)
            response = Response(204) if method == "OPTIONS" else error_of(405)
            response.headers["Allow"] = ", ".join(methods)
            return response
        if route.is_session and not self.session:
            api_key = None  # The route knows cookies only.
        # Like the platform's framework, check the key after the route.
        if api_key is None and not route.is_public:
            return documented_error(401, "no API key was given")
        if api_key not in (None, self.api_key) and not self.platform.accepts(api_key):
            return documented_error(401, "the API key is not valid")
        try:
            return self._perform(route, names, query, api_key is not None, body)
        except Refusal as error:
            return error_response(error, route.route_set, method, plain_path(path))

    def _perform(
        self, route: Route, names: dict[str, str], query: str, has_key: bool, body: bytes
    ) -> Response:
        names = {**names, **read_query(query, route.query)}
        items = read_body(body, route.body, route.takes_array, self.ignore_unknown_fields)
        page, per_page = read_page(query) if route.is_paged else (None, None)
        call = Call(self.platform, names, items[0] if items else {}, items, has_key)
        result = route.perform(call)
        is_last = True
        if route.is_paged:
            data, is_last = self._page(route, result, page, per_page)
        elif "offset" in names:
            data = self._part(route, result, int(names["limit"]), int(names["offset"]))
        else:
            data = self._shown(route.view, result)
        if route.shows_pipelines and is_last and self.step_on_reads:
            # Take the step last: the first poll must see the pipeline as it was started.
            apps = [result.app] if isinstance(result, Stage) else call.apps
            self.platform.pipelines.advance(apps)
        return Response(route.status, data)

    def _page(
        self, route: Route, records: list[object], page: int | None, per_page: int | None
    ) -> tuple[object, bool]:
        """Returns the response for one page of a list, and whether it is the last page."""
        is_older = route.route_set != "workspaces"
        is_bare = route.route_set == "slugs" and self.page_size is None
        if is_bare and page is None and per_page is None:
            return self._shown(route.view, records), True
        if is_older and self.views.nulls == "always":
            return {"items": self._shown(route.view, records), "pagination": None}, True
        default_size = self.page_size or (50 if is_older else 20)
        size = default_size if per_page is None else min(per_page, _MAX_PER_PAGE)
        number = page or 1
        total_pages = -(-len(records) // size)
        items = records[(number - 1) * size : number * size]
        data: dict[str, object] = {"items": self._shown(route.view, items)}
        if is_older or self.views.nulls == "unset":
            data["pagination"] = {
                "page": number,
                "per_page": size,
                "total": len(records),
                "total_pages": total_pages,
            }
        elif self.views.nulls == "always":
            data["pagination"] = None
        return data, number >= total_pages

    def _part(self, route: Route, records: list[object], limit: int, offset: int) -> object:
        """Returns the response for a part of a list, with the length of the list."""
        if limit > _MAX_PER_PAGE:
            raise Invalid(f"Expected `int` <= {_MAX_PER_PAGE}", "limit", "query")
        items = self._shown(route.view, records[offset : offset + limit])
        return {"items": items, "total": len(records), "limit": limit, "offset": offset}

    def _shown(self, view: str, result: object) -> object:
        if isinstance(result, list):
            return [self.views.show(view, record) for record in result]
        return self.views.show(view, result)


# The query


def read_query(query: str, expected: Mapping[str, str | None]) -> dict[str, str]:
    """Returns the values of these parameters or their defaults, named like placeholders.

    Raises NotInQuery if one without a default is missing, and Invalid for an invalid number.
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
    """Returns `page` and `per_page`, each None if the query lacks it. Raises Invalid."""
    values = parse_qs(query, keep_blank_values=True)
    page, per_page = (
        _check_number(name, values[name][-1]) if name in values else None
        for name in ("page", "per_page")
    )
    return page, per_page


def _check_number(name: str, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not (is_number and int(text) >= _MIN_IN_QUERY[name]):
        raise Invalid(f"Expected `int` >= {_MIN_IN_QUERY[name]}", name, "query")
    return int(text)


# The body


def read_body(
    raw: bytes, expected: Body, takes_array: bool, ignore_unknown: bool
) -> list[dict[str, Any]]:
    """Returns the objects in the body: one, or those of an array.

    Raises Malformed, Invalid or InvalidFields.
    """
    if ignore_unknown and not expected:
        return [{}]
    data = _parsed(raw) if raw.strip() else {}
    if not expected and not data:
        return [{}]
    if not expected:
        raise Invalid("no body is expected", WHOLE_BODY)
    if not takes_array:
        return [_object(data, expected, ignore_unknown, "")]
    if not isinstance(data, list):
        raise Invalid(f"Expected `array`, got `{_type_name(data)}`", WHOLE_BODY)
    return [
        _object(item, expected, ignore_unknown, f"[{index}]") for index, item in enumerate(data)
    ]


def _object(data: object, expected: Body, ignore_unknown: bool, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Invalid(f"Expected `object`, got `{_type_name(data)}`", where or WHOLE_BODY)
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
    expected = _TYPES.get(kind, kind)
    if _type_name(value) != expected:
        yield InvalidField(key, f"Expected `{expected}`, got `{_type_name(value)}`")
    elif kind == "name" and not str(value).strip():
        yield InvalidField(key, "Expected `str` of length >= 1")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _invalid_values(f"{key}.{name}", item, _TYPES_OF_ITEMS[kind])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _invalid_values(f"{key}[{index}]", item, _TYPES_OF_ITEMS[kind])


# The types of the kinds in `routes` that are none themselves.
_TYPES = {
    "name": "str",
    "dict[str, str]": "object",
    "dict[str, int]": "object",
    "list[str]": "array",
}
_TYPES_OF_ITEMS = {"dict[str, str]": "str", "dict[str, int]": "int", "list[str]": "str"}


def _type_name(value: object) -> str:
    name = type(value).__name__
    return {"dict": "object", "list": "array", "NoneType": "null"}.get(name, name)
