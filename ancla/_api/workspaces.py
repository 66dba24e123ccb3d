"""What differs on workspaces routes: names of fields, builds by version, routes that may lack."""

from __future__ import annotations

from collections.abc import Mapping

from ..exceptions import AnclaError, NotFoundError
from .dotenv import parse_dotenv
from .pages import whole_list
from .requester import ROUTE_IS_MISSING, Form, Refusal
from .steps import find_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .requester import Invocation, Requester

_LEAST_PER_PAGE = 20  # what is documented
_MOST_PAGES = 10_000
_BAD_REQUEST, _CONFLICT, _INVALID = 400, 409, 422

# Field: what it is called in the older generations, and so in the models.
_RENAMED = {
    "service_count": "application_count",
    "workspace_slug": "organization_slug",
    "workspace_name": "organization_name",
    "env_slug": "environment",
    "build_id": "image_id",
    "deploy_id": "deployment_id",
}
# Field: the argument that tells it where the answer does not.
_KNOWN = {"organization_slug": "org", "project_slug": "project", "environment": "environment"}
_NESTED = {"members", "user", "build", "deploy"}


def adapted(invocation: Invocation, answer: Any) -> Any:
    """An answer with the names of the models' fields; what is null counts as left out."""
    if isinstance(answer, list):
        return [adapted(invocation, item) for item in answer]
    model = invocation.operation.model
    if not isinstance(answer, dict) or model is None:
        return answer
    fields = model.model_fields
    arguments = invocation.arguments
    record = {
        told: arguments[name]
        for told, name in _KNOWN.items()
        if told in fields and name in arguments
    }
    for name, value in answer.items():
        field = _RENAMED.get(name) or name
        if value is not None or field not in fields:
            record[field] = _without_nulls(value) if field in _NESTED else value
    return record


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):  # of members
        return [{"username": "", **_without_nulls(it)} if type(it) is dict else it for it in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value


def unpublished(
    requester: Requester, invocation: Invocation, form: Form, *, reading: Form
) -> object:
    """Tries what the platform does not publish, though its own clients call it.

    Where the route is missing, `reading` tells whether the resource is.
    """
    try:
        return requester.send(invocation, form)
    except AnclaError as error:
        if error.status_code not in ROUTE_IS_MISSING:
            raise
        try:
            (reading.steps or type(requester).send)(requester, invocation, reading)
        except NotFoundError:
            if isinstance(error, NotFoundError):
                raise error from None
            raise
    invocation.looked_up = True
    raise Refusal(invocation.operation.cannot)


def then_read(requester: Requester, invocation: Invocation, form: Form, *, reading: Form) -> object:
    """Answers with what can be read after a change that tells less."""
    requester.send(invocation, form)
    try:
        return requester.send(invocation, reading)
    except AnclaError as error:
        error.message += " (it was done, but what came of it cannot be read)"
        raise


# Builds


def list_builds(requester: Requester, invocation: Invocation, form: Form) -> list[object]:
    pages = _pages_of_builds(requester, invocation, form)
    # New ones push others on to the next page.
    found = {repr(_field(build, "id") or build): build for page in pages for build in page}
    return list(found.values())


def list_newest_builds(requester: Requester, invocation: Invocation, form: Form) -> list[object]:
    """The first page, unless it does not begin with the newest."""
    pages = _pages_of_builds(requester, invocation, form)
    first = next(pages)
    versions = [it if isinstance(it := _field(build, "version"), int) else 0 for build in first]
    return first if versions == sorted(versions, reverse=True) else sum(pages, first)


def read_build(
    requester: Requester, invocation: Invocation, form: Form, *, listing: Form
) -> object:
    """Looks the version of an image up, which addresses its build; it is kept."""
    image_id = invocation.arguments["image_id"]
    key = _version_key(invocation, image_id)
    pages = _pages_of_builds(requester, invocation, listing)
    while key not in requester.ids:
        if next(pages, None) is None:
            raise requester.missing(invocation, "image", "image_id")
    invocation.segments["version"] = requester.ids[key]
    answer = requester.send(invocation, form)
    if _field(answer, "id") not in (None, image_id):
        del requester.ids[key]  # the application that was here before has been replaced
        raise requester.missing(invocation, "image", "image_id")
    return answer


def _pages_of_builds(
    requester: Requester, invocation: Invocation, form: Form
) -> Iterator[list[object]]:
    """Page after page. What an answer tells of pages is not documented: a short one is the last."""
    answer = requester.send(invocation, form)
    target = invocation.target
    before: list[object] = []
    for page in range(1, _MOST_PAGES):
        told = answer.pop("pagination", None) if isinstance(answer, dict) else None
        items = whole_list(answer, lambda *_: [], requester.json_sender.url(target))
        for build in items:
            version = _field(build, "version")
            if isinstance(version, int):
                requester.keep(_version_key(invocation, _field(build, "id")), str(version))
        yield items
        size, pages = len(before or items), _field(told, "total_pages")
        is_short = len(items) < max(size, _LEAST_PER_PAGE)
        is_last = page >= pages if isinstance(pages, int) else is_short
        if is_last or isinstance(answer, list) or items == before:
            return
        before = items
        answer = requester.fetch(f"{target}?page={page + 1}&per_page={size}")


def _version_key(invocation: Invocation, image_id: object) -> tuple[str, ...]:
    segments = invocation.segments
    place = (segments[name] for name in ("org", "project", "environment", "app"))
    return ("version", *place, str(image_id))


def _field(record: object, name: str) -> Any:
    return record.get(name) if isinstance(record, dict) else None


# Config variables


def keep_secret(
    requester: Requester, invocation: Invocation, form: Form, *, listing: Form
) -> object:
    """Sets a variable. Flags not given are sent as they were: a missing one may count as False."""
    arguments = invocation.arguments
    unsaid = [name for name in ("secret", "buildtime") if arguments[name] is None]
    if unsaid:
        found = find_variable(requester, invocation, listing)
        arguments.update((name, _field(found, name)) for name in unsaid)
    return requester.send(invocation, form)


def import_variables(
    requester: Requester, invocation: Invocation, form: Form, *, listing: Form
) -> object:
    """Creates the variables one by one, as far as they are new; not all or nothing."""
    given = invocation.arguments["variables"]
    variables, errors = parse_dotenv(given) if isinstance(given, str) else (given, [])
    assert isinstance(variables, Mapping)
    listed = requester.send_list(invocation, listing)
    known = {name for item in listed if isinstance(name := _field(item, "name"), str)}
    created: list[str] = []
    skipped: list[str] = []
    for name, value in variables.items():
        if name in known:
            skipped.append(name)
            continue
        invocation.arguments.update(key=name, value=value)
        try:
            requester.send(invocation, form)
            created.append(name)
        except AnclaError as error:
            if error.status_code == _CONFLICT:
                skipped.append(name)
            elif error.status_code in (_BAD_REQUEST, _INVALID):
                errors.append({"name": name, "error": error.detail or str(error)})
            else:
                error.message += f" (at {name!r}; created before: {', '.join(created) or '-'})"
                raise
    return {"created": created, "skipped": skipped, "errors": errors}
