"""The table of facts, and how each is read from the responses.

A row has a group, a name, the function that reads the fact as a text, and a pattern that fits this
text if the SDK expects it, or "" if it is prepared for everything. The function raises NotSeenError
if there is nothing to see. A new open question is a new row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from statistics import median

from .. import models
from .._api.operation import ROUTE_IS_MISSING
from .._api.pages import is_newest_first
from .._api.response_errors import MESSAGE_FIELDS, readable_detail
from .._api.secrets import is_masked
from .._api.workspaces_fields import MODEL_NAMES
from .._model import Model
from .._model.schema import Mismatch, has_no_default, kind_of
from .connection import ADVICE, why_failed
from .exam import NotSeenError, items_of
from .reads import READS

TYPE_CHECKING: bool = False  # Annotated, so that jedi does not skip the imports below.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Literal

    from .exam import Exam
    from .reads import Read
else:
    from .._hints import Literal

_FEW = 2  # Responses that may need a connection each: with a key, and without.
_MAX_CLOCK_DIFFERENCE = 30  # seconds
_MAX_LEVELS = 4  # Of a free-form object.
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}
_PAGED = ("list_images", "list_api_keys")
_TIMES = "created updated created_at expires_at last_used_at"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)"
_PLATFORM = "wind|docker|go|python"
_OTHER_WORDS = (  # Words of statuses and platforms that are shown though they are not known.
    "aborted canceled cancelled created degraded deploying done expired healthy inactive new none "
    "rolled_back rolling_back skipped started starting stopped succeeded superseded timeout "
    "timed_out unhealthy unknown waiting warning deno dotnet elixir java javascript "
    "kubernetes linux node nodejs php ruby rust static"
).split()
_STATUS = "active|built|complete|success|error|failed|queued|pending|building|running|in_progress"


@dataclass(frozen=True)
class Finding:
    """What was found about one fact. No text in it is a name, id, address or value of the account.

    group:    the part of the report, such as "lists"
    fact:     the name of the fact, unique in its group
    mark:     "holds", "differs" from what this SDK expects, or "not seen"
    seen:     what was seen, or why nothing was
    expected: a pattern for what this SDK expects, or "" if it is prepared for everything
    advice:   what to do if it differs, or ""
    """

    group: str
    fact: str
    mark: Literal["holds", "differs", "not seen"]
    seen: str
    expected: str
    advice: str


def findings(exam: Exam) -> list[Finding]:
    facts = FACTS if exam.is_accepted else [fact for fact in FACTS if fact[0] in _WITHOUT_ACCESS]
    return [_judged(exam, *fact) for fact in (facts if exam.responses else FACTS[:2])]


def _judged(
    exam: Exam, group: str, name: str, read: Callable[[Exam], str], expected: str
) -> Finding:
    try:
        seen = read(exam)
    except NotSeenError as reason:
        return Finding(group, name, "not seen", str(reason), expected, "")
    if re.match(expected, seen):
        return Finding(group, name, "holds", seen, expected, "")
    advice = next((text for pattern, text in ADVICE if re.search(pattern, seen)), "")
    return Finding(group, name, "differs", seen, expected, advice)


# Connection, key and routes


def server(exam: Exam) -> str:
    exchange = exam.last("list_orgs")
    if exchange.failure is not None:
        return why_failed(exchange.failure, [exam.proxy_host, exam.settings.server.host])
    if exchange.status == 407:
        return "proxy: status 407"
    if exchange.status in ROUTE_IS_MISSING or 300 <= exchange.status < 400:
        return f"HTTP: status {exchange.status}, there is no Ancla API at this address"
    if exchange.status == 200 and exchange.data is None:
        return "HTTP: the response is no JSON, perhaps a login page"
    return "responds" if exchange.status in (200, 401, 403) else f"status {exchange.status}"


def speed(exam: Exam) -> str:
    first, *others = exam.attempts
    warm = [attempt.seconds for attempt in others if attempt.reused]
    later = f", then {median(warm) * 1000:.0f} ms on an open connection" if warm else ""
    return f"{first.seconds * 1000:.0f} ms for the first request{later}"


def yes_if(attribute: str, exam: Exam) -> str:
    """Whether an attribute of any request or response is true."""
    has_it = any(getattr(it, attribute, None) for it in [*exam.attempts, *exam.responses])
    if not has_it and len(exam.responses) <= _FEW:
        raise NotSeenError("too few responses")
    return "yes" if has_it else "no"


def responses(exam: Exam) -> str:
    lost = sum(attempt.status_code is None for attempt in exam.attempts)
    return f"{lost} of {len(exam.attempts)} requests got none that is complete" if lost else "all"


def rate_limits(exam: Exam) -> str:
    names = sorted({exam.shown(name) for it in exam.attempts for name in it.rate_limit})
    return ", ".join(names) or "no headers"


def clock(exam: Exam) -> str:
    exchange = exam.last("list_orgs")
    try:
        header = exchange.response.header("date") if exchange.response else None
        ahead = round(parsedate_to_datetime(header or "").timestamp() - exchange.received)
    except (TypeError, ValueError, IndexError, OverflowError):
        raise NotSeenError("the response has no valid Date") from None
    start = "right, " if abs(ahead) <= _MAX_CLOCK_DIFFERENCE else ""
    return f"{start}{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} this machine's clock"


def key(exam: Exam) -> str:
    if exam.is_accepted:
        return "accepted"
    status = exam.last("list_orgs").status
    if status not in (401, 403):
        raise NotSeenError("see server")
    return f"{'not accepted' if exam.settings.api_key else 'none was given'} (status {status})"


def path(exam: Exam) -> str:
    lists = [read.method for read in READS if exam.given.get(read.chooses)]
    if not lists:
        raise NotSeenError("none was given")
    if not exam.missing:
        exam.data(lists[-1])
    return exam.missing or "exists"


def session(exam: Exam) -> str:
    exam.data("get_session")
    knows_key = [it.get("authenticated") for it in exam.records("get_session")] == [True]
    return "knows the key" if knows_key else "knows only users who signed in"


def error_body(method: str, exam: Exam) -> str:
    exchange = exam.last_seen(method)
    data = exchange.data if isinstance(exchange.data, dict) else {}
    field = next((name for name in MESSAGE_FIELDS if data.get(name)), None)
    if exchange.response is None or not field or not readable_detail(exchange.response.body):
        return f"status {exchange.status} without a reason where the SDK looks for it"
    return f"status {exchange.status} and a reason in {field!r}"


def route_set(exam: Exam) -> str:
    name = "workspaces"
    if not exam.is_todays:
        is_published = exam.last("list_projects").path == "/projects"
        name = f"{'published' if is_published else 'slugs'}, which is retired"
    return f"{name}, {'detected' if exam.settings.routes == 'auto' else 'as given'}"


def other_routes(exam: Exam) -> str:
    status = exam.last_seen("other_routes").status
    others = "the retired routes" if exam.is_todays else "today's routes"
    return f"{f'status {status}' if status not in ROUTE_IS_MISSING else 'missing'}, {others}"


# Fields


def fields(read: Read, exam: Exam) -> str:
    """Whether records have the documented fields with the types of the model, and which others."""
    if not exam.pages.get(read.method):
        status = exam.last_seen(read.method).status
        if status != 403:  # The key's user may not see it.
            return f"status {status}{', without JSON' if status < 300 else ''}"
    if exam.is_todays and read.method.startswith("list_"):
        expected = "object" if read.method in _PAGED else "array"
        if (received := _type_of(exam.data(read.method))) != expected:
            return f"the response is an {received}, not an {expected}"
    items, model = items_of(exam.data(read.method)), getattr(models, read.model)
    required = [name for name, field in model.model_fields.items() if has_no_default(field)]
    documented = [name for name in read.fields if name[-1] != "?"]
    found: dict[str, None] = {}
    for item in items:
        if not isinstance(item, dict):
            return "not all are objects"
        record = item
        if exam.is_todays:
            record = {
                MODEL_NAMES.get(name, name): it for name, it in item.items() if it is not None
            }
        lacking = [name for name in documented if exam.is_todays and not _has(item, name)]
        lacking += [name for name in required if record.get(name) is None and name not in lacking]
        found |= dict.fromkeys(f"lacks {name}" for name in lacking)
        found |= dict.fromkeys(_misfits(record, model, exam))
    if found:
        return "; ".join(found)
    known = [name.rstrip("?") for name in read.fields]
    optional = [name[:-1] for name in read.fields if name[-1] == "?" and exam.is_todays]
    notes = {
        "also": [name for item in items for name in item if name not in known],
        "without": [name for item in items for name in optional if not _has(item, name)],
        "null:": [name for item in items for name in item if item[name] is None],
    }
    shown = [f"{word} {', '.join(dict.fromkeys(names))}" for word, names in notes.items() if names]
    return "; ".join(["as documented", *shown])


def _misfits(record: dict[str, Any], model: type[Model], exam: Exam) -> Iterator[str]:
    """Yields the fields that the model lacks, and those whose types differ from it."""
    for name, value in record.items():
        if name not in model.model_fields:
            yield f"also has {exam.shown(name)} ({_type_of(value)})"
            continue
        kind = kind_of(model.model_fields[name].type)
        try:
            checked = value if type(value) in kind.types else kind.check(value)
        except Mismatch as mismatch:  # In brackets, it may name a process.
            yield name + re.sub(r"\[.*\]", "[]", mismatch.fault)
            continue
        for nested in checked if isinstance(checked, list) else [checked]:
            extra = nested.model_extra if isinstance(nested, Model) else {}
            for inner, it in (extra or {}).items():
                yield f"{name} also has {exam.shown(inner)} ({_type_of(it)})"


def _has(record: dict[str, Any], name: str) -> bool:
    """Returns whether a record has a field. For `a.b`, whether all records in its `a` have `b`."""
    name, _, inner = name.partition(".")
    nested = [it for it in items_of(record.get(name)) if isinstance(it, dict)]
    return all(_has(it, inner) for it in nested) if inner else name in record


def _type_of(value: object) -> str:
    return "null" if value is None else _TYPES.get(type(value), "number")


def free_form(method: str, exam: Exam) -> str:
    """The shape of an object without a model. The fields of variables are their names."""
    data = exam.data(method)
    if isinstance(data, list) and method.startswith("list_"):
        data = data[0]
    if isinstance(data, dict) and method == "get_resolved_config":
        return f"an object with values: {', '.join(sorted({*map(_type_of, data.values())}))}"
    return f"an {_shape(data, exam, _MAX_LEVELS)}"


def _shape(data: Any, exam: Exam, levels: int) -> str:
    if not data or not levels or not isinstance(data, (dict, list)):
        return _type_of(data)
    if isinstance(data, list):
        return f"array of {_shape(data[0], exam, levels - 1)}"
    shapes = {name: _shape(value, exam, levels - 1) for name, value in data.items()}
    names = dict.fromkeys(f"{exam.shown(name)} ({shape})" for name, shape in shapes.items())
    return f"object with {', '.join(names)}"


# Lists and values


def paging(method: str, exam: Exam) -> str:
    page = exam.data(method)
    if not isinstance(page, dict):
        raise NotSeenError("no pages")
    inner = page.get("pagination")
    names = [exam.shown(name) for name in [*page, *(inner if isinstance(inner, dict) else ())]]
    first, *others = [items_of(each.data) for each in exam.pages[method]]
    if first in others:
        return "page 2 is page 1 again"
    size = f", {len(first)} on a page" if others else ""
    return f"{'has' if 'items' in page else 'lacks'} items: {', '.join(names)}{size}"


def order(method: str, exam: Exam) -> str:
    is_descending = is_newest_first(exam.records(method))
    if is_descending is None:
        raise NotSeenError("fewer than two, or without times")
    return "newest first" if is_descending else "oldest first"


def secrets(exam: Exam) -> str:
    secret = [it.get("value") for it in exam.records("list_config") if it.get("secret") is True]
    masks = {value for value in secret if isinstance(value, str) and is_masked(True, value)}
    if not secret:
        raise NotSeenError("the app has no secret variable")
    if masks:
        return f"masked as {' and '.join(map(repr, sorted(masks)))}"
    is_same = None in secret or (len(secret) > 1 and len(set(map(str, secret))) == 1)
    return "one value for all that is no known mask" if is_same else "plain"


def texts(label: str, pattern: str, fields: str, methods: str, exam: Exam) -> str:
    """Whether the texts in fields of records, and of the records in them, fit a pattern."""
    records = exam.records(methods)
    records += [it for record in records for it in record.values() if isinstance(it, dict)]
    found = [str(record[name]) for record in records for name in fields.split() if record.get(name)]
    if not found:
        raise NotSeenError("none was read")
    is_expected = re.compile(pattern, re.IGNORECASE).fullmatch
    others = dict.fromkeys(_shown_text(text) for text in found if not is_expected(text))
    return f"not only {label}: {', '.join(others)}" if others else label


def _shown_text(text: str) -> str:
    if text.lower() in _OTHER_WORDS:
        return text.lower()
    return re.sub(r"\d", "9", text[:40]) if re.fullmatch(r"[\dTZ :.+-]+", text) else "*"


def links(deploys: str, builds: str, exam: Exam) -> str:
    """The fields by which a deploy may name its build, or a build its deploy."""
    names = [
        name for it in exam.records(deploys) for name in it if re.search("build|version", name)
    ]
    names += [name for it in exam.records(builds) for name in it if "deploy" in name]
    if not (exam.is_todays and exam.records(deploys)):
        raise NotSeenError("no deploy was found")
    return f"by {', '.join(map(exam.shown, dict.fromkeys(names)))}" if names else "none"


_LOGS = "get_image_log get_deployment_log get_pipeline_status"
_DEPLOYS, _BUILDS = "list_deployments get_deployment", "list_images get_image"
_FREE_FORM = "list_pipeline_history get_observability preview_promotion get_resolved_config".split()
_APPS = "list_apps get_app"
_ALL = " ".join(read.method for read in READS)
_WITHOUT_ACCESS = ("connection", "key")  # The groups to show if the key is not accepted.
FACTS: list[tuple[str, str, Callable[[Exam], str], str]] = [
    ("connection", "server", server, "responds"),
    ("connection", "proxy", lambda exam: "used" if exam.proxy_host else "none", ""),
    ("connection", "tls", lambda exam: exam.tls_version or "none seen", ""),
    (
        "connection",
        "http",
        lambda exam: f"1.{min(it.version for it in exam.responses) - 10}",
        "1.1",
    ),
    ("connection", "speed", speed, ""),
    ("connection", "responses", responses, "all"),
    ("connection", "reuse", partial(yes_if, "reused"), "yes"),
    ("connection", "compression", partial(yes_if, "has_content_encoding"), ""),
    ("connection", "request_ids", partial(yes_if, "request_id"), "yes"),
    ("connection", "rate_limits", rate_limits, ""),
    ("connection", "clock", clock, "right"),
    ("key", "key", key, "accepted"),
    ("key", "without_key", partial(error_body, "without_key"), "status 401 and a reason"),
    ("key", "session", session, ""),
    ("key", "path", path, "exists"),
    ("routes", "route_set", route_set, ""),
    ("routes", "other_routes", other_routes, "missing"),
    ("routes", "missing", partial(error_body, "missing_record"), "status 404 and a reason"),
    *(("fields", it.method, partial(fields, it), "as documented") for it in READS if it.model),
    *(("fields", method, partial(free_form, method), "an object") for method in _FREE_FORM),
    ("lists", "builds", partial(paging, "list_images"), "has items"),
    ("lists", "api_keys", partial(paging, "list_api_keys"), "has items"),
    ("lists", "order_of_builds", partial(order, "list_images"), "newest first"),
    ("lists", "order_of_deploys", partial(order, "list_deployments"), "newest first"),
    ("lists", "order_of_environments", partial(order, "list_environments"), ""),
    ("values", "secrets", secrets, "masked|plain"),
    ("values", "statuses", partial(texts, "known words", _STATUS, "status", _LOGS), "known"),
    ("values", "platforms", partial(texts, "known words", _PLATFORM, "platform", _APPS), "known"),
    ("values", "times", partial(texts, "ISO 8601 with a zone", _TIME, _TIMES, _ALL), "ISO"),
    ("values", "links", partial(links, _DEPLOYS, _BUILDS), "none"),
]
