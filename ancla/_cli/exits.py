"""What closed streams, broken ones and Ctrl-C mean, for every command of the package."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager, suppress

from .._api.progress import one_line, styled
from ..exceptions import AnclaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TextIO

REFUSED = 1
INTERRUPTED = 130  # as shells report the signals SIGINT and SIGPIPE
READER_GONE = 141
_WRITE_ERRORS = (errno.EBADF, errno.EFBIG, errno.EIO, errno.ENOSPC)


def run_command(run: Callable[[], int]) -> int:
    """The exit status of `run`, or of what ended it, which is told in one line."""
    with _usable_streams():
        try:
            status = run()
            sys.stdout.flush()
            return status
        except KeyboardInterrupt:
            return fail(INTERRUPTED, "interrupted")
        except ImportError as error:
            return fail_to_import(error)
        except AnclaError as error:  # before OSError, which a timeout is too
            return fail(REFUSED, str(error))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                return READER_GONE
            what = "cannot write the output: " if error.errno in _WRITE_ERRORS else ""
            return fail(REFUSED, f"{what}{error.strerror or error}")
        finally:
            for stream in filter(_is_broken, (sys.stdout, sys.stderr)):
                # Or the interpreter would try once more, and end with a status of its own.
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def fail(status: int, reason: str) -> int:
    with suppress(OSError):  # then nobody is left to tell
        print(styled("error:", "red", sys.stderr), one_line(reason), file=sys.stderr, flush=True)
    return status


def fail_to_import(error: ImportError) -> int:
    reason = str(error) or "a module of this Python cannot be imported"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = "the package python3 has it, python3-minimal has not"
        reason = f"this Python has no module {error.name!r} ({package})"
    return fail(REFUSED, reason)


def _is_broken(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return True
    return False


@contextmanager
def _usable_streams() -> Generator[None]:
    # A stream that was closed by the shell, as in `2>&-`, is None. The one in its place stays open.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # Read as files are: a locale would let bytes through that are no text, or take them for others.
    if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")
    outputs = [it for it in (sys.stdout, sys.stderr) if isinstance(it, io.TextIOWrapper)]
    before = [stream.errors for stream in outputs]
    for stream in outputs:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in zip(outputs, before):
            with suppress(OSError):
                stream.reconfigure(errors=errors)
