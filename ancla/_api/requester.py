"""Sends one form of a request, with the ids that it needs."""

from __future__ import annotations

from contextlib import suppress

from ..exceptions import AnclaError, InvalidResponseError, NotFoundError
from .arguments import check, path_segment
from .forms import BODY_IS_WRONG, Form
from .pages import whole_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .forms import Operation
    from .json_sender import JSONSender
    from .pages import ReadList

_MOST_IDS = 1024

# What an id is the id of, and the arguments that name it; an application is also named `slug`.
_OWNERS = {
    "app_id": ("/applications/{}/{}/{}", ("org", "project", "app")),
    "project_id": ("/projects/{}/{}", ("org", "project")),
    "organization_id": ("/organizations/{}", ("org",)),
}


class Refusal(AnclaError):
    """The server's API has no way to do just what was asked for; nothing was changed."""

    def __init__(self, what: str, why: str = "its API has no route for that") -> None:
        super().__init__(f"this server cannot {what}: {why} (nothing was changed)")


class NoIdError(InvalidResponseError):
    """The server does not tell the id that a request would need."""


class Invocation:
    """An operation with its arguments, and those of them that are path segments, quoted.

    `read_list` makes one list of an answer in pages. `method` and `target` are those of the form
    that was sent last. `looked_up` tells whether what is above the resource is known to exist, and
    `look_up_error` is what spoke against it.
    """

    __slots__ = (
        "arguments",
        "look_up_error",
        "looked_up",
        "method",
        "operation",
        "read_list",
        "segments",
        "target",
    )

    def __init__(
        self,
        operation: Operation[Any],
        arguments: dict[str, object],
        read_list: ReadList = whole_list,
    ) -> None:
        self.operation = operation
        self.arguments = arguments
        self.read_list = read_list
        self.segments = check(arguments)
        self.method = self.target = ""
        self.looked_up = False
        self.look_up_error: AnclaError | None = None

    def fill_in(self, name: str, identifier: str) -> None:
        self.segments[name] = path_segment(name, identifier)
        self.arguments[name] = identifier


class Requester:
    """Sends forms, and keeps the ids that it looked up for them."""

    def __init__(self, json_sender: JSONSender) -> None:
        self.json_sender = json_sender
        self.ids: dict[tuple[str, ...], str] = {}

    def send(self, invocation: Invocation, form: Form) -> object:
        """The answer to a form. An id that turns out to be stale is replaced once."""
        name = form.looked_up
        if not name:
            return self.send_once(invocation, form)
        kept = self.fill_in_id(invocation, name)
        try:
            return self.send_once(invocation, form)
        except AnclaError as error:
            may_be_stale = isinstance(error, NotFoundError) or (
                error.status_code in BODY_IS_WRONG and name in form.body
            )
            if not (kept and may_be_stale and self.replace_id(invocation, name)):
                raise
        return self.send_once(invocation, form)

    def send_list(self, invocation: Invocation, form: Form) -> list[object]:
        """The items of the list that a form asks for, from its pages."""
        answer = self.send(invocation, form)
        target = invocation.target
        return invocation.read_list(
            answer,
            lambda page, per_page: self.fetch(f"{target}?page={page}&per_page={per_page}"),
            self.json_sender.url(target),
        )

    def fetch(self, target: str) -> object:
        """The answer to a plain read."""
        return self.json_sender.send("GET", target, None, True, "")

    def fetch_owner(self, invocation: Invocation, name: str) -> object:
        """The organization, project or application whose id has this name; the id is kept."""
        target = _owner_target(invocation, name)
        self.ids.pop((name, target), None)
        try:
            record = self.fetch(target)
        except AnclaError as error:
            invocation.look_up_error = error
            raise
        invocation.looked_up = True
        invocation.fill_in(name, self._keep_id(name, target, record))
        return record

    def fill_in_id(self, invocation: Invocation, name: str) -> bool:
        """Makes an id known to the invocation; whether it was kept from before."""
        kept = self.ids.get((name, _owner_target(invocation, name)))
        if kept is None:
            self.fetch_owner(invocation, name)
            return False
        invocation.fill_in(name, kept)
        invocation.looked_up = True
        return True

    def replace_id(self, invocation: Invocation, name: str) -> bool:
        """Looks a kept id up once more; whether it is another one now."""
        before = invocation.arguments[name]
        self.fetch_owner(invocation, name)
        return invocation.arguments[name] != before

    def missing(self, invocation: Invocation, what: str, name: str) -> NotFoundError:
        """The error for what is not in the application, by the answer that came last."""
        invocation.looked_up = True
        detail = f"there is no {what} {invocation.arguments[name]!r}"
        return NotFoundError(
            f"{detail} in {invocation.arguments['app']!r}",
            404,
            detail,
            method=invocation.method,
            url=self.json_sender.url(invocation.target),
        )

    def send_once(self, invocation: Invocation, form: Form) -> object:
        """The answer to a form that needs no id, or whose id is known."""
        invocation.method = form.method
        invocation.target = target = form.path.format_map(invocation.segments)
        data = form.body_from(invocation.arguments) if form.body else None
        answer = self.json_sender.send(
            form.method, target, data, form.harmless, form.argument_names
        )
        if form.tells and (form.tells, target) not in self.ids:
            with suppress(NoIdError):
                self._keep_id(form.tells, target, answer)
        return answer

    def _keep_id(self, name: str, target: str, record: object) -> str:
        identifier = id_of(record, self.json_sender.url(target))
        self.keep((name, target), identifier)
        return identifier

    def keep(self, key: tuple[str, ...], value: str) -> None:
        if len(self.ids) >= _MOST_IDS:
            self.ids.clear()
        self.ids[key] = value


def _owner_target(invocation: Invocation, name: str) -> str:
    path, names = _OWNERS[name]
    segments = invocation.segments
    return path.format(*(segments.get(part) or segments["slug"] for part in names))


def id_of(record: object, url: str) -> str:
    """The id of what was read from a URL, which has to fit in a path."""
    identifier = record.get("id") if isinstance(record, dict) else None
    try:
        path_segment("id", identifier)
    except ValueError as error:
        message = f"GET {url} told no usable id, which its own routes need: {error}"
        raise NoIdError(message, method="GET", url=url) from None
    return str(identifier)
