"""Commands that do a little more than pass their arguments to a method of the client."""

from __future__ import annotations

from .._api.strict_json import loads
from ..exceptions import AuthenticationError
from .all_arguments import APP_OPTIONS
from .argument import KEY_SOURCES, Given, UsageError, parse_text, process_counts
from .inputs import read_text
from .output import as_json, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..client import AnclaClient


def deploy_environment(client: AnclaClient, given: Given) -> object:
    return client.deploy_environment(*given.project, given.env, given.app_slug)


def update_app(client: AnclaClient, given: Given) -> object:
    fields: dict[str, Any] = {
        option.dest: None if value == "" else value
        for option in APP_OPTIONS
        if (value := getattr(given, option.dest)) is not None
    }
    if not fields:
        raise UsageError("nothing to change: pass at least one option, such as --branch main")
    return client.update_app(*given.app, **fields)


def scale_app(client: AnclaClient, given: Given) -> None:
    counts = parse_text("argument PROCESS=COUNT:", process_counts, ",".join(given.counts))
    client.scale_app(*given.app, counts=counts)


def pipeline_status(client: AnclaClient, given: Given) -> object:
    status = client.get_pipeline_status(*given.app)
    if given.json or "release" in status.model_fields_set:
        return status
    # Servers without releases send none, so the table of stages has no row for it.
    return {name: stage for name, stage in status.model_dump().items() if name != "release"}


def request(client: AnclaClient, given: Given) -> object:
    json, data = None, given.data
    if data is not None:
        if data == "-" or data.startswith("@"):
            data = read_text(data.removeprefix("@"), "--data")
        try:
            json = loads(data.encode())
        except ValueError as error:
            raise UsageError(f"--data is not JSON: {error}") from None
    return client.request(given.method, given.path, json=json)


def whoami(client: AnclaClient, given: Given) -> object:
    try:
        user = _user_of_key(client, given)
    except AuthenticationError:
        if given.json:
            write(as_json({"accepted": False}))
        raise
    return {**user, "accepted": True}


def _user_of_key(client: AnclaClient, given: Given) -> dict[str, Any]:
    """Returns the key's user. Raises AuthenticationError if the key is not accepted."""
    session = client.get_session()
    user = (session.user or session).model_dump()
    if session.authenticated:
        return user
    if client.api_key is None:
        raise AuthenticationError(f"no API key was given: {KEY_SOURCES}")
    try:  # On some servers, a session is only that of a signed-in user, never that of a key.
        client.list_orgs()
    except AuthenticationError:
        raise AuthenticationError(f"{client.server} does not accept this API key") from None
    given.say(f"{client.server} accepts this API key, but does not return its user")
    return user
