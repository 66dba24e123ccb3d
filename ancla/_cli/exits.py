"""Converts errors, broken streams and Ctrl-C to exit statuses, for every command of the package."""

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
INTERRUPTED = 130  # As shells report SIGINT, and READER_GONE for SIGPIPE.
READER_GONE = 141
_WRITE_ERRORS = (errno.EBADF, errno.EFBIG, errno.EIO, errno.ENOSPC)


def run_command(run: Callable[[], int]) -> int:
    """Calls `run` and returns its exit status. Prints an error as one line."""
    with _usable_streams():
        try:
            status = run()
            sys.stdout.flush()
            return status
        except KeyboardInterrupt:
            return fail(INTERRUPTED, "interrupted")
        except ImportError as error:
            return fail_to_import(error)
        except AnclaError as error:  # Before OSError: a timeout is both.
            return fail(REFUSED, str(error))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                return READER_GONE
            prefix = "cannot write the output: " if error.errno in _WRITE_ERRORS else ""
            return fail(REFUSED, f"{prefix}{error.strerror or error}")
        finally:
            for stream in filter(_is_broken, (sys.stdout, sys.stderr)):
                # Otherwise the interpreter flushes it again, and exits with its own status.
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def fail(status: int, reason: str) -> int:
    with suppress(OSError):  # Standard error is broken, too.
        print(styled("error:", "red", sys.stderr), one_line(reason), file=sys.stderr, flush=True)
    return status


def fail_to_import(error: ImportError) -> int:
    reason = str(error) or "a module of this Python cannot be imported"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = "the package python3 has it, python3-minimal does not"
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
    # A stream that the shell closed, as in `2>&-`, is None. Its replacement stays open.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # Read it like a file: the locale's encoding may accept invalid bytes, or misread others.
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
