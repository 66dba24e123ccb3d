"""Every format of an error response becomes an error of the right class with a readable message."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

import ancla
from ancla import (
    AmbiguousDeployError,
    AnclaError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BuildFailedError,
    ConflictError,
    DeploymentFailedError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    ValidationError,
    WaitTimeoutError,
)
from ancla._api.response_errors import error_from_response

URL = "https://ancla.dev/api/v1/organizations/acme"

CLASSES = [
    (300, AnclaError, "no reason given"),
    (302, AnclaError, "no reason given"),
    (400, AnclaError, "bad request"),
    (401, AuthenticationError, "not authenticated"),
    (403, PermissionDeniedError, "no permission"),
    (404, NotFoundError, "not found"),
    (405, AnclaError, "method not allowed"),
    (409, ConflictError, "conflict"),
    (413, AnclaError, "request too large"),
    (422, ValidationError, "validation failed"),
    (429, RateLimitError, "too many requests"),
    (499, AnclaError, "no reason given"),
    (500, ServerError, "internal server error"),
    (502, ServerError, "bad gateway"),
    (503, ServerError, "service unavailable"),
    (504, ServerError, "gateway timeout"),
    (599, ServerError, "no reason given"),
]


@pytest.mark.parametrize(("status", "error_class", "reason"), CLASSES)
def test_each_status_code_has_its_class_and_its_usual_meaning(
    status: int, error_class: type[AnclaError], reason: str
) -> None:
    error = error_from_response("GET", URL, status, b"")
    assert type(error) is error_class
    assert error.status_code == status
    assert str(error) == f"GET {URL} failed with status {status}: {reason}"


VALIDATION = {
    "status_code": 400,
    "detail": "Validation failed for POST /api/v1/organizations",
    "extra": [
        {"message": "Object missing required field `slug`", "key": "data", "source": "body"},
        {"message": "Expected `str`, got `int`", "key": "name", "source": "body"},
    ],
}

DETAILS: list[tuple[str, Any, str | None]] = [
    ("documented", {"status": 404, "message": "not found"}, "not found"),
    ("framework", {"status_code": 404, "detail": "Not Found"}, "Not Found"),
    (
        "framework validation",
        VALIDATION,
        "Validation failed for POST /api/v1/organizations: "
        "body.data: Object missing required field `slug`; body.name: Expected `str`, got `int`",
    ),
    (
        "detail as a list",
        {"detail": [{"loc": ["body", "name"], "msg": "field required"}]},
        "body.name: field required",
    ),
    (
        "an index in the location",
        {"detail": [{"loc": ["body", "members", 0], "msg": "bad"}, {"msg": "worse"}]},
        "body.members.0: bad; worse",
    ),
    ("extra as an object", {"detail": "no", "extra": {"message": "since"}}, "no: since"),
    ("extra alone", {"extra": [{"message": "since"}]}, "since"),
    ("error", {"error": "broken"}, "broken"),
    (
        "errors by field",
        {"status": 400, "errors": {"name": ["taken", "too long"], "slug": "taken", "id": []}},
        "name: taken; too long; slug: taken",
    ),
    ("errors in a list", {"errors": [{"message": "no"}, "never"]}, "no; never"),
    ("a list", [{"msg": "no"}, {"message": "never"}], "no; never"),
    (
        "a location alone",
        {"detail": [{"loc": ["body", "name"]}, {"loc": "query"}, {}]},
        "body.name; query",
    ),
    ("detail by field", {"detail": {"name": "taken"}}, "name: taken"),
    ("a string", '"just text"', "just text"),
    ("JSON between blanks", ' \r\n{"detail": "no"}\n', "no"),
    ("plain text", "upstream  timed\n out\x1b[31m", "upstream timed out [31m"),
    ("HTML", "<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
    ("HTML in capitals", "<HTML><TITLE>502 Bad Gateway</TITLE>", "502 Bad Gateway"),
    ("a title alone", "<title>502 Bad Gateway</title>", "502 Bad Gateway"),
    ("HTML with a heading", "<html><body><h1>503 Down</h1>\nTry later.</body></html>", "503 Down"),
    ("HTML with no title", "<!doctype html><p>oops", "an HTML page"),
    ("nothing", b"", None),
    ("an empty object", {}, None),
    ("null", {"detail": None, "message": None}, None),
    ("a number as detail", {"detail": 5}, None),
    ("broken JSON", '{"detail": ', '{"detail":'),
    ("not UTF-8", b"caf\xe9", "café"),
    ("very deep JSON", "[" * 100_000, "[" * 497 + "..."),
    ("text of 500 characters", "x" * 500, "x" * 500),
    ("long text", "x" * 10_000, "x" * 497 + "..."),
]


@pytest.mark.parametrize(
    ("body", "detail"), [row[1:] for row in DETAILS], ids=[row[0] for row in DETAILS]
)
def test_the_detail_is_readable_from_every_shape(body: Any, detail: str | None) -> None:
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    error = error_from_response("POST", URL, 400, body)
    assert error.detail == detail
    assert error.body == body[: 64 * 1024]


def test_the_message_names_the_request_the_status_code_and_the_detail() -> None:
    error = error_from_response("GET", URL, 404, b'{"message": "no such organization"}')
    assert str(error) == f"GET {URL} failed with status 404: no such organization"


def test_the_repr_has_the_current_message() -> None:
    error = error_from_response("GET", URL, 404, b"no")
    error.message += " (at all)"
    assert repr(error) == f"NotFoundError('GET {URL} failed with status 404: no (at all)')"


def test_the_error_carries_the_request_and_retry_after() -> None:
    error = error_from_response("GET", URL, 429, b"slow down", request_id="r-1", retry_after=2.5)
    assert (error.method, error.url, error.request_id) == ("GET", URL, "r-1")
    assert (error.retry_after, error.body) == (2.5, b"slow down")
    assert error.args == (str(error),)


NO_FIELDS = [None, [], {}, {"name": "taken"}, "text", ["text"], 5]


def test_a_400_is_a_validation_error_only_with_a_list_of_fields() -> None:
    body = json.dumps(VALIDATION).encode()
    assert type(error_from_response("POST", URL, 400, body)) is ValidationError
    for extra in NO_FIELDS:
        body = json.dumps({"detail": "no", "extra": extra}).encode()
        assert type(error_from_response("POST", URL, 400, body)) is AnclaError, extra


TREE = [
    (AuthenticationError, AnclaError),
    (PermissionDeniedError, AnclaError),
    (ConflictError, AnclaError),
    (RateLimitError, AnclaError),
    (NotFoundError, AnclaError),
    (ValidationError, AnclaError),
    (ServerError, AnclaError),
    (APIConnectionError, AnclaError),
    (APITimeoutError, APIConnectionError),
    (APITimeoutError, TimeoutError),
    (InvalidResponseError, AnclaError),
    (InvalidResponseError, ValueError),
    (BuildFailedError, AnclaError),
    (DeploymentFailedError, AnclaError),
    (AmbiguousDeployError, AnclaError),
    (WaitTimeoutError, AnclaError),
    (WaitTimeoutError, TimeoutError),
]


@pytest.mark.parametrize(("child", "parent"), TREE)
def test_the_tree_is_as_drawn(child: type[Exception], parent: type[Exception]) -> None:
    assert issubclass(child, parent)


def test_every_error_names_the_public_module() -> None:
    names = [name for name in ancla.__all__ if name.endswith("Error")]
    modules = {getattr(ancla, name).__module__ for name in names}
    assert modules == {f"{ancla.__name__}.exceptions"}


def test_only_a_part_of_a_huge_body_is_searched_for_secrets() -> None:
    searched = []

    def hide(text: str) -> str:
        searched.append(len(text))
        return text.replace("secret", "********")

    error = error_from_response("GET", URL, 500, b"a secret " * 1_000_000, redact=hide)
    assert max(searched) <= 1024 * 1024
    assert error.body is not None
    assert len(error.body) == 64 * 1024
    assert b"secret" not in error.body
    assert "secret" not in str(error)


def test_a_huge_body_is_not_parsed() -> None:
    body = b'{"detail":[' + b"[]," * 2_000_000 + b"[]]}"
    tracemalloc.start()
    try:
        error = error_from_response("GET", URL, 400, body)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()
    assert str(error).endswith("failed with status 400: bad request")
