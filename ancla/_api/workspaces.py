"""What is different on workspaces routes: builds by version, routes that may be missing, field names.

Like those of `steps`, the functions for `Form.steps` answer like the one request would.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import models
from ..exceptions import AnclaError, NotFoundError
from .arguments import slug_from_name
from .dotenv import parse_dotenv
from .forms import ROUTE_IS_MISSING, Form
from .pages import whole_list
from .requester import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .requester import Invocation, Requester
    from .steps import Steps

_LEAST_PER_PAGE = 20  # what is documented
_MOST_PAGES = 10_000
_ABOUT_THE_VARIABLE = (400, 409, 422)
_CONFLICT = 409

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
    name = invocation.operation.answer
    if not name:
        return answer
    fields = getattr(models, name).model_fields
    known = {
        field: invocation.arguments[argument]
        for field, argument in _KNOWN.items()
        if field in fields and argument in invocation.arguments
    }

    def adapt(record: Any) -> Any:
        if not isinstance(record, dict):
            return record
        renamed = {_RENAMED.get(field, field): value for field, value in record.items()}
        for field in _NESTED & renamed.keys():
            renamed[field] = _without_nulls(renamed[field])
        given = {
            field: value
            for field, value in renamed.items()
            if value is not None or field not in fields
        }
        return {**known, **given}

    return [*map(adapt, answer)] if isinstance(answer, list) else adapt(answer)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [{"username": "", **_without_nulls(it)} for it in value if isinstance(it, dict)]
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if item is not None}


def create_with_slug_if_any(requester: Requester, invocation: Invocation, form: Form) -> object:
    """Sends a slug, unless nothing in the name makes one: then the platform may know better."""
    try:
        slug = slug_from_name(invocation.arguments["name"])
    except ValueError:
        slug = None
    invocation.arguments["slug"] = slug
    return requester.send(invocation, form)


def unpublished(reading: Form) -> Steps:
    """Tries a route that the platform does not publish, though its own clients call it.

    Where it is missing, `reading` tells whether the resource is.
    """

    def steps(requester: Requester, invocation: Invocation, form: Form) -> object:
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

    return steps


def then_read(reading: Form) -> Steps:
    """Answers with what can be read after a change that tells less."""

    def steps(requester: Requester, invocation: Invocation, form: Form) -> object:
        requester.send(invocation, form)
        try:
            return requester.send(invocation, reading)
        except AnclaError as error:
            error.message += (
                f" (but {form.method} {form.path.format_map(invocation.segments)} was done)"
            )
            raise

    return steps


# Builds


def list_builds(requester: Requester, invocation: Invocation, form: Form) -> list[object]:
    found = {
        repr(build.get("id") or build) if isinstance(build, dict) else repr(build): build
        for builds in _pages_of_builds(requester, invocation, form)
        for build in builds
    }
    return list(found.values())


def list_newest_builds(requester: Requester, invocation: Invocation, form: Form) -> list[object]:
    """The first page, unless it does not begin with the newest."""
    pages = _pages_of_builds(requester, invocation, form)
    first = next(pages)
    versions = [build.get("version") or 0 for build in first if isinstance(build, dict)]
    if versions == sorted(versions, reverse=True):
        return first
    return sum(pages, first)


def start_build(requester: Requester, invocation: Invocation, form: Form) -> object:
    """Keeps the version of the build that was started, as it is going to be asked for."""
    answer = requester.send(invocation, form)
    if isinstance(answer, dict):
        _keep_version(requester, invocation, answer.get("build_id"), answer.get("version"))
    return answer


def read_build(listing: Form) -> Steps:
    """Looks the version of an image up, which addresses its build; it is kept."""

    def steps(requester: Requester, invocation: Invocation, form: Form) -> object:
        image_id = invocation.arguments["image_id"]
        key = _version_key(invocation, image_id)
        pages = _pages_of_builds(requester, invocation, listing)
        while key not in requester.ids:
            if next(pages, None) is None:
                raise requester.missing(invocation, "image", "image_id")
        invocation.segments["version"] = requester.ids[key]
        answer = requester.send(invocation, form)
        if isinstance(answer, dict) and (answer.get("id") or image_id) != image_id:
            del requester.ids[key]  # the application that was here before has been replaced
            raise requester.missing(invocation, "image", "image_id")
        return answer

    return steps


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
            if isinstance(build, dict):
                _keep_version(requester, invocation, build.get("id"), build.get("version"))
        yield items
        pages = told.get("total_pages") if isinstance(told, dict) else None
        size = len(before or items)
        is_last = len(items) < max(size, _LEAST_PER_PAGE)
        if isinstance(pages, int):
            is_last = page >= pages
        if is_last or isinstance(answer, list) or items == before:
            return
        before = items
        answer = requester.fetch(f"{target}?page={page + 1}&per_page={size}")


def _keep_version(
    requester: Requester, invocation: Invocation, image_id: object, version: object
) -> None:
    if isinstance(image_id, str) and isinstance(version, int):
        requester.keep(_version_key(invocation, image_id), str(version))


def _version_key(invocation: Invocation, image_id: object) -> tuple[str, ...]:
    segments = invocation.segments
    app = segments.get("app") or segments["slug"]
    place = (segments["org"], segments["project"], segments["environment"], app)
    return ("version", *place, str(image_id))


# Config variables


def import_variables(listing: Form) -> Steps:
    """Creates the variables one by one, as far as they are new; not all or nothing."""

    def steps(requester: Requester, invocation: Invocation, form: Form) -> object:
        given = invocation.arguments["variables"]
        variables, errors = parse_dotenv(given) if isinstance(given, str) else (given, [])
        assert isinstance(variables, Mapping)
        known = {
            item.get("name")
            for item in requester.send_list(invocation, listing)
            if isinstance(item, dict)
        }
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
                elif error.status_code in _ABOUT_THE_VARIABLE:
                    errors.append({"name": name, "error": error.detail or str(error)})
                else:
                    made = ", ".join(created) or "none"
                    error.message += f" (at {name!r}; created before: {made})"
                    raise
        return {"created": created, "skipped": skipped, "errors": errors}

    return steps
