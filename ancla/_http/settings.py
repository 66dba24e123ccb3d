"""What the client was made with, checked before anything is sent."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from .. import __version__
from .addresses import ServerAddress, parse_proxy
from .checks import (
    Clock,
    Secret,
    checked,
    checked_text,
    is_printable_ascii,
    is_visible_ascii,
    whole_number,
)
from .response import CAN_GUNZIP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext
    from typing import Any

    from .attempts import Attempt

    Headers = dict[str, tuple[str, str]]  # names and values by the names in lower case

DEFAULT_SERVER = "https://ancla.dev"
HIDDEN = "********"
SHORTEST_SECRET = 4
DEFAULT_ENVIRONMENT = "production"
ROUTES = ("auto", "workspaces", "published", "slugs")
# What says how a request is framed, whose it is, and how it is to be answered.
OUR_HEADERS = frozenset(
    "accept accept-encoding connection content-encoding content-length content-type expect host"
    " keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade"
    " user-agent x-api-key".split()
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_HOLDS_CREDENTIALS = ("authorization", "cookie")
_MOST_ASKED_SECRETS = 1000


class Settings:
    """The constructor's arguments with the environment's fallbacks filled in.

    headers:      the lines that each request has
    more_headers: the lines of those that were added by with_options, or None: a function was added,
                  so `ask_for_headers` returns them
    clock:        how the client sleeps, and what ends that
    """

    def __init__(
        self,
        key: Secret,
        server: Secret,
        timeout: float | None,
        *,
        max_retries: int,
        ssl_context: SSLContext | None,
        proxy: Secret,
        trust_env: bool,
        routes: str | None,
        max_response_bytes: int,
        user_agent_suffix: str | None,
        environment: str | None,
        on_attempt: Callable[[Attempt], object] | None,
    ) -> None:
        if key.value is None:
            key = Secret(os.environ.get("ANCLA_API_KEY") or None)
        if server.value is None:
            server = Secret(os.environ.get("ANCLA_SERVER") or DEFAULT_SERVER)
        if environment is None:
            environment = os.environ.get("ANCLA_ENV") or DEFAULT_ENVIRONMENT
        self.api_key = _checked_api_key(key)
        self.server = checked(ServerAddress, server)
        self.server_url = str.rstrip(server.value, "/")
        self.timeout = _checked_timeout(timeout)
        self.max_retries = whole_number("max_retries", max_retries, least=0)
        self.max_response_bytes = whole_number("max_response_bytes", max_response_bytes, least=1)
        self.ssl_context = ssl_context
        if ssl_context is not None and not hasattr(ssl_context, "wrap_socket"):
            kind = type(ssl_context).__name__
            raise ValueError(f"ssl_context must be an ssl.SSLContext, not {kind}")
        self.proxy = None if proxy.value is None else parse_proxy(proxy, "proxy")
        if not isinstance(trust_env, bool):
            raise ValueError(f"trust_env must be True or False, not {trust_env!r}")
        self.trust_env = trust_env
        self.routes = _checked_routes(routes)
        self.environment = environment
        self.on_attempt = on_attempt
        self.clock = Clock()
        self.headers = _headers(self.api_key, _checked_suffix(user_agent_suffix))
        self._added: list[Headers | Callable[[], object]] = []
        self.more_headers: str | None = ""
        self._secrets = self._find_secrets()
        self._asked_secrets: dict[str, None] = {}

    def changed(self, options: dict[str, Any]) -> Settings:
        """The same settings but for `clock` or options of with_options, which are checked.

        `headers` is a Secret.
        """
        other = object.__new__(Settings)
        vars(other).update(vars(self))
        if "timeout" in options:
            other.timeout = _checked_timeout(options["timeout"])
        if "max_retries" in options:
            other.max_retries = whole_number("max_retries", options["max_retries"], least=0)
        if "environment" in options:
            other.environment = options["environment"]
        if "clock" in options:
            other.clock = options["clock"]
        if "headers" in options:
            other._add_headers(options["headers"])
            other._secrets = other._find_secrets()
        return other

    def ask_for_headers(self) -> str:
        """The added lines for one attempt. Calls the functions; ValueError if what one returns is
        no mapping of headers.
        """
        # All are called first: no variable here holds a value while the caller's code runs.
        asked = [
            checked(partial(_checked_headers, "headers()"), Secret(added()))
            if callable(added)
            else added
            for added in self._added
        ]
        merged = {name: header for headers in asked for name, header in headers.items()}
        for secret in _credentials(merged):
            self._asked_secrets[secret] = None
        for oldest in list(self._asked_secrets)[:-_MOST_ASKED_SECRETS]:
            self._asked_secrets.pop(oldest, None)
        return _lines(merged)

    @property
    def secrets(self) -> list[str]:
        """What must not be shown where a server repeats it."""
        return [*self._secrets, *self._asked_secrets]

    def shown(self, url: str) -> str:
        """A URL without the secrets, which a server may have put into it as an id."""
        for secret in self.secrets:
            if secret in url:
                url = url.replace(secret, HIDDEN)
        return url

    def _add_headers(self, headers: Secret) -> None:
        if callable(headers.value) and not isinstance(headers.value, Mapping):
            self._added = [*self._added, headers.value]
            self.more_headers = None
            return
        new = checked(partial(_checked_headers, "headers"), headers)
        *before, last = self._added or [{}]
        if isinstance(last, dict):
            new = {**last, **new}
        else:
            before.append(last)
        self._added = [*before, new]
        if self.more_headers is not None:
            self.more_headers = _lines(new)

    def _find_secrets(self) -> list[str]:
        found = [self.api_key or "", quote(self.api_key or "", safe="")]
        for added in self._added:
            found += [] if callable(added) else _credentials(added)
        return [secret for secret in found if len(secret) >= SHORTEST_SECRET]


def _checked_routes(routes: object) -> str:
    name, given = "routes", routes
    if routes is None:
        name, given = "ANCLA_ROUTES", os.environ.get("ANCLA_ROUTES") or "auto"
    if not isinstance(given, str) or given not in ROUTES:
        raise ValueError(f"{name} must be one of {', '.join(ROUTES)}, not {given!r}")
    return given


def _headers(api_key: str | None, suffix: str) -> str:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    lines = [
        f"User-Agent: ancla-sdk/{__version__} python/{python}{suffix}",
        "Accept: application/json",
        f"Accept-Encoding: {'gzip' if CAN_GUNZIP else 'identity'}",
    ]
    if api_key is not None:
        lines.append(f"X-API-Key: {api_key}")
    return "".join(f"{line}\r\n" for line in lines)


def can_be_added(name: object, value: object) -> bool:
    """Whether a header is well formed, and none of those that are ours."""
    return (
        isinstance(name, str)
        and isinstance(value, str)
        and bool(_HEADER_NAME(name) and is_printable_ascii(value))
        and str.lower(name) not in OUR_HEADERS  # a subclass may have a method of its own
    )


def _lines(headers: Headers) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.values())


def _credentials(headers: Headers) -> list[str]:
    """The values that are secret, and of each what stands behind its scheme, as in `Bearer ...`."""
    found: list[str] = []
    for name in _HOLDS_CREDENTIALS:
        if name in headers:
            value = headers[name][1]
            found += [value, *value.split()[1:]]
    return [secret for secret in found if len(secret) >= SHORTEST_SECRET]


def _checked_headers(argument: str, headers: object) -> Headers:
    """Names and values; no error shows a value."""
    if not isinstance(headers, Mapping):
        raise ValueError(f"{argument} must map names to values, not {type(headers).__name__}")
    found: Headers = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME(name):
            raise ValueError(f"{argument} must have header names as its keys, not {name!r}")
        if str.lower(name) in OUR_HEADERS:  # a subclass may have a method of its own
            raise ValueError(f"{argument} must not hold {name!r}, which the client sets itself")
        if not isinstance(value, str) or not is_printable_ascii(value):
            raise ValueError(f"{argument}[{name!r}] must be a string of printable ASCII")
        found[str.lower(name)] = (str.__str__(name), str.__str__(value))
    return found


def _checked_api_key(key: Secret) -> str | None:
    if key.value is None:
        return None
    if not isinstance(key.value, str):
        raise ValueError(f"api_key must be a string, not {type(key.value).__name__}")
    if not key.value or not is_visible_ascii(key.value):
        raise ValueError(
            "api_key must hold at least one character and only printable ASCII without spaces "
            "(is there a line end behind it?); the key is not shown here"
        )
    return str.__str__(key.value)  # a member of an enum would be formatted as its name


def _checked_timeout(timeout: object) -> float | None:
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise ValueError(f"timeout must be seconds or None, not {type(timeout).__name__}")
    if not 0 < timeout <= 1e6:
        raise ValueError(f"timeout must be seconds above 0 and up to 1000000, not {timeout!r}")
    return float(timeout)


def _checked_suffix(suffix: object) -> str:
    if not suffix:
        return ""
    suffix = checked_text("user_agent_suffix", suffix)
    if not is_printable_ascii(suffix):
        raise ValueError("user_agent_suffix must hold printable ASCII only")
    return f" {suffix}"
