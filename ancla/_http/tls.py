"""How the server is verified: the context, what TLS raises, and why there is no TLS if so."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext

# Why there is no TLS, or None. http works without it, and nothing of it is raised then.
MISSING: str | None = None
TLS_ERRORS: tuple[type[OSError], ...] = ()
TLS_UNTRUSTED = TLS_ENDED = TLS_WOULD_BLOCK = TLS_ERRORS
try:
    import ssl
except ModuleNotFoundError:
    MISSING = "this Python was built without the ssl module, so it cannot speak https"
except ImportError as error:  # of the library below it, libssl
    MISSING = f"the ssl module cannot be loaded, so https cannot be spoken: {error}"
else:
    TLS_ERRORS = (ssl.SSLError,)
    TLS_UNTRUSTED = (ssl.SSLCertVerificationError,)
    TLS_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    TLS_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


def default_context(ca_file: str | None = None) -> SSLContext:
    """Returns a context that verifies against the file of certificates.

    Without one it verifies against SSL_CERT_FILE, SSL_CERT_DIR or the system's certificates.
    Raises OSError if TLS cannot be set up, and RuntimeError on Pyodide. Reading the certificates
    takes longer than several calls.
    """
    if MISSING is not None:
        raise OSError(MISSING)
    # It is there, as nothing is missing.
    context = ssl.create_default_context(cafile=ca_file)  # pyright: ignore[reportPossiblyUnboundVariable]
    context.set_alpn_protocols(["http/1.1"])
    # Debian 12's Python sets it. A body without a length that was cut would then look complete.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def context_maker() -> object:
    """Returns what makes the default context: ssl's function, or one that took its place."""
    return ssl.create_default_context  # pyright: ignore[reportPossiblyUnboundVariable]


def is_of_this_python(context: SSLContext) -> bool:
    """Whether it is of Python's own class, not one with ways of its own."""
    # It is there, where a context is.
    return type(context) is ssl.SSLContext  # pyright: ignore[reportPossiblyUnboundVariable]


def why_not_trusted(error: Exception, context: SSLContext) -> str:
    """What a failed verification comes of: the server's certificate, or that there are none here
    to verify it with.
    """
    if not _has_authorities(context):
        return (
            "there are no CA certificates to verify the server with: install them (the package "
            "ca-certificates, say), or name some by SSL_CERT_FILE or ssl_context "
            f"(--ca-file in the command line): {error}"
        )
    is_in_vain = "SSL_CERT_FILE" in os.environ and not _has_loaded(context)
    hint = " (SSL_CERT_FILE names no certificates)" if is_in_vain else ""
    return f"the server's certificate is not trusted: {error}{hint}"


def _has_loaded(context: SSLContext) -> bool:
    return context.cert_store_stats()["x509"] > 0


def _has_authorities(context: SSLContext) -> bool:
    """Whether any is loaded, or in a folder from which they are loaded when they are needed."""
    try:
        if _has_loaded(context):
            return True
        # It is there, where a context is.
        paths = ssl.get_default_verify_paths()  # pyright: ignore[reportPossiblyUnboundVariable]
        folders = os.environ.get(paths.openssl_capath_env, paths.openssl_capath).split(os.pathsep)
        return any(os.listdir(folder) for folder in folders if os.path.isdir(folder))
    except (AttributeError, OSError, NotImplementedError):  # another class, with ways of its own
        return True
