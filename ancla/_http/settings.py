"""What the client was made with, checked before anything is sent."""

from __future__ import annotations

import os
import sys

from .. import __version__
from .addresses import Server, parse_proxy
from .content import CAN_GUNZIP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

    from .addresses import Proxy

DEFAULT_SERVER = "https://ancla.dev"
ROUTES = ("auto", "slugs", "published", "workspaces")


class Settings:
    """The constructor's arguments with the environment's fallbacks filled in."""

    __slots__ = (
        "api_key",
        "headers",
        "max_response_bytes",
        "max_retries",
        "proxy",
        "routes",
        "server",
        "server_url",
        "ssl_context",
        "timeout",
        "trust_env",
    )

    def __init__(
        self,
        api_key: str | None,
        server: str | None,
        timeout: float | None,
        max_retries: int,
        ssl_context: SSLContext | None,
        proxy: str | None,
        trust_env: bool,
        routes: str,
        max_response_bytes: int,
        user_agent_suffix: str | None,
    ) -> None:
        if api_key is None:
            api_key = os.environ.get("ANCLA_API_KEY") or None
        if server is None:
            server = os.environ.get("ANCLA_SERVER") or DEFAULT_SERVER
        self.api_key = _checked_api_key(api_key)
        self.server = Server(server)
        self.server_url = server.rstrip("/")
        self.timeout = _checked_timeout(timeout)
        self.max_retries = _checked_count("max_retries", max_retries, least=0)
        self.max_response_bytes = _checked_count("max_response_bytes", max_response_bytes, least=1)
        self.ssl_context = ssl_context
        if ssl_context is not None and not hasattr(ssl_context, "wrap_socket"):
            kind = type(ssl_context).__name__
            raise ValueError(f"ssl_context must be an ssl.SSLContext, not {kind}")
        self.proxy: Proxy | None = None if proxy is None else parse_proxy(proxy, "proxy")
        if not isinstance(trust_env, bool):
            raise ValueError(f"trust_env must be True or False, not {trust_env!r}")
        self.trust_env = trust_env
        if routes not in ROUTES:
            raise ValueError(f"routes must be one of {', '.join(ROUTES)}, not {routes!r}")
        self.routes = routes
        self.headers = _headers(self.api_key, user_agent_suffix)


def _headers(api_key: str | None, user_agent_suffix: str | None) -> str:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    user_agent = f"ancla-sdk/{__version__} python/{python}"
    if user_agent_suffix:
        user_agent = f"{user_agent} {_checked_suffix(user_agent_suffix)}"
    lines = [
        f"User-Agent: {user_agent}",
        "Accept: application/json",
        f"Accept-Encoding: {'gzip' if CAN_GUNZIP else 'identity'}",
    ]
    if api_key is not None:
        lines.append(f"X-API-Key: {api_key}")
    return "".join(f"{line}\r\n" for line in lines)


def _checked_api_key(api_key: object) -> str | None:
    if api_key is None:
        return None
    if not isinstance(api_key, str):
        raise ValueError(f"api_key must be a string, not {type(api_key).__name__}")
    if not api_key or any(not 0x21 <= ord(char) <= 0x7E for char in api_key):
        raise ValueError(
            "api_key must hold at least one character and only printable ASCII without spaces "
            "(is there a line end behind it?); the key is not shown here"
        )
    return str.__str__(api_key)  # a member of an enum would be formatted as its name


def _checked_timeout(timeout: object) -> float | None:
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise ValueError(f"timeout must be seconds or None, not {type(timeout).__name__}")
    if not 0 < timeout <= 1e6:
        raise ValueError(f"timeout must be seconds above 0 and up to 1000000, not {timeout!r}")
    return float(timeout)


def _checked_count(name: str, count: object, least: int) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < least:
        raise ValueError(f"{name} must be an integer of at least {least}, not {count!r}")
    return count


def _checked_suffix(suffix: object) -> str:
    if not isinstance(suffix, str) or any(not 0x20 <= ord(char) <= 0x7E for char in suffix):
        raise ValueError("user_agent_suffix must be a string of printable ASCII")
    return str.__str__(suffix)
