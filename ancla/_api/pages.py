"""Reads lists: a bare array, or pages.

How it works. Each page shows whether there are more. `whole_list` reads all of them. Others may add
or delete items meanwhile. So items are identified by their id, and a list that has shrunk is read
again. `Pages` fetches the pages, by number or by offset, and limits their number and size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import NoneType

from .._http.checks import is_integer
from ..exceptions import InvalidResponseError
from .json_sender import JSONSender

FetchPage = Callable[[int, int], object]
ReadList = Callable[[object, FetchPage, str], list[object]]
# Called with the items of the pages so far, by their ids.
IsEnough = Callable[[dict[object, object]], object]

MAX_PAGES = 10_000
_MAX_READINGS = 5
_DEFAULT_PER_PAGE = 20
_MAX_RESPONSES = 4  # All pages of a list may have this many times `max_response_bytes`.

# Called before each request for a further page. During a wait, it raises after the deadline.
check_time: ContextVar[Callable[[], object]] = ContextVar("check_time", default=lambda: None)


class Pages:
    """Fetches the pages of one list. Limits the pages and bytes of each reading of it.

    The first page is the response to the request for the list itself. `measure` must have been
    called with its body, and `target` be the path of that request.
    """

    def __init__(self, json_sender: JSONSender) -> None:
        self.target = ""
        self._json_sender = json_sender
        self._pages = 1
        self._bytes = 0

    def measure(self, body: bytes) -> None:
        self._bytes += len(body)
        limit = _MAX_RESPONSES * self._json_sender.settings.max_response_bytes
        if self._bytes > limit:
            raise _invalid(
                self._json_sender.url(self.target),
                f" is too long: its pages together have more than {limit} bytes "
                f"({_MAX_RESPONSES} times max_response_bytes)",
            )

    def fetch(self, page: int, per_page: int) -> object:
        if page == 1:  # The list is read again.
            self._pages = self._bytes = 0
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise _invalid(self._json_sender.url(self.target), f" has more than {MAX_PAGES} pages")
        check_time.get()()
        path, _, query = self.target.partition("?")
        given = dict(part.split("=") for part in query.split("&") if part)
        if "offset" in given:
            given |= {"limit": str(per_page), "offset": str((page - 1) * per_page)}
        else:
            given |= {"page": str(page), "per_page": str(per_page)}
        target = f"{path}?{'&'.join(f'{name}={value}' for name, value in given.items())}"
        return self._json_sender.read(target, measure=self.measure)


def whole_list(
    response: object,
    fetch_page: FetchPage,
    url: str,
    is_enough: IsEnough = lambda _: False,
) -> list[object]:
    """Returns all items of a list. `fetch_page(page, per_page)` fetches the pages after the first.

    is_enough: ends the reading early

    Raises InvalidResponseError, with the list's `url`, if a page is malformed, if the page number
    does not advance, or if the list shrinks during each attempt to read it.
    """
    for _ in range(_MAX_READINGS):
        first = _Page(response, url)
        if first.number > 1:
            raise _invalid(url, f" returned page {first.number} first, not page 1")
        if first.is_last:
            return first.items
        items = _items_of_all_pages(first, fetch_page, is_enough)
        if items is not None:
            return items
        response = fetch_page(1, first.size)
    raise _invalid(url, f" lost items during each of {_MAX_READINGS} attempts to read it")


def _items_of_all_pages(
    page: _Page, fetch_page: FetchPage, is_enough: IsEnough
) -> list[object] | None:
    """Returns the items of this page and the following ones, each once.

    New items may push others to the next page. Returns None if the list has lost items: then others
    may have moved to a page that was read already.
    """
    found = _by_identity(page)
    while not (page.is_last or is_enough(found)):
        previous, wanted = page, page.number + 1
        response = fetch_page(wanted, page.size)
        page = _Page(response, page.url, wanted, page.size, page.total)
        if page.number != wanted:
            raise page.wrong_page_error(wanted)
        growth = page.total - previous.total
        if growth < 0:
            return None
        known = len(found)
        found.update(_by_identity(page))
        if len(found) == known and not growth and (page.items or not page.is_last):
            if page.is_guess:  # The server ignored the number, and sent the page again.
                break
            raise page.wrong_page_error(wanted)
    return list(found.values())


def _by_identity(page: _Page) -> dict[object, object]:
    """Returns the items of a page by their ids. Those that share one are numbered, and all kept."""
    found: dict[object, object] = {}
    counts: dict[object, int] = {}
    for item in page.items:
        name = _identity(item)
        if name in found:
            counts[name] = counts.get(name, 1) + 1
            name = (name, counts[name])
        found[name] = item
    return found


def tells_pages(response: dict[str, object]) -> bool:
    return response.get("pagination") is not None or is_integer(response.get("total"))


def newest_items(response: object, fetch_page: FetchPage, url: str) -> list[object]:
    """Returns the first page, or all items if that does not have the newest ones first."""
    return whole_list(response, fetch_page, url, lambda found: is_newest_first(found.values()))


class NewItems:
    """Returns the items that a list did not have when it was first read, the oldest first."""

    def __init__(self) -> None:
        self._known: set[object] | None = None

    def __call__(self, response: object, fetch_page: FetchPage, url: str) -> list[object]:
        items = {_identity(item): item for item in whole_list(response, fetch_page, url)}
        if self._known is None:
            self._known = set(items)
        new = [item for name, item in items.items() if name not in self._known]
        return new[::-1] if is_newest_first(items.values()) else new


class _Page:
    """One page of a list. A bare array is the only page.

    number, size: as the server says, or otherwise as they were requested
    pages, total: of the whole list; `total` is 0 if the server does not say it
    is_guess:     whether the server says neither; then a page that is not full counts as the last
    """

    def __init__(
        self, response: object, url: str, number: int = 1, size: int | None = None, total: int = 0
    ) -> None:
        """`number`, `size` and `total` are for a response that does not have them."""
        record: dict[str, object] = response if isinstance(response, dict) else {"items": response}
        items, pagination = record.get("items"), record.get("pagination")
        if not isinstance(items, list):
            received = _kind(items) if "items" in record else "an object without 'items'"
            raise _invalid(url, f" must return a list or an object with 'items', not {received}")
        if not isinstance(pagination, (dict, NoneType)):
            raise _invalid(url, f": pagination must be an object, not {_kind(pagination)}")
        told: dict[str, int] = {}
        for name in ("page", "per_page", "total_pages", "total"):
            value = (pagination or {}).get(name)
            if is_integer(value, minimum=0):
                told[name] = value
            elif value is not None:
                raise _invalid(url, f": pagination.{name} must be an integer of at least 0")
        if is_integer(record_total := record.get("total")):
            told.setdefault("total", record_total)
        self.url = url
        self.items: list[object] = items
        self.number = told.get("page", number)
        self.size = told.get("per_page", len(items) if size is None else size)
        self.total = told.get("total", total)
        self.is_guess = "total_pages" not in told and "total" not in told
        if self.is_guess:
            pages = self.number + (len(items) >= max(self.size, _DEFAULT_PER_PAGE))
        else:  # An empty page ends the list, whatever its total is.
            pages = -(-self.total // (self.size or 1)) if items else self.number
        self.pages = told.get("total_pages", pages)
        has_all = isinstance(response, list) or 0 < self.size < len(items)  # The size was ignored.
        self.is_last = has_all or self.number >= self.pages

    def wrong_page_error(self, wanted: int) -> InvalidResponseError:
        return _invalid(
            self.url,
            f" does not advance: the request was for page {wanted} of {self.pages}, "
            f"the response was page {self.number} with {len(self.items)} items",
        )


def _identity(item: object) -> object:
    """Returns the item's id, or its repr if it has none."""
    identifier = (item.get("id") or item.get("key_id")) if isinstance(item, dict) else None
    return identifier if isinstance(identifier, str) and identifier else repr(item)


def is_newest_first(items: Iterable[object]) -> bool | None:
    """Returns whether versions or times descend, or None if the order is unknown."""
    records = [item for item in items if isinstance(item, dict)]
    for name, kind in (("version", int), ("created", str)):
        values = [record.get(name) for record in records]
        known = [value for value in values if isinstance(value, kind)]
        if len(known) == len(values) and len(set(known)) > 1:
            in_order = sorted(known)
            if known in (in_order, in_order[::-1]):
                return known != in_order
    return None


def _invalid(url: str, fault: str) -> InvalidResponseError:
    return InvalidResponseError(f"GET {url}{fault}", method="GET", url=url)


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__
