"""Idle connections of one client, which all lead to the same place, kept for the next request."""

from __future__ import annotations

import os
from collections import deque
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Connection


class ConnectionPool:
    """Last in, first out, so that busy connections stay warm and the others grow old.

    Safe to share between threads; a forked child starts with an empty pool of its own. There is no
    lock, for which a signal handler or a finalizer that comes in between would wait without end:
    each step is atomic, and the next one takes into account that others may have come before it.
    """

    # The stack of each process. Of a pool whose making was interrupted, which is finalized too.
    _stacks: dict[int, deque[Connection]] = {}

    def __init__(self, most_idle: int = 64, longest_idle: float = 60.0) -> None:
        """Keeps at most `most_idle` connections, each for at most `longest_idle` seconds."""
        self._most_idle = most_idle
        self._longest_idle = longest_idle
        self._closed = False
        self._stacks = {}

    def take(self, held: list[Connection]) -> bool:
        """Moves a live idle connection, now the caller's alone, to the list; False if there is none.

        A list, so that Ctrl-C at any line finds a connection in one of both places.
        """
        stack = self._stack()
        while stack:
            try:
                held.append(stack.pop())
            except IndexError:  # the last one was taken meanwhile
                break
            if monotonic() - held[-1].idle_since < self._longest_idle and held[-1].is_alive():
                return True
            held[-1].close()
            del held[-1]
        return False

    def give(self, held: list[Connection]) -> None:
        """Takes over the last of the list, a connection whose response was read to its end."""
        stack = self._stack()
        held[-1].idle_since = now = monotonic()
        stack.append(held.pop())
        try:
            # A close() that came before the connection did not see it.
            while (
                self._closed
                or len(stack) > self._most_idle
                or now - stack[0].idle_since > self._longest_idle
            ):
                stack.popleft().close()
        except IndexError:  # the last one was taken meanwhile
            pass

    def close(self) -> None:
        """Closes every idle connection; those in use follow when they are given back."""
        self._closed = True
        for process in list(self._stacks):
            self._close_stack(process)

    __del__ = close

    def _stack(self) -> deque[Connection]:
        """This process's idle connections.

        After a fork, all others are the parent's, and only closed on this side.
        """
        process = os.getpid()
        stack = self._stacks.get(process)
        if stack is None:
            stack = self._stacks.setdefault(process, deque())
            for other in list(self._stacks):
                if other != process:
                    self._close_stack(other)
        return stack

    def _close_stack(self, process: int) -> None:
        stack = self._stacks.pop(process, None)
        try:
            while stack:
                stack.pop().close()
        except IndexError:  # the last one was taken meanwhile
            pass
