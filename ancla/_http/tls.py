"""TLS: the default context, the classes of its errors, and why it may be missing.

This is the only module that imports `ssl`. A Python without it can still use http: then the tuples
of error classes are empty, and `MISSING` holds the reason.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

# Why this Python has no TLS, or None.
MISSING: str | None = None
TLS_ERRORS: tuple[type[OSError], ...] = ()
TLS_UNTRUSTED = TLS_ENDED = TLS_WOULD_BLOCK = TLS_ERRORS
_IGNORE_TRUNCATION = 0  # a context's flag: take a truncated connection for a complete one
try:
    import ssl
except ModuleNotFoundError:
    MISSING = "this Python was built without the ssl module, so it cannot speak https"
except ImportError as error:  # OpenSSL's library cannot be loaded.
    MISSING = f"the ssl module cannot be loaded, so this Python cannot speak https: {error}"
else:
    TLS_ERRORS = (ssl.SSLError,)
    TLS_UNTRUSTED = (ssl.SSLCertVerificationError,)
    TLS_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    TLS_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
    _IGNORE_TRUNCATION = getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)


def default_context(ca_file: str | None = None) -> SSLContext:
    """Returns a context that verifies servers against the certificates in a file.

    Without a file, it uses SSL_CERT_FILE and SSL_CERT_DIR, or else the system's certificates.
    Raises OSError if TLS cannot be set up, and RuntimeError on Pyodide. Make one context per
    client: reading the certificates takes longer than several requests.
    """
    if MISSING is not None:
        raise OSError(MISSING)
    # Checked above: `ssl` was imported.
    context = ssl.create_default_context(cafile=ca_file)  # pyright: ignore[reportPossiblyUnboundVariable]
    context.set_alpn_protocols(["http/1.1"])
    # Debian 12's Python sets this: a truncated body without a length would look complete.
    context.options &= ~_IGNORE_TRUNCATION
    return context


def context_factory() -> object:
    """Returns the function that makes the default context: that of `ssl`, or its replacement."""
    return ssl.create_default_context  # pyright: ignore[reportPossiblyUnboundVariable]


def is_standard_context(context: SSLContext) -> bool:
    """Returns whether this is Python's own class, and not a subclass or a replacement."""
    # The caller has a context, so `ssl` was imported.
    return type(context) is ssl.SSLContext  # pyright: ignore[reportPossiblyUnboundVariable]
