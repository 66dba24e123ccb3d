"""Tells our own network errors from those of code that interrupted us.

A signal handler or an audit hook can run at any line, also while we wait for the network. What it
raises must reach the user unchanged, even if it is a TimeoutError or an OSError.
"""

from __future__ import annotations


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
