"""What is seen of each fact, as a text. The table in facts.py names these functions.

They raise NotSeenError if there is nothing to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any

from .. import models
from .._api.operation import ROUTE_IS_MISSING
from .._api.pages import is_newest_first
from .._api.response_errors import MESSAGE_FIELDS, readable_detail
from .._api.secrets import is_masked
from .._api.workspaces_fields import decoder_of
from .._model import decode
from .._model.status import FAILED, SUCCEEDED
from ..exceptions import InvalidResponseError
from .connection import why_failed
from .exam import Exam, NotSeenError, items_of
from .reads import READS, RECORDS, Read

_FEW = 2  # Responses that may need a connection each: with a key, and without.
_MAX_CLOCK_DIFFERENCE = 30  # seconds
_MAX_LEVELS = 4  # Of a free-form object.
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
_PAGED = ("list_images", "list_api_keys")
_TEXTS = {  # What they are if all fit the pattern, and the fields and methods that have them.
    "statuses": (
        "known words",
        "|".join([*SUCCEEDED, *FAILED, "queued|pending|building|running|in_progress"]),
        "status",
        "get_image_log get_deployment_log get_pipeline_status",
    ),
    "platforms": ("known words", "wind|docker|go|python", "platform", "list_apps get_app"),
    "times": (
        "ISO 8601 with a zone",
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)",
        "created updated created_at expires_at last_used_at",
        " ".join(READS),
    ),
}


# Connection, key and routes


def server(exam: Exam) -> str:
    exchange = exam.readings["list_orgs"].last
    status = exchange.status
    if not status:
        return why_failed(exchange.outcome, [exam.proxy_host, exam.settings.server.host])
    if status == 407:
        return "proxy: status 407"
    if status in ROUTE_IS_MISSING or 300 <= status < 400:
        return f"HTTP: status {status}, there is no Ancla API at this address"
    if status == 200 and not exam.is_accepted:
        return "HTTP: the response is no JSON, perhaps a login page"
    return "responds" if status in (200, 401, 403) else f"status {status}"


def proxy(exam: Exam) -> str:
    return "used" if exam.proxy_host else "none"


def tls(exam: Exam) -> str:
    return exam.tls_version or "none seen"


def http(exam: Exam) -> str:
    return f"1.{min(it.version for it in exam.responses) - 10}"


def speed(exam: Exam) -> str:
    first, *others = exam.attempts
    warm = [attempt.seconds for attempt in others if attempt.reused]
    later = f", then {median(warm) * 1000:.0f} ms on an open connection" if warm else ""
    return f"{first.seconds * 1000:.0f} ms for the first request{later}"


def responses(exam: Exam) -> str:
    lost = sum(attempt.status_code is None for attempt in exam.attempts)
    return f"{lost} of {len(exam.attempts)} requests got none that is complete" if lost else "all"


def yes_if(exam: Exam, attribute: str) -> str:
    """Whether an attribute of any request or response is true."""
    if any(getattr(it, attribute, None) for it in [*exam.attempts, *exam.responses]):
        return "yes"
    if len(exam.responses) <= _FEW:
        raise NotSeenError("too few responses")
    return "no"


def rate_limits(exam: Exam) -> str:
    names = sorted({exam.shown(name) for it in exam.attempts for name in it.rate_limit})
    return ", ".join(names) or "no headers"


def clock(exam: Exam) -> str:
    response = exam.readings["list_orgs"].last.outcome
    try:
        date = parsedate_to_datetime(response.header("date") or "")
        ahead = round(date.timestamp() - exam.received)
    except (AttributeError, TypeError, ValueError, IndexError, OverflowError):
        raise NotSeenError("the response has no valid Date") from None
    start = "right, " if abs(ahead) <= _MAX_CLOCK_DIFFERENCE else ""
    return f"{start}{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} this machine's clock"


def key(exam: Exam) -> str:
    if exam.is_accepted:
        return "accepted"
    status = exam.readings["list_orgs"].last.status
    if status not in (401, 403):
        raise NotSeenError("see server")
    return f"{'not accepted' if exam.settings.api_key else 'none was given'} (status {status})"


def session(exam: Exam) -> str:
    data = exam.readings["get_session"].data
    is_known = isinstance(data, dict) and data.get("authenticated") is True
    return "knows the key" if is_known else "knows only users who signed in"


def path(exam: Exam) -> str:
    lists = [read.method for read in READS.values() if read.chooses in exam.given]
    if not lists:
        raise NotSeenError("none was given")
    if missing := exam.given - exam.place.keys():
        return f"no such {min(missing)}"
    return exam.readings[lists[-1]].data and "exists"


def error_body(exam: Exam, method: str) -> str:
    """Whether the reason for an error is where the SDK looks for it."""
    reading = exam.readings[method]
    seen, data = f"status {reading.status}", reading.last.data
    named = [name for name in MESSAGE_FIELDS if isinstance(data, dict) and data.get(name)]
    if named and readable_detail(reading.last.outcome.body):
        return f"{seen} and a reason in {named[0]!r}"
    return f"{seen} without a reason where the SDK looks for it"


def route_set(exam: Exam) -> str:
    name = "workspaces"
    if not exam.is_todays:
        is_published = exam.readings["list_projects"].last.path == "/projects"
        name = f"{'published' if is_published else 'slugs'}, which is retired"
    return f"{name}, {'detected' if exam.settings.routes == 'auto' else 'as given'}"


def other_routes(exam: Exam) -> str:
    status = exam.readings["other_routes"].status
    others = "the retired routes" if exam.is_todays else "today's routes"
    return f"{'missing' if status in ROUTE_IS_MISSING else f'status {status}'}, {others}"


# Fields


def fields(exam: Exam, method: str) -> str:
    """Whether records have the documented fields with the types of the model, and which others."""
    read, reading = READS[method], exam.readings[method]
    if not read.model:
        return _free_form(exam, method)
    if not reading.pages and reading.status != 403:  # The key's user may not see it.
        return f"{reading.why}{', without JSON' if reading.status < 300 else ''}"
    items, received = items_of(reading.data), _shape(exam, reading.data)
    expected = "object" if method in _PAGED else "array"
    if exam.is_todays and method.startswith("list_") and received != expected:
        return f"the response is an {received}, not an {expected}"
    if not all(isinstance(it, dict) for it in items):
        return "not all are objects"
    faults = dict.fromkeys(it for item in items for it in _faults(exam, item, read))
    if faults:
        return "; ".join(faults)
    documented = {it.name: it.mark in ("*", "-") for it in RECORDS[read.record]}
    optional = [name for name in documented if documented[name] and exam.is_todays]
    notes = {
        "also": [name for it in items for name in it if name not in documented],
        "without": [name for it in items for name in optional if name not in it],
        "null:": [name for it in items for name in it if it[name] is None],
    }
    shown = [
        f"; {note} {', '.join(dict.fromkeys(names))}" for note, names in notes.items() if names
    ]
    return "".join(["as documented", *shown])


def _faults(exam: Exam, item: dict[str, Any], read: Read) -> Iterator[str]:
    """Yields the fields that a record lacks, and those that do not fit its model."""
    model = getattr(models, read.model)
    required = model.model_json_schema().get("required", ())
    lacking = [name for name in required if item.get(name) is None]
    documented = [*_lacking(item, read.record)] if exam.is_todays else []
    yield from (f"lacks {name}" for name in [*documented, *lacking])
    decode_record = decoder_of(model, {}) if exam.is_todays else None
    for name in [it for it in item if it not in lacking]:
        try:
            record = {**dict.fromkeys(required, ""), name: item[name]}
            valid = decode(model, record, decode_record)
        except InvalidResponseError as error:  # In brackets, it may name a process.
            yield re.sub(r"\[.*\]", "[]", str(error).partition(".")[2])
            continue
        inner = items_of(vars(valid).get(name))
        for start, each in [("", valid), *((f"{name} ", it) for it in inner)]:
            for extra, value in getattr(each, "model_extra", {}).items():
                yield f"{start}also has {_named(exam, extra, value)}"


def _lacking(item: Any, record: str) -> Iterator[str]:
    """Yields the documented fields that a record and those in it lack."""
    for field in RECORDS[record] if isinstance(item, dict) else ():
        if field.mark in ("", "?") and field.name not in item:
            yield field.name
        for nested in items_of(item.get(field.name)) if field.record else ():
            yield from (f"{field.name}.{name}" for name in _lacking(nested, field.record))


def _free_form(exam: Exam, method: str) -> str:
    """The shape of an object without a model. The fields of variables are their names."""
    data = exam.readings[method].data
    if isinstance(data, list) and method.startswith("list_"):
        data = data[0]
    if isinstance(data, dict) and method == "get_resolved_config":
        types = sorted({_shape(exam, it) for it in data.values()})
        return f"an object with values: {', '.join(types)}"
    return f"an {_shape(exam, data, _MAX_LEVELS)}"


def _shape(exam: Exam, data: Any, levels: int = 0) -> str:
    """The type of a value. Also of what is in it, down to some levels."""
    if not data or not levels or not isinstance(data, (dict, list)):
        return "null" if data is None else _TYPES.get(type(data), "number")
    if isinstance(data, list):
        return f"array of {_shape(exam, data[0], levels - 1)}"
    named = dict.fromkeys(_named(exam, name, it, levels - 1) for name, it in data.items())
    return f"object with {', '.join(named)}"


def _named(exam: Exam, name: str, value: Any, levels: int = 0) -> str:
    return f"{exam.shown(name)} ({_shape(exam, value, levels)})"


# Lists and values


def paging(exam: Exam, method: str) -> str:
    page = exam.readings[method].data
    if not isinstance(page, dict):
        raise NotSeenError("no pages")
    inner = page.get("pagination")
    names = [exam.shown(name) for name in [*page, *(inner if isinstance(inner, dict) else ())]]
    first, *others = map(items_of, exam.readings[method].pages)
    if first in others:
        return "page 2 is page 1 again"
    size = f", {len(first)} on a page" if others else ""
    return f"{'has' if 'items' in page else 'lacks'} items: {', '.join(names)}{size}"


def order(exam: Exam, method: str) -> str:
    is_descending = is_newest_first(exam.records(method))
    if is_descending is None:
        raise NotSeenError("fewer than two, or without times")
    return "newest first" if is_descending else "oldest first"


def secrets(exam: Exam) -> str:
    values = [it.get("value") for it in exam.records("list_config") if it.get("secret") is True]
    if not values:
        raise NotSeenError("the app has no secret variable")
    if masks := sorted({repr(it) for it in values if is_masked(True, it)}):
        return f"masked as {' and '.join(masks)}"
    is_same = None in values or (len(values) > 1 and len(set(map(str, values))) == 1)
    return "one value for all that is no known mask" if is_same else "plain"


def texts(exam: Exam, fact: str) -> str:
    """Whether the texts in fields of records, and of the records in them, fit a pattern."""
    label, pattern, fields, methods = _TEXTS[fact]
    records = exam.records(methods)
    records += [it for record in records for it in record.values() if isinstance(it, dict)]
    found = [str(it[name]) for it in records for name in fields.split() if it.get(name)]
    if not found:
        raise NotSeenError("none was read")
    others = [
        _value(exam, text) for text in found if not re.fullmatch(pattern, text, re.IGNORECASE)
    ]
    return f"not only {label}: {', '.join(dict.fromkeys(others))}" if others else label


def _value(exam: Exam, text: str) -> str:
    """A text with `*` for what may be the account's: it is no time, and no usual word."""
    digits = re.sub(r"\d", "9", text[:40])
    return digits if re.fullmatch("[9TZ :.+-]+", digits) else exam.shown(text.lower(), "(?s).+")


def links(exam: Exam) -> str:
    """The fields by which a deploy may name its build, or a build its deploy."""
    deploys = exam.records("list_deployments get_deployment")
    if not (exam.is_todays and deploys):
        raise NotSeenError("no deploy was found")
    names = [name for it in deploys for name in it if re.search("build|version", name)]
    builds = exam.records("list_images get_image")
    names += [name for it in builds for name in it if "deploy" in name]
    return f"by {', '.join(map(exam.shown, dict.fromkeys(names)))}" if names else "none"
