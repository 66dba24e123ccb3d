"""What takes more than one request, since the routes of a generation have no single one for it.

Each function here is what `Form.steps` holds, with what it needs besides: it answers like the one
request would.
"""

from __future__ import annotations

from ..exceptions import AnclaError, APIConnectionError, ServerError
from .arguments import path_segment, slug_from_name, usable_id
from .requester import Form, Refusal, Requester, id_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .requester import Invocation, Steps


def create_with_slug(requester: Requester, invocation: Invocation, form: Form) -> object:
    """Sends the slug that the platform would make from the name by itself."""
    invocation.arguments["slug"] = slug_from_name(invocation.arguments["name"])
    return requester.send(invocation, form)


def list_of_organization(requester: Requester, invocation: Invocation, form: Form) -> object:
    """Of all that the key may see, what is in the organization."""
    kept = [
        item
        for item in requester.send_list(invocation, form)
        if not isinstance(item, dict)
        or item.get("organization_slug") == invocation.arguments["org"]
    ]
    if not kept:  # perhaps there is no such organization
        requester.fetch_owner(invocation, "organization_id")
    return kept


def cannot_change(
    requester: Requester, invocation: Invocation, form: Form, *, names: str
) -> object:
    """Refuses what a server would ignore among the fields to change."""
    fields = invocation.arguments["fields"]
    assert isinstance(fields, dict)
    if refused := [name for name in names.split() if name in fields]:
        raise Refusal(f"{invocation.operation.cannot} {' and '.join(refused)}")
    return requester.send(invocation, form)


# Config variables


def pick_variable(requester: Requester, invocation: Invocation, form: Form) -> object:
    """The variable that the call names, from the list that the form asks for."""
    found = find_variable(requester, invocation, form)
    if found is None:
        raise requester.missing(invocation, "config variable", "key")
    return found


def delete_variable(
    requester: Requester,
    invocation: Invocation,
    form: Form,
    *,
    listing: Form,
    send: Steps = Requester.send,
) -> object:
    found = pick_variable(requester, invocation, listing)
    _fill_in_config_id(requester, invocation, found)
    return send(requester, invocation, form)


def set_variable(
    requester: Requester, invocation: Invocation, form: Form, *, listing: Form, change: Form
) -> object:
    """Creates or changes a variable. A creation whose answer was lost is not sent again blindly: if
    it arrived after all, a change makes sure of the value.
    """
    found = find_variable(requester, invocation, listing)
    is_open = invocation.arguments["secret"] is None
    if found is None:
        if is_open:
            invocation.arguments["secret"] = False
        try:
            return requester.send(invocation, form)
        except (APIConnectionError, ServerError):
            found = find_variable(requester, invocation, listing)
            if found is None:
                raise
    _fill_in_config_id(requester, invocation, found)
    if is_open:  # what is left out may count as False
        invocation.arguments["secret"] = found.get("secret")
    return requester.send(invocation, change)


def find_variable(
    requester: Requester, invocation: Invocation, listing: Form
) -> dict[str, object] | None:
    for item in requester.send_list(invocation, listing):
        if isinstance(item, dict) and item.get("name") == invocation.arguments["key"]:
            return item
    return None


def _fill_in_config_id(requester: Requester, invocation: Invocation, found: object) -> None:
    identifier = id_of(found, requester.json_sender.url(invocation.target))
    invocation.segments["config_id"] = path_segment("config_id", identifier)


# Releases


def release_newest_image(
    requester: Requester, invocation: Invocation, form: Form, *, images: Form, detail: Form
) -> object:
    """Makes a release where a server takes the newest built image, whatever it is asked for."""
    asked = invocation.arguments["image_id"]
    what = f"make a release of image {asked!r}"
    newest = _newest_built_image(requester, invocation, images)
    if newest is None:
        raise Refusal(what, "none is built yet")
    if newest != asked:
        why = f"it would take the newest that is built, {newest!r}"
        raise Refusal(what, requester.json_sender.hide(why))
    answer = requester.send(invocation, form)
    _make_sure_of_image(requester, invocation, detail, answer)
    return answer


def _newest_built_image(requester: Requester, invocation: Invocation, images: Form) -> object:
    """The id of the image with the highest version of those that are built, or None."""
    app = requester.fetch_owner(invocation, "app_id")
    latest = app.get("latest_image") if isinstance(app, dict) else None
    if isinstance(latest, dict) and latest.get("built") is True and latest.get("id"):
        return latest["id"]
    built = [
        image
        for image in requester.send_list(invocation, images)
        if isinstance(image, dict) and image.get("built") is True
    ]
    newest = max(built, key=_version, default={})
    return newest.get("id")


def _version(image: dict[str, object]) -> int:
    version = image.get("version")
    return version if isinstance(version, int) else 0


def _make_sure_of_image(
    requester: Requester, invocation: Invocation, detail: Form, answer: object
) -> None:
    """AnclaError if the release was made of an image that was built between look and request."""
    if not isinstance(answer, dict) or answer.get("ok") is False:
        return
    release_id = answer.get("release_id")
    if not release_id:
        return
    usable_id(release_id, "the release was started")
    invocation.segments["release_id"] = path_segment("release_id", release_id)
    release = requester.fetch(detail.path.format_map(invocation.segments))
    image = release.get("image") if isinstance(release, dict) else None
    made_of = image.get("id") if isinstance(image, dict) else None
    if made_of and made_of != invocation.arguments["image_id"]:
        message = (
            f"the server made release {release_id!r} of image {made_of!r}, which was built "
            f"meanwhile, and not of {invocation.arguments['image_id']!r}: do not deploy it"
        )
        raise AnclaError(requester.json_sender.hide(message))
