"""What the transport raises: one attempt that brought no whole answer."""

from __future__ import annotations

from socket import gaierror

try:
    from ssl import SSLError
except ImportError:  # some Pythons are built without it; http works there
    _NEVER_A_HANDLER_S: tuple[type[Exception], ...] = (UnicodeError, gaierror)
else:
    _NEVER_A_HANDLER_S = (UnicodeError, gaierror, SSLError)


class AttemptFailed(Exception):
    """One attempt failed below HTTP; the original error, if there is one, is the `__cause__`.

    maybe_processed: the server may have seen the request, so only a harmless one is sent again
    permanent:       another attempt would fail in the same way (a certificate, a size limit)
    timed_out:       the attempt's deadline passed
    """

    def __init__(
        self,
        reason: str,
        *,
        maybe_processed: bool = True,
        permanent: bool = False,
        timed_out: bool = False,
    ) -> None:
        self.reason = reason
        self.maybe_processed = maybe_processed
        self.permanent = permanent
        self.timed_out = timed_out

    def __str__(self) -> str:
        return self.reason


def is_of_system(error: Exception, *called: object) -> bool:
    """Whether what was called raised an error, and not what may run at any point in between: a
    signal handler or an audit hook, whose TimeoutError or OSError is not ours to handle.

    The frames tell: those of this folder, of the standard library, and of the packages of `called`,
    the classes and functions in use, since others may have taken their place.
    """
    if isinstance(error, _NEVER_A_HANDLER_S):
        return True
    own = __name__.rpartition(".")[0]
    trusted = {"socket", "ssl", *(str(it.__module__).partition(".")[0] for it in called)}
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.rpartition(".")[0] != own and module.partition(".")[0] not in trusted:
            return False
        trace = trace.tb_next
    return True
