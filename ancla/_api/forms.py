"""What an operation of the API is made of: one form of its request for each generation of routes.

A path's {placeholders} are the method's arguments, or an id that is looked up.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Generic, TypeVar
else:
    from .._http.generic import Generic, TypeVar

Answer = TypeVar("Answer")

ROUTE_IS_MISSING = (404, 405)
BODY_IS_WRONG = (400, 422)

# From the oldest to the newest. "workspaces" came later, and has nothing in common with them.
GENERATIONS = ("slugs", "published")

# What is looked up before a request that needs it.
LOOKED_UP_IDS = ("app_id", "project_id", "organization_id")
_RECORD_IDS = {"image_id", "release_id", "deployment_id"}


class Form:
    """One form of a request: method, path, and the fields of the body, as in "POST /o name=slug".

    body:           these fields, each with the argument that it is made of, if that is another one;
                    an argument that is None or not there is left out, and `*` is the whole body
    harmless:       repeating it changes nothing, so a lost answer is no reason to give up; by
                    default all but POST
    steps:          what is done in place of just sending it, where one request is not enough
    cannot_change:  what of the argument `fields` it cannot change
    tells:          the name of the id that its answer has, as others will need it
    looked_up:      the id that has to be looked up first, or ""
    names_no_app:   it addresses a record of an application by nothing but the record's id
    argument_names: where the body came from, for an error
    """

    __slots__ = (
        "argument_names",
        "body",
        "cannot_change",
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
        steps: Callable[..., object] | None = None,
        cannot_change: str = "",
        tells: str = "",
    ) -> None:
        self.method, self.path, *fields = request.split()
        self.harmless = self.method != "POST" if harmless is None else harmless
        self.steps = steps
        self.cannot_change = cannot_change.split()
        pairs = (field.partition("=") for field in fields)
        self.body = {field: argument or field for field, _, argument in pairs}
        self.argument_names = "/".join(self.body.values())
        named = re.findall(r"{(\w+)}", self.path)
        self.looked_up = next((name for name in LOOKED_UP_IDS if name in (*named, *self.body)), "")
        self.tells = tells
        self.names_no_app = not _RECORD_IDS.isdisjoint(named) and "org" not in named

    def body_from(self, values: Mapping[str, object]) -> object:
        """The body for these values."""
        if "*" in self.body:
            return values[self.body["*"]]
        return {
            field: values[name]
            for field, name in self.body.items()
            if values.get(name) is not None
        }


class Operation(Generic[Answer]):
    """What one method of the client does.

    answer:           the name of the model that comes back, "" for nothing
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
    """

    __slots__ = (
        "answer",
        "cannot",
        "falls_back_on",
        "forms",
        "instead",
        "is_list",
        "listing",
        "record",
        "tells_generation",
    )

    def __init__(
        self,
        answer: str = "",
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
        self.answer = answer
        self.forms: dict[str, Form | None] = {
            "slugs": slugs,
            "published": published,
            "workspaces": workspaces,
        }
        self.is_list = is_list
        self.falls_back_on = falls_back_on
        self.tells_generation = tells_generation
        self.record = record
        self.listing = listing
        self.cannot = cannot
        self.instead = instead
