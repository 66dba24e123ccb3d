"""The errors of `ancla.testing.FakeAncla`: exceptions inside, error responses for clients.

Actions and the platform raise Missing, Invalid or Taken. Reading a request raises Malformed,
Invalid, InvalidFields or NotInQuery. `api` catches their base, Refusal, and `error_response`
converts them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http.client import responses

WHOLE_BODY = "data"


class Refusal(Exception):
    """The base of the other exceptions."""


class Missing(Refusal):
    """The requested record does not exist."""


class Invalid(Refusal, ValueError):
    """The request cannot be carried out. `fields` has its invalid field, if it is due to one."""

    def __init__(self, message: str, field: str | None = None, source: str = "body") -> None:
        super().__init__(message)
        self.message = message
        self.fields = [] if field is None else [InvalidField(field, message, source)]


class Taken(Invalid):
    """Another record has that name already."""


class Malformed(Refusal):
    """The body is not JSON."""


class NotInQuery(Refusal):
    """The query lacks a parameter. The message is its name."""


class InvalidFields(Refusal):
    """The body has missing or unknown fields, or values of a wrong type."""

    def __init__(self, fields: list[InvalidField]) -> None:
        super().__init__(fields)
        self.fields = fields


@dataclass
class InvalidField:
    """The field `key` of the `source`, which is "body" or "query".

    WHOLE_BODY as `key` stands for the body itself.
    """

    key: str
    message: str
    source: str = "body"

    @property
    def sentence(self) -> str:
        return self.message if self.key == WHOLE_BODY else f"{self.key}: {self.message}"


@dataclass
class Response:
    """`data` becomes the JSON body. None means no body."""

    status: int
    data: object = None
    headers: dict[str, str] = field(default_factory=dict)


def phrase_of(status: int) -> str:
    return responses.get(status, "Error")


def documented_error(status: int, message: str | None = None) -> Response:
    text = message or phrase_of(status).lower()
    return Response(status, {"status": status, "message": text})


def framework_error(status: int, detail: str | None = None, **more: object) -> Response:
    text = detail or phrase_of(status)
    return Response(status, {"status_code": status, "detail": text, **more})


def error_response(error: Refusal, route_set: str, method: str, path: str) -> Response:
    """Returns the response for an exception of this module, in the format of the route set."""
    # Only on "published", the platform's own errors have the format of its framework. Errors of
    # invalid requests have it everywhere but on "slugs".
    own: Callable[..., Response] = documented_error
    if route_set == "published":
        own = framework_error
    is_framework = route_set != "slugs"
    refused = 400 if is_framework else 422
    if isinstance(error, Missing):
        return own(404)
    if isinstance(error, Taken):
        return own(409, error.message)
    if isinstance(error, NotInQuery):
        return framework_error(400, f"Missing required query parameter '{error}' for path {path}")
    if isinstance(error, Malformed):
        if is_framework:
            return framework_error(400, "JSON is malformed")
        return own(400, "the body is not JSON")
    assert isinstance(error, (Invalid, InvalidFields))
    if isinstance(error, Invalid) and not error.fields:
        return own(refused, error.message)
    if not is_framework:
        return own(refused, "; ".join(field.sentence for field in error.fields))
    detail = f"Validation failed for {method} {path}"
    return framework_error(400, detail, extra=list(map(asdict, error.fields)))
