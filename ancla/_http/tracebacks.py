"""What tracebacks tell: our own errors from those of code that interrupted us, and no secrets.

A signal handler or an audit hook can run at any line, also while we wait for the network. What it
raises must reach the user unchanged, even if it is a TimeoutError or an OSError.

Error trackers show the local variables of a traceback. Everything that users call hides ours:
each public method of the client, and `main` (see `hides_locals`).
"""

from __future__ import annotations

import os
import sys
from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = __name__.rpartition("._http.")[0]


def hides_locals(function: F) -> F:
    """Decorates a function. Its errors keep their tracebacks, but without our local variables."""

    @wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs  # This frame is still running.
            clear_locals(error)
            raise

    # It has the same signature.
    return call  # type: ignore[return-value]  # ty: ignore[invalid-explicit-return]


def hide_locals_of(kind: type, *names: str) -> None:
    """Decorates these methods of a class, or else the constructor and all public methods."""
    public = [
        name
        for name, method in vars(kind).items()
        if callable(method) and (name == "__init__" or name[0] != "_")
    ]
    for name in names or public:
        setattr(kind, name, hides_locals(vars(kind)[name]))


def clear_locals(error: BaseException) -> None:
    """Clears our local variables in the traceback of an error and of those behind it.

    Those of the standard library too, where we called it. Frames of others stay as they are, for
    example those of the user's `on_update`. So do frames that are still running.

    ANCLA_KEEP_LOCALS in the environment turns this off, for debugging the package itself.
    """
    if os.environ.get("ANCLA_KEEP_LOCALS"):
        return
    waiting: list[BaseException | None] = [error]
    seen = set()
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        waiting += link.__cause__, link.__context__
        is_ours = False
        trace = link.__traceback__
        while trace is not None:
            module = f"{trace.tb_frame.f_globals.get('__name__')}."
            if module.startswith(f"{_PACKAGE}."):
                is_ours = True
            elif module.partition(".")[0] not in sys.stdlib_module_names:
                is_ours = False
            if is_ours:
                try:  # noqa: SIM105  # After a RecursionError, `suppress` may not be callable.
                    trace.tb_frame.clear()
                except RuntimeError:  # It is still running.
                    pass
            trace = trace.tb_next


def was_raised_by(error: Exception, *called: object) -> bool:
    """Returns whether one of these functions or classes raised the error itself.

    Otherwise it was raised by a signal handler or an audit hook that ran during the call. Its
    TimeoutError or OSError is not ours to handle.

    The traceback shows which it is. All its frames must belong to this folder, to the standard
    library's modules for sockets, or to a package that defines one of `called`. So a library may
    replace `called` with functions and classes of its own.
    """
    this_folder = __name__.rpartition(".")[0]
    trusted = {
        "socket",
        "ssl",
        "_ssl",
        "encodings",
        *(str(function.__module__).partition(".")[0] for function in called),
    }
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.rpartition(".")[0] != this_folder and module.partition(".")[0] not in trusted:
            return False
        trace = trace.tb_next
    return True
