"""Lists, as a bare array or in pages."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

from .._http.validation import is_integer
from ..exceptions import InvalidResponseError
from .strict_json import count_at_most, max_values, most_values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from .json_sender import JSONSender

    FetchPage = Callable[[int, int], object]
    ReadList = Callable[[object, FetchPage, str], list[object]]
    Measure = Callable[[bytes], object]

MAX_PAGES = 10_000
_MAX_READINGS = 5
_MAX_SHOWN = 10**20
_MAX_RESPONSES = 4  # how many of the largest that are allowed a whole list may be as large as

# Of the wait that is going on: raises WaitTimeoutError once its time is up.
_check_time: ContextVar[Callable[[], object] | None] = ContextVar("check_time", default=None)


@contextmanager
def checked_between_pages(check: Callable[[], object]) -> Generator[None]:
    """Calls `check` before each page that is fetched in this context after the first of a list."""
    token = _check_time.set(check)
    try:
        yield
    finally:
        _check_time.reset(token)


class Pages:
    """Fetches the pages of one list, of so many pages, bytes and values in all.

    The first page is the response to the request for the list itself: `measure_first` takes
    its body, and `target` is what was asked for.
    """

    def __init__(self, json_sender: JSONSender) -> None:
        self.target = ""
        self._json_sender = json_sender
        self._max_bytes = _MAX_RESPONSES * json_sender.max_response_bytes
        self._max_values = max_values(self._max_bytes)
        self._pages = self._bytes = self._values = 0

    def measure_first(self, body: bytes) -> None:
        # Not counted, since most lists have one page only: as many as there may be.
        most = max_values(self._json_sender.max_response_bytes)
        self._bytes, self._values = len(body), min(most_values_of(len(body)), most)
        self._pages = 1

    def fetch(self, page: int, per_page: int) -> object:
        if page == 1:  # the list is read anew
            self._pages = self._bytes = self._values = 0
        return self.follow(f"page={page}&per_page={per_page}")

    def follow(self, query: str) -> object:
        """The page that a query asks for."""
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise _invalid(self._json_sender.url(self.target), f" has more than {MAX_PAGES} pages")
        check_time = _check_time.get()
        if check_time is not None:
            check_time()
        target = f"{self.target}?{query}"
        return self._json_sender.send("GET", target, None, True, "", self._measure)[1]

    def _measure(self, body: bytes) -> None:
        self._bytes += len(body)
        self._values += count_at_most(body)
        del body  # tracebacks that show local variables would show it
        if self._bytes > self._max_bytes or self._values > self._max_values:
            raise _invalid(
                self._json_sender.url(self.target),
                f" has pages of more than {self._max_bytes} bytes ({_MAX_RESPONSES} times "
                f"max_response_bytes) or {self._max_values} values in all",
            )


def whole_list(response: object, fetch_page: FetchPage, url: str) -> list[object]:
    """All items of a list; `fetch_page(page, per_page)` fetches the pages after the first.

    `url` is the list's, for the InvalidResponseError that comes of a server whose pages are
    malformed or do not advance, or of a list that does not hold still long enough to be read.
    """
    for _ in range(_MAX_READINGS):
        first = _Page(response, url)
        if first.number > 1:
            raise _invalid(url, f" began with page {first.number}, not with the first")
        if first.is_whole:
            return first.items
        everything = _read_on(first, fetch_page)
        if everything is not None:
            return everything
        response = fetch_page(1, first.size)
    raise _invalid(url, f" lost items while it was read, {_MAX_READINGS} times in a row")


def _read_on(page: _Page, fetch_page: FetchPage) -> list[object] | None:
    """The items from the first page to the last, each once; what is new may push some a page on.

    None if the list has lost items meanwhile: others may have slipped to a page already read.
    """
    found = {_identity(item): item for item in page.items}
    while page.number < page.pages:
        previous, page = page, page.turn(1, fetch_page)
        if page.total < previous.total:
            return None
        known = len(found)
        found.update((_identity(item), item) for item in page.items)
        may_repeat = page.total > previous.total or (not page.items and page.number == page.pages)
        if len(found) == known and not may_repeat:
            raise page.stuck(previous.number + 1)
    return list(found.values())


class Newcomers:
    """Reads what a list holds that it did not hold when it was read first, the oldest of it first.

    Of a long list only the pages at its newer end are read, so that a look costs the same
    however long the history is. A list that shows no order is read whole.
    """

    def __init__(self) -> None:
        self._known: set[object] | None = None
        # Whether the newest come first in a list that was not read whole.
        self._part_is_newest_first: bool | None = None

    def __call__(self, response: object, fetch_page: FetchPage, url: str) -> list[object]:
        first = _Page(response, url)
        is_newest_first = _is_newest_first(first.items)
        is_whole = first.is_whole or is_newest_first is None
        if is_whole:
            items = whole_list(response, fetch_page, url)
        else:
            items = self._read_newer_end(first, fetch_page, 1 if is_newest_first else -1)
        if self._known is None:
            self._known = set(map(_identity, items))
            self._part_is_newest_first = None if is_whole else is_newest_first
            return []
        items = self._without_unread(items)
        new = {name: item for item in items if (name := _identity(item)) not in self._known}
        return list(new.values())[::-1] if is_newest_first else list(new.values())

    def _read_newer_end(self, first: _Page, fetch_page: FetchPage, step: int) -> list[object]:
        page = first if step > 0 else first.turn(first.pages - 1, fetch_page)
        items = page.items
        while not self._ends_with(page) and 1 <= page.number + step <= page.pages:
            page = page.turn(step, fetch_page)
            items = items + page.items if step > 0 else page.items + items
        return items

    def _without_unread(self, items: list[object]) -> list[object]:
        """Drops items older than the oldest known one: they moved up as others were deleted."""
        if self._part_is_newest_first is None or self._known is None:
            return items
        known = [index for index, item in enumerate(items) if _identity(item) in self._known]
        if self._part_is_newest_first:
            return items[: max(known, default=0)]
        return items[min(known, default=len(items)) :]

    def _ends_with(self, page: _Page) -> bool:
        """Whether what lies beyond a page is older than all that matters."""
        if self._known is None:
            return len(page.items) >= page.size  # a last page of few may be lost soon
        return not self._known.isdisjoint(map(_identity, page.items))


class _Page:
    """One response to a list; one without pagination is the only page."""

    def __init__(self, response: object, url: str) -> None:
        items = response.get("items") if isinstance(response, dict) else response
        if not isinstance(items, list):
            came = "an object without 'items'"
            if not isinstance(response, dict) or "items" in response:
                came = _kind(items)
            raise _invalid(url, f" must return a list or an object with 'items', not {came}")
        pagination = response.get("pagination") if isinstance(response, dict) else None
        self.url = url
        self.items: list[object] = items
        self.number, self.size, self.pages, self.total = 1, len(items), 1, 0
        if pagination is None:
            return
        if not isinstance(pagination, dict):
            raise _invalid(url, f": pagination must be an object, not {_kind(pagination)}")
        self.number, self.size, self.pages = (
            _integer(pagination, name, url) for name in ("page", "per_page", "total_pages")
        )
        if pagination.get("total") is not None:
            self.total = _integer(pagination, "total", url)

    @property
    def is_whole(self) -> bool:
        """Also of a server that tells of pages, but takes no notice of the page asked for."""
        return self.number >= self.pages or 0 < self.size < len(self.items)

    def turn(self, step: int, fetch_page: FetchPage) -> _Page:
        wanted = self.number + step
        page = _Page(fetch_page(wanted, self.size), self.url)
        if page.number != wanted:
            raise page.stuck(wanted)
        return page

    def stuck(self, wanted: int) -> InvalidResponseError:
        return _invalid(
            self.url,
            f" does not advance: page {wanted} of {self.pages} was asked for, "
            f"page {self.number} with {len(self.items)} items came",
        )


def _identity(item: object) -> object:
    """What an item is known by on whichever page it comes."""
    identifier = item.get("id") if isinstance(item, dict) else None
    return identifier if isinstance(identifier, str) and identifier else repr(item)


def _is_newest_first(items: Iterable[object]) -> bool | None:
    """Whether versions or times fall; None if they show no order."""
    records = [item for item in items if isinstance(item, dict)]
    for name, kind in (("version", int), ("created", str)):
        values = [record.get(name) for record in records]
        known = [value for value in values if isinstance(value, kind)]
        if len(known) == len(values) and len(set(known)) > 1:
            in_order = sorted(known)
            if known in (in_order, in_order[::-1]):
                return known != in_order
    return None


def _integer(pagination: dict[str, object], name: str, url: str) -> int:
    value = pagination.get(name)
    if not is_integer(value):
        raise _invalid(url, f": pagination.{name} must be an integer, not {_kind(value)}")
    if value < 0:
        raise _invalid(url, f": pagination.{name} must be at least 0, not {_short(value)}")
    return value


def _invalid(url: str, fault: str) -> InvalidResponseError:
    return InvalidResponseError(f"GET {url}{fault}", method="GET", url=url)


def _short(number: int) -> str:
    """A server may send thousands of digits."""
    return str(number) if abs(number) < _MAX_SHOWN else "a number of many digits"


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__
