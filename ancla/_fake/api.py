"""From a request to an answer: key, route, body, action, view. No sockets here."""

from __future__ import annotations

from .actions import Call
from .bodies import Faulty, Malformed, read_body, read_page
from .errors import Answer, DocumentedErrors, Fault, FrameworkErrors, documented_error
from .platform import Invalid, Missing, Platform
from .routes import Route, Router, routes_of
from .views import Views

_MOST_PER_PAGE = 100
_PUBLISHED_PER_PAGE = 50


class Api:
    """The platform as a function from requests to answers. Not thread safe by itself."""

    def __init__(
        self,
        platform: Platform,
        views: Views,
        *,
        routes: str,
        api_key: str,
        page_size: int | None,
        step_on_reads: bool,
    ) -> None:
        self._platform = platform
        self._views = views
        self._router = Router(routes_of(routes))
        self._errors_without_route = _errors(routes == "published")
        self._api_key = api_key
        self._page_size = page_size
        self._step_on_reads = step_on_reads

    def answer(self, method: str, target: str, api_key: str | None, body: bytes) -> Answer:
        self._platform.catch_up()
        path, _, query = target.partition("?")
        route, values, methods = self._router.find(method, path)
        if api_key != self._api_key and not (api_key is None and route and route.open):
            said = "no API key was given" if api_key is None else "the API key is not valid"
            return documented_error(401, said)
        if route is not None:
            return self._answer(route, path.rstrip("/"), values, query, api_key is not None, body)
        if not methods:
            return self._errors_without_route.error(404)
        refusal = self._errors_without_route.error(405)
        return Answer(405, refusal.data, {"Allow": ", ".join(methods)})

    def _answer(
        self,
        route: Route,
        path: str,
        values: dict[str, str],
        query: str,
        has_key: bool,
        body: bytes,
    ) -> Answer:
        errors = _errors(route.published)
        try:
            call = Call(self._platform, values, read_body(body, route.body), has_key)
            page = read_page(query) if route.paged else (None, None)
            return self._perform(route, call, *page)
        except Missing:
            return errors.error(404)
        except Malformed:
            return errors.malformed()
        except Faulty as error:
            return errors.invalid(route.method, path, error.faults)
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
        is_bare = not route.published and self._page_size is None
        if is_bare and page is None and per_page is None:
            return self._shown(route.view, records), True
        if self._views.nulls == "always":
            return {"items": self._shown(route.view, records), "pagination": None}, True
        default_size = self._page_size or _PUBLISHED_PER_PAGE
        size = default_size if per_page is None else min(per_page, _MOST_PER_PAGE)
        number = page or 1
        pagination = {
            "page": number,
            "per_page": size,
            "total": len(records),
            "total_pages": -(-len(records) // size),
        }
        items = records[(number - 1) * size : number * size]
        answer = {"items": self._shown(route.view, items), "pagination": pagination}
        return answer, number >= pagination["total_pages"]

    def _shown(self, view: str, result: object) -> object:
        if isinstance(result, list):
            return [self._views.show(view, record) for record in result]
        return self._views.show(view, result)


def _errors(published: bool) -> DocumentedErrors | FrameworkErrors:
    return FrameworkErrors() if published else DocumentedErrors()
