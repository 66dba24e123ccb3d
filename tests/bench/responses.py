"""What the bench's server sends, and the records that are decoded and dumped."""

from __future__ import annotations

import json
import uuid
from typing import Any

Record = dict[str, Any]

API_KEY = "ancla_bench_0123456789abcdef0123456789abcdef"
ORG = "my-org"
PROJECT = "my-project"


def app_with_images(count: int) -> str:
    """The slug of the app whose list of images has so many records."""
    return f"images-{count}"


def org_record() -> Record:
    """One organisation with its members, as the response to a detail request has it."""
    return {
        "id": _id("org", 0),
        "name": "My Org",
        "slug": ORG,
        "members": _members(0),
        "member_count": 3,
        "project_count": 2,
        "application_count": 5,
    }


def org_records(count: int) -> list[Record]:
    """Organisations as the response to a list request has them."""
    return [
        {
            "id": _id("org", number),
            "name": f"Organisation {number}",
            "slug": f"organisation-{number}",
            "member_count": number % 50,
            "project_count": number % 20,
        }
        for number in range(count)
    ]


def org_records_with_members(count: int) -> list[Record]:
    """The same with three members each."""
    return [
        {**record, "members": _members(number)} for number, record in enumerate(org_records(count))
    ]


def _members(first: int) -> list[Record]:
    return [
        {
            "user_id": _id("user", number),
            "username": f"user-{number}",
            "email": f"user-{number}@example.com",
            "admin": number == first,
        }
        for number in range(first, first + 3)
    ]


def image_records(count: int) -> list[Record]:
    """Images as the response to a list request has them."""
    application_id = _id("application", 0)
    return [
        {
            "id": _id("image", number),
            "version": number + 1,
            "application_id": application_id,
            "repository_name": "registry.example.com/my-org/my-project/my-app",
            "built": number % 10 != 0,
            "error": number % 10 == 0,
            "created": _time(number),
            "updated": _time(number + 90),
        }
        for number in range(count)
    ]


def response_to(request_line: str) -> tuple[int, bytes]:
    """Status and JSON body for "METHOD /path"; 404 for what the bench does not ask for."""
    method, _, path = request_line.partition(" ")
    segments = path.partition("?")[0].removeprefix("/api/v1").strip("/").split("/")
    if method == "GET" and segments in (["workspaces", ORG], ["organizations", ORG]):
        return 200, encode(org_record())
    if method == "POST" and segments == ["workspaces"]:
        return 201, encode(org_record())
    if method == "GET" and segments[1:6:2] == [ORG, PROJECT, "production"]:
        return 200, encode(image_records(int(segments[7].removeprefix("images-"))))
    return 404, encode({"status_code": 404, "detail": "Not Found"})


def encode(document: object) -> bytes:
    """JSON text as the service writes it: no spaces, UTF-8."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _id(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))


def _time(second: int) -> str:
    hour, minute = divmod(second // 60, 60)
    return f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:{minute:02}:{second % 60:02}.123456Z"
