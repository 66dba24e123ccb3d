"""Parses and checks the URLs of the server and of the proxy.

They come from arguments or from the environment. The host and port are split and checked here:
`urlsplit` accepts invalid hosts, and the port 0. No error message shows a URL, since it may contain
a password.
"""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit
from urllib.request import getproxies, proxy_bypass

from .checks import checked_text, is_visible_ascii

_API_PREFIX = "/api/v1"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_INVALID_IN_HOSTS = frozenset("[]:,;%<>\"'{}|^`*!$&()=+")
_VALID_IN_IPV6 = frozenset("0123456789abcdefABCDEF:.%")


class ServerAddress:
    """The parts of the server's URL."""

    def __init__(self, url: str) -> None:
        """Parses http(s)://host[:port][/path]. Raises ValueError if it is invalid."""
        parts = _split("server", url)
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError("server must start with http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("server must not hold a user name or password")
        if "?" in url or "#" in url:
            raise ValueError("server must not have a query or fragment")
        self.scheme = parts.scheme
        default_port = _DEFAULT_PORTS[parts.scheme]
        self.host, self.port = _host_and_port("server", parts.netloc, default_port)
        self.host_header = authority(self.host, self.port)
        if self.port == default_port:
            self.host_header = self.host_header.rpartition(":")[0]
        self.path = parts.path.rstrip("/")
        if self.path.endswith(_API_PREFIX):
            raise ValueError(f"server must not end in {_API_PREFIX}, which is added to it")
        self.url = f"{self.scheme}://{self.host_header}{self.path}"


def api_path(target: str) -> str:
    """Returns the path of a target. Adds the API's prefix unless the target starts with /api/."""
    return target if target.startswith("/api/") else f"{_API_PREFIX}{target}"


class Proxy:
    """The address of an HTTP proxy. Its repr shows no credentials."""

    def __init__(self, host: str, port: int, authorization_line: str) -> None:
        """`authorization_line` is the header with the credentials, empty if there are none."""
        self.host = host
        self.port = port
        self.authorization_line = authorization_line


def authority(host: str, port: int) -> str:
    """Returns host:port as in a URL, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_proxy(url: str, name: str) -> Proxy:
    """Parses `[http://][user:password@]host[:port]`. Raises ValueError if it is invalid.

    `name` says in the message where the URL is from.
    """
    parts = _split(name, url, default_scheme="http")
    if parts.scheme != "http":
        raise ValueError(
            f"{name} must be an http:// proxy: other kinds, https:// among them, are not supported"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"{name} must end after its host and port")
    given, separator, netloc = parts.netloc.rpartition("@")
    user, _, password = given.partition(":")
    credentials = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    if re.search(rb"[\r\n\0]", credentials):
        raise ValueError(f"{name} must not hold line ends or NULs in its credentials")
    host, port = _host_and_port(name, netloc, _DEFAULT_PORTS["http"])
    line = f"Proxy-Authorization: Basic {b64encode(credentials).decode('ascii')}\r\n"
    return Proxy(host, port, line if separator else "")


def proxy_from_environment(server: ServerAddress) -> Proxy | None:
    """Returns the proxy that `urllib.request` would use for the server, or None.

    That is HTTP_PROXY or HTTPS_PROXY, unless NO_PROXY lists the server, or else the system's proxy.
    """
    url = getproxies().get(server.scheme)
    with_port = authority(server.host, server.port)
    # NO_PROXY may list an IPv6 address with brackets (and a port) or without.
    if not url or proxy_bypass(with_port) or proxy_bypass(server.host):
        return None
    return parse_proxy(url, f"the environment's {server.scheme.upper()}_PROXY")


def _split(name: str, url: str, default_scheme: str = "") -> SplitResult:
    url = checked_text(name, url)
    if not is_visible_ascii(url) or "\\" in url:
        raise ValueError(f"{name} must hold printable ASCII only, no spaces and no backslashes")
    if default_scheme and "://" not in url:
        url = f"{default_scheme}://{url}"
    try:
        return urlsplit(url)
    except ValueError:
        pass  # Raised below, so that no `__context__` repeats parts of the URL.
    raise ValueError(f"{name} must be a URL, as in http://host:port")


def _host_and_port(name: str, netloc: str, default_port: int) -> tuple[str, int]:
    """Splits host:port or [IPv6]:port, and checks both parts."""
    host, separator, port = netloc.rpartition(":")
    if not separator or port.endswith("]"):
        host, port = netloc, str(default_port)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        well_formed = bool(host) and _VALID_IN_IPV6.issuperset(host)
    else:
        labels = host.removesuffix(".").split(".")
        well_formed = _INVALID_IN_HOSTS.isdisjoint(host) and all(
            0 < len(part) < 64 for part in labels
        )
    if not well_formed:
        raise ValueError(f"{name} must name a host, as in http://host:port")
    if not (port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError(f"{name} must have a port from 1 to 65535")
    return host.lower(), int(port)
