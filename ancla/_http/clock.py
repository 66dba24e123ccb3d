"""How time passes for a client: one place for all that it waits for."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """What the waits of one client use: between attempts, and between looks at the pipeline."""

    __slots__ = ("monotonic", "sleep")

    def __init__(
        self,
        sleep: Callable[[float], object] | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        # Looked up late, as the tests of users replace them in `time`.
        self.sleep = sleep or (lambda seconds: time.sleep(seconds))
        self.monotonic = monotonic or (lambda: time.monotonic())
