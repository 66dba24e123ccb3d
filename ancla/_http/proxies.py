"""Which proxy a request goes through: the given one, the environment's, or none."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

from .addresses import Proxy, ServerAddress, authority, parse_proxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .settings import Settings


def choose_proxy(settings: Settings) -> Proxy | None:
    """The proxy for the client's server; ValueError if the environment's cannot be used."""
    if settings.proxy is not None or not settings.trust_env:
        return settings.proxy
    return _proxy_from_environment(settings.server)


def _proxy_from_environment(server: ServerAddress) -> Proxy | None:
    """What `urllib.request` would use: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or the system's.

    NO_PROXY may list an IPv6 address in brackets, which the port asks for, or without.
    """
    url = getproxies().get(server.scheme)
    with_port = authority(server.host, server.port)
    if not url or proxy_bypass(with_port) or proxy_bypass(server.host):
        return None
    return parse_proxy(url, f"the environment's {server.scheme.upper()}_PROXY")
