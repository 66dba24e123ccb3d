"""Limits how many calls of the asyncio client send at once: a call waits in a queue for a slot.

A call has a `Turn`, which takes a slot from `Slots` to begin, and after each wait of its thread.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

_LOOP_CHECK_SECONDS = 0.5


class Slot(Future[None]):
    """A place in the queue for a slot. It is done once it is assigned one.

    start: starts the thread that will release the slot, and returns whether it did; None if the
           thread is running already
    """

    def __init__(self, start: Callable[[], bool] | None = None) -> None:
        super().__init__()
        self.start = start


class Slots:
    """Limits how many calls may send at once. The others wait in a queue, first come, first served.

    A slot always belongs to a thread, which releases it. An event loop might be closed before it
    could. So whoever releases a slot starts the thread of the next call in the queue.

    There is no lock. Between any two lines of this class, the garbage collector may finalize a
    coroutine, which then calls `leave` in the same thread. That call would wait forever for a
    lock that the interrupted code holds. Instead, each step is atomic, and allows for other threads
    or finalizers having run before it.
    """

    def __init__(self, count: int) -> None:
        self._free = deque([None] * count)
        self._waiting: deque[Slot] = deque()
        self._taken: set[Slot] = set()

    def enqueue(self, slot: Slot) -> None:
        """Adds a slot to the queue. Assigns the free ones."""
        self._waiting.append(slot)
        self._assign_slots()

    def leave(self, slot: Slot) -> bool:
        """Removes a slot from the queue. Returns whether its thread will now never be started."""
        if not slot.cancel():
            return False
        with suppress(ValueError):  # It was removed already.
            self._waiting.remove(slot)
        start, slot.start = slot.start, None  # It refers to the call.
        return start is not None

    def release(self, slot: Slot) -> None:
        """Frees a slot, or removes it from the queue.

        May be called twice: by a thread, and by the one that was interrupted while it started it.
        """
        self.leave(slot)
        self._free_slot(slot)
        self._assign_slots()

    def _free_slot(self, slot: Slot) -> None:
        try:
            self._taken.remove(slot)
        except KeyError:
            return
        self._free.append(None)

    def _assign_slots(self) -> None:
        while self._free and self._waiting:
            try:
                self._free.pop()
            except IndexError:  # Another thread took the last one.
                return
            try:
                slot = self._waiting.popleft()
            except IndexError:
                self._free.append(None)
                continue
            self._taken.add(slot)
            has_thread = False
            try:
                if slot.set_running_or_notify_cancel():  # Otherwise it was cancelled.
                    slot.set_result(None)
                    start, slot.start = slot.start, None  # It refers to the call.
                    has_thread = start is None or start()
            finally:
                if not has_thread:
                    self._free_slot(slot)


class Turn:
    """A call's slot, which its thread releases while it sleeps or waits for the event loop."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._slot = Slot()
        self._awaited_future: Future[Any] = self._slot
        self._ended = False
        self.loop: AbstractEventLoop

    def begin(self, loop: AbstractEventLoop, start: Callable[[], bool]) -> None:
        """Calls `start` once there is a slot, unless the call has ended by then."""
        self.loop = loop
        self._slot = Slot(start)
        self._slots.enqueue(self._slot)

    def release(self) -> None:
        self._slots.release(self._slot)

    def without_slot(self, wait: Callable[[T], object], argument: T) -> None:
        """Calls `wait` in the thread, and releases the slot meanwhile."""
        self.release()
        try:
            wait(argument)
        finally:
            self._slot = Slot()
            self._slots.enqueue(self._slot)
            self.wait_for(self._slot)
        if self.loop.is_closed():  # It was closed while the call was still running.
            raise RuntimeError("the event loop is closed")

    def wait_for(self, future: Future[Any]) -> None:
        """Blocks until the future is done. If the call ends first, cancels the future."""
        self._awaited_future = future
        if self._ended:
            future.cancel()
        while not (future.done() or self.loop.is_closed()):  # A closed loop never sets it.
            with suppress(CancelledError, FutureTimeoutError):
                # Unlike result(), this does not raise the error here.
                future.exception(_LOOP_CHECK_SECONDS)

    def end(self) -> bool:
        """Ends all waits of the thread, now and later. Returns whether it will never be started."""
        self._ended = True
        is_queued = self._slots.leave(self._slot)
        self._awaited_future.cancel()
        return is_queued
