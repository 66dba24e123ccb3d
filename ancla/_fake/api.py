"""From a request to an answer: key, route, body, action, view. No sockets here."""

from __future__ import annotations

from .actions import Call
from .bodies import Faulty, Malformed, NotInQuery, read_body, read_names, read_page
from .errors import (
    Answer,
    DocumentedErrors,
    Fault,
    FrameworkErrors,
    WorkspacesErrors,
    documented_error,
    framework_error,
)
from .names import Invalid, Missing, Taken
from .platform import Platform
from .routes import Route, Router, plain_path, routes_of
from .views import Views

_MOST_PER_PAGE = 100
_PER_PAGE = {"slugs": 50, "published": 50, "workspaces": 20}
_ERRORS: dict[str, DocumentedErrors | FrameworkErrors] = {
    "slugs": DocumentedErrors(),
    "published": FrameworkErrors(),
    "workspaces": WorkspacesErrors(),
}


class Api:
    """The platform as a function from requests to answers. Not thread safe by itself."""

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
    ) -> None:
        self._platform = platform
        self._views = views
        self._router = Router(routes_of(routes, lenient=lenient))
        self._errors_without_route = (
            DocumentedErrors() if routes in ("slugs", "both") else FrameworkErrors()
        )
        self._api_key = api_key
        self._page_size = page_size
        self._step_on_reads = step_on_reads
        self._ignore_unknown_fields = ignore_unknown_fields

    def answer(self, method: str, target: str, api_key: str | None, body: bytes) -> Answer:
        self._platform.catch_up()
        path, _, query = target.partition("?")
        route, values, methods = self._router.find(method, path)
        if not methods:
            return self._errors_without_route.error(404)
        if route is None:
            allowed = {"Allow": ", ".join(methods)}
            if method == "OPTIONS":
                return Answer(204, headers=allowed)
            return Answer(405, self._errors_without_route.error(405).data, allowed)
        # Only now, as in the framework: whether there is a route does not depend on the key.
        if api_key != self._api_key and not (api_key is None and route.open):
            said = "no API key was given" if api_key is None else "the API key is not valid"
            return documented_error(401, said)
        return self._answer(route, plain_path(path), values, query, api_key is not None, body)

    def _answer(
        self,
        route: Route,
        path: str,
        values: dict[str, str],
        query: str,
        has_key: bool,
        body: bytes,
    ) -> Answer:
        errors = _ERRORS[route.generation]
        try:
            values = {**values, **read_names(query, route.query)}
            data = read_body(body, route.body, self._ignore_unknown_fields)
            call = Call(self._platform, values, data, has_key)
            page = read_page(query) if route.paged else (None, None)
            return self._perform(route, call, *page)
        except Missing:
            return errors.error(404)
        except Malformed:
            return errors.malformed()
        except NotInQuery as error:
            return framework_error(
                400, f"Missing required query parameter '{error}' for path {path}"
            )
        except Faulty as error:
            return errors.invalid(route.method, path, error.faults)
        except Taken as error:
            return errors.error(409, error.message)
        except Invalid as error:
            if error.field is None:
                return errors.refused(error.message)
            return errors.invalid(route.method, path, [Fault(error.field, error.message)])

    def _perform(self, route: Route, call: Call, page: int | None, per_page: int | None) -> Answer:
        result = route.action(call)
        if route.paged and isinstance(result, list):
            data, is_last = self._page(route, result, page, per_page)
        else:
            data, is_last = self._shown(route.view, result), True
        if route.watching and is_last and self._step_on_reads:
            # Only now, so that the first look still sees what the trigger left.
            self._platform.advance(call.watched_app)
        return Answer(route.status, data)

    def _page(
        self, route: Route, records: list[object], page: int | None, per_page: int | None
    ) -> tuple[object, bool]:
        """The answer to a list in pages, and whether nothing comes after it."""
        is_bare = route.generation == "slugs" and self._page_size is None
        if is_bare and page is None and per_page is None:
            return self._shown(route.view, records), True
        is_older = route.generation != "workspaces"
        if self._views.nulls == "always" and is_older:
            return {"items": self._shown(route.view, records), "pagination": None}, True
        default_size = self._page_size or _PER_PAGE[route.generation]
        size = default_size if per_page is None else min(per_page, _MOST_PER_PAGE)
        number = page or 1
        pagination = {
            "page": number,
            "per_page": size,
            "total": len(records),
            "total_pages": -(-len(records) // size),
        }
        items = records[(number - 1) * size : number * size]
        answer: dict[str, object] = {"items": self._shown(route.view, items)}
        if is_older or self._views.nulls == "unset":
            answer["pagination"] = pagination
        elif self._views.nulls == "always":
            answer["pagination"] = None
        return answer, number >= pagination["total_pages"]

    def _shown(self, view: str, result: object) -> object:
        if isinstance(result, list):
            return [self._views.show(view, record) for record in result]
        return self._views.show(view, result)
