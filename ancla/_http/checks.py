"""What all rooms above share: rules for arguments and texts, each in one place, and the clock."""

from __future__ import annotations

import re
import time
from _thread import allocate_lock
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeGuard, TypeVar

    Checked = TypeVar("Checked")

# Of ASCII: what a header may hold, and what a URL or a key may.
is_printable_ascii = re.compile(r"[\t\x20-\x7e]*").fullmatch
is_visible_ascii = re.compile(r"[\x21-\x7e]*").fullmatch

_SLEEP_STEP = 0.5  # seconds


class Secret:
    """Carries a value that tracebacks must not show, also those that show local variables."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def reveal(value: Any) -> Any:
    """What a Secret carries, or the value itself."""
    return value.value if isinstance(value, Secret) else value


def checked(check: Callable[[Any], Checked], secret: Secret) -> Checked:
    """Returns what the check makes of a secret.

    Raises its ValueError anew: the frames of the first one hold the secret.
    """
    try:
        return check(secret.value)
    except ValueError as error:
        fault = str(error)
    raise ValueError(fault)


def checked_text(name: str, value: object) -> str:
    """The argument as a plain string; ValueError if it is none."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    return str.__str__(value)  # a member of an enum would be formatted as its name


def is_whole(value: object, least: float = float("-inf")) -> TypeGuard[int]:
    """Whether it is a whole number, at least `least`; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def whole_number(name: str, value: object, least: int) -> int:
    """The argument as it is; ValueError if it is no whole number, or less than `least`."""
    if not is_whole(value, least):
        raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")
    return value


def function_or_none(name: str, value: object) -> None:
    """Finds out before anything is sent, and not when it is to be called."""
    if value is not None and not callable(value):
        raise ValueError(f"{name} must be a function or None, not {type(value).__name__}")


def without_controls(text: str, instead: str) -> str:
    """A text that can neither forge a line nor steer a terminal."""
    return "".join(char if char.isprintable() else instead for char in text)


def is_of_system(error: Exception, *called: object) -> bool:
    """Whether what was called raised an error, and not what may run at any point in between: a
    signal handler or an audit hook, whose TimeoutError or OSError is not ours to handle.

    The frames tell: those of this folder, of the standard library, and of the packages of `called`,
    the classes and functions in use, since others may have taken their place.
    """
    own = __name__.rpartition(".")[0]
    trusted = {
        "socket",
        "ssl",
        "_ssl",
        "encodings",
        *(str(it.__module__).partition(".")[0] for it in called),
    }
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__"))
        if module.rpartition(".")[0] != own and module.partition(".")[0] not in trusted:
            return False
        trace = trace.tb_next
    return True


class Clock:
    """How one client sleeps: between the attempts of a request, and between polls.

    `end` wakes every thread that sleeps here. Later sleeps take no time, and nothing more is sent.
    """

    __slots__ = ("_gate", "ended", "monotonic", "sleep")

    def __init__(
        self,
        sleep: Callable[[float], object] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._gate = _Gate()
        self.ended = False
        self.sleep = sleep or self._gate.wait
        # Looked up late, as the tests of users replace it in `time`.
        self.monotonic = monotonic or (lambda: time.monotonic())

    def end(self) -> None:
        """Ends all sleeps, now and later; safe in another thread and in a signal handler."""
        self.ended = True
        self._gate.open()


class _Gate:
    """Where threads wait until it is opened, once and for all.

    No threading.Event: that one waits for a lock of its own in `set`, for which a signal handler
    would wait without end if it interrupted the thread that holds it.
    """

    __slots__ = ("_lock", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self._lock = allocate_lock()  # held until the gate is opened
        self._lock.acquire()

    def open(self) -> None:
        self.is_open = True
        with suppress(RuntimeError):  # it is open already
            self._lock.release()

    def wait(self, seconds: float) -> None:
        if getattr(time.sleep, "__self__", None) is not time:  # by gevent, or by a user's test
            time.sleep(0 if self.is_open else seconds)
            return
        # Counted down, and not by the clock: tests of users replace time.monotonic alone.
        while seconds > 0 and not self.is_open:
            # In steps, since Ctrl-C does not interrupt the wait for a lock on Windows.
            if self._lock.acquire(timeout=min(seconds, _SLEEP_STEP)):
                self._lock.release()  # for the next thread that waits
            seconds -= _SLEEP_STEP
