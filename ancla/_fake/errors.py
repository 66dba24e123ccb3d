"""The two ways in which the platform words an error: as documented, and as its framework does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import responses

WHOLE_BODY = "data"


@dataclass(frozen=True)
class Answer:
    """`data` is JSON-able; an answer without it has no body."""

    status: int
    data: object = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong with `key` in the `source`: "body" or "query"."""

    key: str
    message: str
    source: str = "body"

    @property
    def sentence(self) -> str:
        return self.message if self.key == WHOLE_BODY else f"{self.key}: {self.message}"


def phrase_of(status: int) -> str:
    return responses.get(status, "Error")


def documented_error(status: int, message: str | None = None) -> Answer:
    said = message or phrase_of(status).lower()
    return Answer(status, {"status": status, "message": said})


def framework_error(status: int, detail: str | None = None, **more: object) -> Answer:
    said = detail or phrase_of(status)
    return Answer(status, {"status_code": status, "detail": said, **more})


class DocumentedErrors:
    """`{"status": 404, "message": "not found"}`; what is invalid is a 422."""

    def error(self, status: int, message: str | None = None) -> Answer:
        return documented_error(status, message)

    def malformed(self) -> Answer:
        return documented_error(400, "the body is not JSON")

    def refused(self, message: str) -> Answer:
        return documented_error(422, message)

    def invalid(self, method: str, path: str, faults: Sequence[Fault]) -> Answer:
        return self.refused("; ".join(fault.sentence for fault in faults))


class FrameworkErrors:
    """`{"status_code": 404, "detail": "Not Found"}`; what is invalid is a 400 with `extra`."""

    def error(self, status: int, message: str | None = None) -> Answer:
        return framework_error(status, message)

    def malformed(self) -> Answer:
        return framework_error(400, "JSON is malformed")

    def refused(self, message: str) -> Answer:
        return framework_error(400, message)

    def invalid(self, method: str, path: str, faults: Sequence[Fault]) -> Answer:
        extra = [
            {"message": fault.message, "key": fault.key, "source": fault.source} for fault in faults
        ]
        return framework_error(400, f"Validation failed for {method} {path}", extra=extra)


class WorkspacesErrors(FrameworkErrors):
    """What the platform finds itself is as documented; the rest is its framework's."""

    def error(self, status: int, message: str | None = None) -> Answer:
        return documented_error(status, message)

    def refused(self, message: str) -> Answer:
        return documented_error(400, message)
