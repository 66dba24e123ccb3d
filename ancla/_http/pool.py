"""The idle connections of one client, kept for its next requests.

A request takes a connection from the pool, or opens one. When it has read the response to its end,
it puts the connection into the pool. The last one in is the first one out: busy connections stay
open, and surplus ones expire.

There is no lock. A signal handler or a finalizer may run at any line, and would wait forever for a
lock that the interrupted code holds. Instead each step is atomic, and the next step expects that
other threads, handlers or finalizers ran in between.

A forked child must not use the sockets of its parent. So each process has a stack of its own, found
by its process ID and the number of forks before it.
"""

from __future__ import annotations

import os
from collections import deque
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Connection

# The number of forks between this process and the one that imported the package. The process ID is
# not enough: with PID namespaces, both a parent and its child can have the ID 1.
_forks = 0


def _count_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


def this_process() -> tuple[int, int]:
    """Returns what identifies this process among its parents and children."""
    return os.getpid(), _forks


class ConnectionPool:
    """Idle connections, all to the same server. Safe to share between threads."""

    def __init__(self, max_idle: int = 64, max_idle_seconds: float = 60.0) -> None:
        """Keeps at most `max_idle` connections, each for at most `max_idle_seconds`.

        Age is checked when a connection is taken or given. No timer closes an idle one.
        """
        self._max_idle = max_idle
        self._max_idle_seconds = max_idle_seconds
        self._closed = False
        self._stacks: dict[tuple[int, int], deque[Connection]] = {}  # One for each process.

    def stack(self) -> deque[Connection]:
        """Returns this process's idle connections, for `take` and `give`.

        The first call after a fork closes the child's copies of the parent's sockets. The parent's
        own sockets stay open.
        """
        process = this_process()
        stack = self._stacks.get(process)
        if stack is None:
            stack = self._stacks.setdefault(process, deque())
            for other in list(self._stacks):
                if other != process:
                    self._close_stack(other)
        return stack

    def take(self, stack: deque[Connection], held: list[Connection]) -> bool:
        """Moves a live idle connection into `held`. Returns False if there is none.

        It is moved into a list, and not returned, so that after Ctrl-C the caller finds it in
        `held` and closes it. If Ctrl-C comes between the pop and the append, nothing refers to the
        connection any more, and its socket is closed with it.
        """
        while stack:
            try:
                held.append(stack.pop())
            except IndexError:  # Another thread took the last one.
                break
            age = monotonic() - held[-1].idle_since
            if age < self._max_idle_seconds and held[-1].is_alive():
                return True
            held[-1].close()
            del held[-1]
        return False

    def give(self, stack: deque[Connection], held: list[Connection]) -> None:
        """Moves the last connection of `held` into the pool. Its response was read to the end.

        `stack` is the one that it came from: a process forked meanwhile does not reuse it.
        """
        held[-1].idle_since = now = monotonic()
        stack.append(held.pop())
        try:
            # Check `_closed` too: a close() just before the append did not see this connection.
            while (
                self._closed
                or len(stack) > self._max_idle
                or now - stack[0].idle_since > self._max_idle_seconds
            ):
                stack.popleft().close()
        except IndexError:  # It is empty: the pool is closed, or another thread was faster.
            pass

    def close(self) -> None:
        """Closes the idle connections now, and those in use when they are given back."""
        self._closed = True
        for process in list(self._stacks):
            self._close_stack(process)

    def __del__(self) -> None:
        if "_stacks" in vars(self):  # Missing if Ctrl-C interrupted __init__.
            self.close()

    def _close_stack(self, process: tuple[int, int]) -> None:
        stack = self._stacks.pop(process, None)
        try:
            while stack:
                stack.pop().close()
        except IndexError:  # Another thread took the last one.
            pass
