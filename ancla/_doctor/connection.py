"""Says why a connection failed, without addresses, and what to do about it."""

from __future__ import annotations

import re

from .._http.stream import AttemptFailed

# What failed, by the first row whose pattern is in the class of the cause or in the reason.
_FAILURES = (
    ("the proxy refused the tunnel|the proxy's response", "proxy"),
    ("gaierror", "DNS"),
    ("took longer than the timeout", "timeout"),
    ("SSL|CERTIFICATE|certificate|HTTP/2", "TLS"),
    ("cannot connect", "connect"),
    ("", "HTTP"),
)
# What to do, by the first row whose pattern is in what was seen.
ADVICE = (
    ("^proxy: .*407", "put a user name and password into its URL: http://user:password@host"),
    ("^proxy: .*status", "ask who runs the proxy to allow the server's host"),
    (
        "through the proxy|^proxy",
        "check --proxy, HTTPS_PROXY and HTTP_PROXY; if no proxy is needed, name the server's host "
        "in NO_PROXY",
    ),
    (
        "^(DNS|timeout|connect)",
        "check --server or ANCLA_SERVER, DNS and the firewall; where only a proxy leads out, set "
        "HTTPS_PROXY",
    ),
    ("expired|not yet valid|clock", "is this machine's clock right?"),
    (
        "^TLS: .*certificate is not trusted(?!.*mismatch)",
        "if its authority is a private one, or that of a proxy which reads TLS, name the "
        "authority's certificate with --ca-file FILE or in SSL_CERT_FILE",
    ),
    ("^TLS: .*speaks http", "is it http:// and not https://?"),
    (
        "^(TLS|HTTP):",
        "check --server or ANCLA_SERVER: is it https:// or http://, and without a path?",
    ),
    ("none was given", "set ANCLA_API_KEY, or pass --api-key-file FILE"),
    ("not accepted", "is it complete, not revoked or expired, and a key of this server?"),
    ("^no such", "check the path, and whether the key's user may see it"),
    ("none that is complete", "try again with a longer --timeout, then ask who runs the server"),
    ("^status (429|5)", "try again later, then ask the platform's support"),
)


def why_failed(failure: AttemptFailed, hosts: list[str | None]) -> str:
    """Returns why an attempt failed, without the hosts. Starts with what failed, as in "DNS: "."""
    reason = failure.reason
    for host in filter(None, hosts):  # In a reason, a host has a port or is in quotes.
        name = rf"(?<![\w.-])\[?{re.escape(host.rstrip('.'))}\.?\]?"
        reason = re.sub(rf"{name}:\d+|(?<='){name}(?=')", "*", reason, flags=re.IGNORECASE)
    described = f"{type(failure.__cause__).__name__}: {reason}"
    return f"{next(what for pattern, what in _FAILURES if re.search(pattern, described))}: {reason}"
