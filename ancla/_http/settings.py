"""The arguments of a client, checked before anything is sent.

Theory of operation: `Settings` holds the constructor's arguments, with defaults from the
environment. A view made by `with_options` has a changed copy. All other modules read the options
from this one object.

`headers` is the text of the headers that every request has. `headers_for_attempt` returns that of
those added by `with_options`: fixed ones, or those of functions, which it calls.

The API key and added credentials are secrets: `secrets` lists them, so that they can be redacted
wherever a server repeats them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from urllib.parse import quote

from .. import __version__
from .addresses import ServerAddress, parse_proxy
from .checks import (
    checked_flag,
    checked_integer,
    checked_text,
    is_printable_ascii,
    is_visible_ascii,
)
from .clock import Clock
from .display import MIN_SECRET_LENGTH, REDACTED
from .response import CAN_GUNZIP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext
    from typing import Any

    from .attempts import Attempt

    Headers = dict[str, tuple[str, str]]  # Lower-case name: (name, value).

DEFAULT_SERVER = "https://ancla.dev"
DEFAULT_ENVIRONMENT = "production"
ROUTES = ("auto", "workspaces", "published", "slugs")
# The client sets these itself: framing, credentials, and the form of the response.
RESERVED_HEADERS = frozenset(
    "accept accept-encoding connection content-encoding content-length content-type expect host"
    " keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade"
    " user-agent x-api-key".split()
)
_match_header_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_CREDENTIAL_HEADERS = ("authorization", "cookie")
_MAX_FUNCTION_SECRETS = 1000
_SHORTEST_TIMEOUT = 0.001  # seconds


class Settings:
    """The constructor's arguments, with defaults from the environment.

    headers:  the header lines that every request has
    clock:    how the client sleeps, and how closing it ends the sleep
    deadline: the time of the clock at which all requests end, or None
    """

    def __init__(
        self,
        key: str | None,
        server: str | None,
        timeout: float | None,
        *,
        max_retries: int,
        ssl_context: SSLContext | None,
        proxy: str | None,
        trust_env: bool,
        routes: str | None,
        max_response_bytes: int,
        user_agent_suffix: str | None,
        environment: str | None,
        on_attempt: Callable[[Attempt], object] | None,
    ) -> None:
        if key is None:
            key = os.environ.get("ANCLA_API_KEY") or None
        if server is None:
            server = os.environ.get("ANCLA_SERVER") or DEFAULT_SERVER
        if environment is None:
            environment = os.environ.get("ANCLA_ENV") or DEFAULT_ENVIRONMENT
        self.api_key = _checked_api_key(key)
        self.server = ServerAddress(server)
        self.server_url = server.rstrip("/")
        self.timeout = _checked_timeout(timeout)
        self.max_retries = checked_integer("max_retries", max_retries, minimum=0)
        self.max_response_bytes = checked_integer(
            "max_response_bytes", max_response_bytes, minimum=1
        )
        self.ssl_context = ssl_context
        if ssl_context is not None and not hasattr(ssl_context, "wrap_socket"):
            kind = type(ssl_context).__name__
            raise ValueError(f"ssl_context must be an ssl.SSLContext, not {kind}")
        self.proxy = None if proxy is None else parse_proxy(proxy, "proxy")
        self.trust_env = checked_flag("trust_env", trust_env)
        self.routes = _checked_routes(routes)
        self.environment = environment
        self.on_attempt = on_attempt
        self.clock = Clock()
        self.deadline: float | None = None
        self.headers = _headers(self.api_key, _checked_suffix(user_agent_suffix))
        self._added: list[Headers | Callable[[], object]] = []
        self._secrets = self._find_secrets()
        self._function_secrets: dict[str, None] = {}

    def changed(self, options: dict[str, Any]) -> Settings:
        """Returns a copy with some options changed.

        They are those of `with_options`, or `clock`, `deadline` and `on_attempt`.

        Raises ValueError for an invalid option.
        """
        other = object.__new__(Settings)
        vars(other).update(vars(self))
        if "timeout" in options:
            other.timeout = _checked_timeout(options["timeout"])
        if "max_retries" in options:
            other.max_retries = checked_integer("max_retries", options["max_retries"], minimum=0)
        for name in ("environment", "clock", "deadline", "on_attempt"):
            if name in options:
                setattr(other, name, options[name])
        if "headers" in options:
            # Later headers override earlier ones.
            headers = options["headers"]
            if isinstance(headers, Mapping) or not callable(headers):
                headers = _checked_headers("headers", headers)
            other._added = [*self._added, headers]
            other._secrets = other._find_secrets()
        return other

    def without_key(self) -> Settings:
        """Returns a copy without the API key."""
        other = self.changed({})
        other.headers = other.headers.replace(f"X-API-Key: {self.api_key}\r\n", "")
        other.api_key = None
        return other

    @property
    def seconds_left(self) -> float:
        """The seconds until the deadline, as a timeout: more than 0."""
        if self.deadline is None:
            return float("inf")
        return max(self.deadline - self.clock.monotonic(), _SHORTEST_TIMEOUT)

    def headers_for_attempt(self) -> str:
        """Returns all header lines added by with_options. Calls the functions among them.

        Remembers the credentials among them, so that they are redacted. Raises ValueError if a
        function returns an invalid header.
        """
        if not self._added:
            return ""
        all_headers = [
            _checked_headers("headers()", added()) if callable(added) else added
            for added in self._added
        ]
        merged = {name: header for headers in all_headers for name, header in headers.items()}
        current = dict.fromkeys(_credentials(merged))
        self._function_secrets.update(current)
        for oldest in list(self._function_secrets)[:-_MAX_FUNCTION_SECRETS]:
            if oldest not in current:  # This attempt sends those in `current`.
                self._function_secrets.pop(oldest, None)
        return "".join(f"{name}: {value}\r\n" for name, value in merged.values())

    @property
    def secrets(self) -> list[str]:
        """The texts to redact wherever a server repeats them."""
        return [*self._secrets, *self._function_secrets]

    def redact_url(self, url: str) -> str:
        """Redacts a URL: a server may have sent a secret as an id."""
        for secret in self.secrets:
            if secret in url:
                url = url.replace(secret, REDACTED)
        return url

    def _find_secrets(self) -> list[str]:
        found = [self.api_key or "", quote(self.api_key or "", safe="")]
        for added in self._added:
            found += [] if callable(added) else _credentials(added)
        return [secret for secret in dict.fromkeys(found) if len(secret) >= MIN_SECRET_LENGTH]


def _checked_routes(routes: object) -> str:
    name, given = "routes", routes
    if routes is None:
        name, given = "ANCLA_ROUTES", os.environ.get("ANCLA_ROUTES") or "auto"
    if not isinstance(given, str) or given not in ROUTES:
        raise ValueError(f"{name} must be one of {', '.join(ROUTES)}, not {given!r}")
    return given


def _headers(api_key: str | None, suffix: str) -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        f"User-Agent: ancla-sdk/{__version__} python/{python}{suffix}",
        "Accept: application/json",
        f"Accept-Encoding: {'gzip' if CAN_GUNZIP else 'identity'}",
    ]
    if api_key is not None:
        lines.append(f"X-API-Key: {api_key}")
    return "".join(f"{line}\r\n" for line in lines)


def is_allowed_header(name: object, value: object) -> bool:
    """Returns whether a header is well-formed and not reserved for the client."""
    try:
        _checked_headers("headers", {name: value})
    except ValueError:
        return False
    return True


def _credentials(headers: Headers) -> list[str]:
    """Returns the credentials, and the part of each after its scheme, such as `Bearer`."""
    found: list[str] = []
    for name in _CREDENTIAL_HEADERS:
        if name in headers:
            value = headers[name][1]
            found += [value, *value.split()[1:]]
    return [secret for secret in found if len(secret) >= MIN_SECRET_LENGTH]


def _checked_headers(argument: str, headers: object) -> Headers:
    """Returns the headers. Raises ValueError, which shows no value, if one is invalid."""
    if not isinstance(headers, Mapping):
        kind = type(headers).__name__
        raise ValueError(f"{argument} must be a mapping of names to values, not {kind}")
    found: Headers = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not _match_header_name(name):
            raise ValueError(f"the keys of {argument} must be valid header names, not {name!r}")
        if name.lower() in RESERVED_HEADERS:
            raise ValueError(f"{argument} must not hold {name!r}, which the client sets itself")
        if not isinstance(value, str) or not is_printable_ascii(value):
            raise ValueError(f"{argument}[{name!r}] must be a string of printable ASCII")
        # A member of an enum would be formatted as its name.
        found[name.lower()] = (str.__str__(name), str.__str__(value))
    return found


def _checked_api_key(key: object) -> str | None:
    if key is None:
        return None
    key = checked_text("api_key", key)
    if not key or not is_visible_ascii(key):
        raise ValueError(
            "api_key must hold at least one character and only printable ASCII without spaces "
            "(does it end with a newline?); the key is not shown here"
        )
    return key


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
