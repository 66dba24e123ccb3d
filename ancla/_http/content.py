"""The one content coding that is understood: a single layer of gzip."""

from __future__ import annotations

from .failure import AttemptFailed
from .response import Response, too_large

try:
    import zlib
except ImportError:  # some Pythons are built without it
    CAN_GUNZIP = False
else:
    CAN_GUNZIP = True

_READ_SIZE = 64 * 1024
_MOST_MEMBERS = 1024  # each costs time, even one with nothing in it
_GZIP = 31  # for zlib: a gzip head, and the largest window


def decode_content(response: Response, most_body_bytes: int) -> None:
    """Replaces a gzip body by what is in it, under the same limit as the body itself.

    The status of an error or a redirect counts even when its body cannot be decoded: the body is
    empty then.
    """
    coding = (response.header("content-encoding") or "identity").lower()
    if coding == "identity" or not response.body:
        return
    try:
        if coding not in ("gzip", "x-gzip"):
            raise AttemptFailed("the answer's Content-Encoding is not supported", permanent=True)
        response.body = _gunzip(response.body, most_body_bytes)
    except AttemptFailed:
        if response.status < 300:
            raise
        response.body = b""


def _gunzip(body: bytes, most: int) -> bytes:
    if not CAN_GUNZIP:
        raise AttemptFailed(
            "the answer is compressed, and this Python was built without the zlib module",
            permanent=True,
        )
    plain = bytearray()
    position = 0
    for _ in range(_MOST_MEMBERS):
        # It is there, as we can gunzip.
        member = zlib.decompressobj(_GZIP)  # pyright: ignore[reportPossiblyUnboundVariable]
        while not member.eof:
            piece = body[position : position + _READ_SIZE]
            if not piece:
                raise AttemptFailed("the answer's gzip stream ends too early")
            position += len(piece)
            try:
                plain += member.decompress(piece, most + 1 - len(plain))
            except zlib.error as error:  # pyright: ignore[reportPossiblyUnboundVariable]
                raise AttemptFailed(f"the answer's gzip stream is broken: {error}") from error
            if len(plain) > most:
                raise too_large(most)
        position -= len(member.unused_data)
        if position == len(body):
            return bytes(plain)
    raise AttemptFailed(
        f"the answer's gzip stream has more than {_MOST_MEMBERS} members", permanent=True
    )
