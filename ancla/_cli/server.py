"""Commands for the server itself: any request, and the user of the API key."""

from __future__ import annotations

from .._api.strict_json import loads
from ..exceptions import AuthenticationError
from .argument import KEY_SOURCES, UsageError
from .inputs import read_text
from .output import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..client import AnclaClient
    from .argument import Given


def request(client: AnclaClient, given: Given) -> object:
    return client.request(given.method, given.path, json=_json_from(given.data))


def _json_from(data: str | None) -> Any:
    if data is None:
        return None
    if data == "-" or data.startswith("@"):
        data = read_text(data.removeprefix("@"), "--data")
    try:
        return loads(data.encode())
    except ValueError as error:
        raise UsageError(f"--data is not JSON: {error}") from None


def whoami(client: AnclaClient, given: Given) -> object:
    try:
        user = _user_of_key(client, given)
    except AuthenticationError:
        if given.json:
            print(as_json({"accepted": False}), end="", flush=True)
        raise
    return {**user, "accepted": True}


def _user_of_key(client: AnclaClient, given: Given) -> dict[str, Any]:
    """Returns the key's user. Raises AuthenticationError if the key is not accepted."""
    session = client.get_session()
    if session.authenticated:
        return (session.user or session).model_dump()
    if client.api_key is None:
        raise AuthenticationError(f"no API key was given: {KEY_SOURCES}")
    try:  # On some servers, a session is only that of a signed-in user, never that of a key.
        client.list_orgs()
    except AuthenticationError:
        raise AuthenticationError(f"{client.server} does not accept this API key") from None
    given.say(f"{client.server} accepts this API key, but does not return its user")
    return (session.user or session).model_dump()
