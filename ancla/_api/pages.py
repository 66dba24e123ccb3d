"""Whole lists, from servers that answer with a bare array and from those that answer in pages."""

from __future__ import annotations

from ..exceptions import InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    ReadList = Callable[[object, Callable[[int, int], object], str], list[object]]

_MOST_PAGES = 10_000


def whole_list(answer: object, fetch_page: Callable[[int, int], object], url: str) -> list[object]:
    """All items behind the first answer; `fetch_page(page, per_page)` asks for the pages after it.

    `url` is the list's, for the InvalidResponseError that comes of a server whose pages are
    malformed or do not advance.
    """
    if isinstance(answer, list):
        return answer
    items, page, per_page, total_pages = _take_apart(answer, url)
    if page > 1:
        raise _invalid(url, f" began with page {page}, not with the first")
    previous = items
    everything = list(items)
    while page < total_pages:
        if page >= _MOST_PAGES:
            raise _invalid(url, f" has more than {_MOST_PAGES} pages")
        wanted = page + 1
        answer = fetch_page(wanted, per_page)
        items, page, per_page, total_pages = _take_apart(answer, url)
        if page != wanted or (not items and page < total_pages) or (items and items == previous):
            raise _invalid(
                url,
                f" does not advance: page {wanted} of {total_pages} was asked for, "
                f"page {page} with {len(items)} items came",
            )
        everything += items
        previous = items
    return everything


def _take_apart(answer: object, url: str) -> tuple[list[object], int, int, int]:
    """Items, page, per_page and total_pages; an answer without pagination is the only page."""
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(items, list):
        raise _invalid(
            url,
            " must answer with a list or an object with 'items', "
            f"not {_kind(answer if not isinstance(answer, dict) else items)}",
        )
    pagination = answer.get("pagination")
    if pagination is None:
        return items, 1, len(items), 1
    if not isinstance(pagination, dict):
        raise _invalid(url, f": pagination must be an object, not {_kind(pagination)}")
    page, per_page, total_pages = (
        _integer(pagination, name, url) for name in ("page", "per_page", "total_pages")
    )
    return items, page, per_page, total_pages


def _integer(pagination: dict[str, object], name: str, url: str) -> int:
    value = pagination.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _invalid(
            url, f": pagination.{name} must be an integer of at least 0, not {_kind(value)}"
        )
    return value


def _invalid(url: str, fault: str) -> InvalidResponseError:
    return InvalidResponseError(f"GET {url}{fault}", method="GET", url=url)


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__
