"""What an operation of the API is made of, and how one form of its request is sent.

A form's path has {placeholders}: the method's arguments, or an id that is looked up first.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial

from .._model import decode, decode_list
from ..exceptions import AnclaError, InvalidResponseError, NotFoundError
from .arguments import check, path_segment
from .pages import whole_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Generic, TypeVar

    from .._model import Model
    from .json_sender import JSONSender
    from .pages import ReadList

    Steps = Callable[["Requester", "Invocation", "Form"], object]

    Answer = TypeVar("Answer")
else:

    class Generic:
        """All that is needed of it at run time, as typing takes longer to load than a request."""

        __slots__ = ()

        def __class_getitem__(cls, answer: object) -> type[Generic]:
            return cls

    Answer = None

ROUTE_IS_MISSING = (404, 405)
BODY_IS_WRONG = (400, 422)

# From the oldest to the newest. "workspaces" came later, and has nothing in common with them.
GENERATIONS = ("slugs", "published")

_MOST_IDS = 1024
# What is looked up before a request that needs it: where, and the arguments that name it there; an
# application is also named `slug`.
_OWNERS = {
    "app_id": ("/applications/{}/{}/{}", ("org", "project", "app")),
    "project_id": ("/projects/{}/{}", ("org", "project")),
    "organization_id": ("/organizations/{}", ("org",)),
}
RECORD_IDS = ("image_id", "release_id", "deployment_id")


class Form:
    """One form of a request: method, path, and the fields of the body, as in "POST /o name=slug".

    body:           these fields, each with the argument that it is made of, if that is another one;
                    an argument that is None or not there is left out, and `*` is the whole body
    harmless:       repeating it changes nothing, so a lost answer is no reason to give up; by
                    default all but POST
    steps:          what is done in place of just sending it, where one request is not enough
    tells:          the name of the id that its answer has, as others will need it
    looked_up:      the id that has to be looked up first, or ""
    names_no_app:   it addresses a record of an application by nothing but the record's id
    argument_names: where the body came from, for an error
    """

    __slots__ = (
        "argument_names",
        "body",
        "harmless",
        "looked_up",
        "method",
        "names_no_app",
        "path",
        "steps",
        "tells",
    )

    def __init__(
        self,
        request: str,
        *,
        harmless: bool | None = None,
        steps: Steps | None = None,
        tells: str = "",
    ) -> None:
        self.method, self.path, *fields = request.split()
        self.harmless = self.method != "POST" if harmless is None else harmless
        self.steps = steps
        self.tells = tells
        pairs = (field.partition("=") for field in fields)
        self.body = {field: argument or field for field, _, argument in pairs}
        self.argument_names = "/".join(self.body.values())
        named = re.findall(r"{(\w+)}", self.path)
        self.looked_up = next((name for name in _OWNERS if name in (*named, *self.body)), "")
        self.names_no_app = any(name in RECORD_IDS for name in named) and "org" not in named

    def body_from(self, values: Mapping[str, object]) -> object:
        """The body for these values."""
        if "*" in self.body:
            return values[self.body["*"]]
        return {
            field: values[name] for field, name in self.body.items() if values.get(name) is not None
        }


class Operation(Generic[Answer]):
    """What one method of the client does.

    model:            what comes back, None for nothing
    forms:            its form in each generation of routes, None where servers of it cannot do it;
                      the very same object if two generations do not differ
    is_list:          a list of that model comes back, perhaps in pages
    falls_back_on:    the statuses after which the form of the next generation is tried
    tells_generation: an answer to one of the forms shows which routes the server has
    record:           what reads the record that is named by an id: it is asked first where the
                      path does not name the application
    listing:          what lists the records of which it reads one
    cannot:           what some servers cannot do, for the error that says so
    instead:          what does the same on workspaces routes
    decode:           makes of a server's JSON what comes back, or raises InvalidResponseError
    """

    __slots__ = (
        "cannot",
        "decode",
        "falls_back_on",
        "forms",
        "instead",
        "is_list",
        "listing",
        "model",
        "record",
        "tells_generation",
    )

    def __init__(
        self,
        model: type[Model] | None = None,
        *,
        slugs: Form | None = None,
        published: Form | None = None,
        workspaces: Form | None = None,
        is_list: bool = False,
        falls_back_on: tuple[int, ...] = ROUTE_IS_MISSING,
        tells_generation: bool = True,
        record: Operation[Any] | None = None,
        listing: Operation[Any] | None = None,
        cannot: str = "",
        instead: str = "",
    ) -> None:
        self.model = model
        self.forms = {"slugs": slugs, "published": published, "workspaces": workspaces}
        self.is_list = is_list
        self.falls_back_on = falls_back_on
        self.tells_generation = tells_generation
        self.record = record
        self.listing = listing
        self.cannot = cannot
        self.instead = instead
        self.decode: Callable[[Any], Any] = _nothing
        if model is not None:
            self.decode = partial(decode_list if is_list else decode, model)


def _nothing(answer: object) -> None:
    if isinstance(answer, dict) and answer.get("ok") is False:
        raise InvalidResponseError("'ok' is false, so it was not done")


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
        may_be_stale = self.fill_in_id(invocation, name) if name else False
        while True:
            target = form.path.format_map(invocation.segments)
            invocation.method, invocation.target = form.method, target
            data = form.body_from(invocation.arguments) if form.body else None
            try:
                answer = self.json_sender.send(
                    form.method, target, data, form.harmless, form.argument_names
                )
            except AnclaError as error:
                is_in_doubt = isinstance(error, NotFoundError) or (
                    error.status_code in BODY_IS_WRONG and name in form.body
                )
                if not (may_be_stale and is_in_doubt and self.replace_id(invocation, name)):
                    raise
                may_be_stale = False
                continue
            if form.tells and (form.tells, target) not in self.ids:
                with suppress(NoIdError):
                    self._keep_id(form.tells, target, answer)
            return answer

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
    with suppress(ValueError):  # which shows what came, and that may be anything
        path_segment("id", identifier)
        return str(identifier)
    message = f"GET {url} told no usable id, which its own routes need"
    raise NoIdError(message, method="GET", url=url)
