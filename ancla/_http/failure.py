"""What the transport raises: one attempt that brought no whole answer."""

from __future__ import annotations


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
        super().__init__(reason)
        self.reason = reason
        self.maybe_processed = maybe_processed
        self.permanent = permanent
        self.timed_out = timed_out
