"""The errors of `ancla.testing.FakeAncla`: exceptions inside, error responses for clients.

Actions and the platform raise Missing, Invalid or Taken. Reading a request raises Malformed,
InvalidFields or NotInQuery. `api` catches all of them and makes an error response in the format of
the route set: DocumentedErrors, FrameworkErrors or WorkspacesErrors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import responses

WHOLE_BODY = "data"


class Missing(Exception):
    """The requested record does not exist."""


class Invalid(ValueError):
    """The request cannot be carried out. `field` is the invalid field of the body, if it is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Taken(Invalid):
    """Another record has that name already."""


class Malformed(Exception):
    """The body is not JSON."""


class NotInQuery(Exception):
    """The query lacks a parameter. The message is its name."""


class InvalidFields(Exception):
    """The body or the query has missing or unknown fields, or values of a wrong type."""

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


class DocumentedErrors:
    """`{"status": 404, "message": "not found"}`. An invalid request is a 422."""

    def error(self, status: int, message: str | None = None) -> Response:
        return documented_error(status, message)

    def malformed(self) -> Response:
        return documented_error(400, "the body is not JSON")

    def refused(self, message: str) -> Response:
        """The request is valid but cannot be carried out."""
        return documented_error(422, message)

    def invalid(self, method: str, path: str, fields: Sequence[InvalidField]) -> Response:
        return self.refused("; ".join(field.sentence for field in fields))


class FrameworkErrors:
    """`{"status_code": 404, "detail": "Not Found"}`. An invalid request is a 400 with `extra`."""

    def error(self, status: int, message: str | None = None) -> Response:
        return framework_error(status, message)

    def malformed(self) -> Response:
        return framework_error(400, "JSON is malformed")

    def refused(self, message: str) -> Response:
        return framework_error(400, message)

    def invalid(self, method: str, path: str, fields: Sequence[InvalidField]) -> Response:
        extra = [
            {"message": field.message, "key": field.key, "source": field.source} for field in fields
        ]
        return framework_error(400, f"Validation failed for {method} {path}", extra=extra)


class WorkspacesErrors(FrameworkErrors):
    """The platform's own errors have the documented format, invalid requests the framework's."""

    def error(self, status: int, message: str | None = None) -> Response:
        return documented_error(status, message)

    def refused(self, message: str) -> Response:
        return documented_error(400, message)
