"""When a run has to be over, and how much of its time is kept for its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")

#: Of all time, what the end may take away from the loop.
SHARE = 0.25
#: Seconds after which it is asked again how long the end takes.
_GLANCE = 1.0


class Deadline:
    """Counts from when it is made. Without a number of seconds it never comes."""

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds
        self._seconds = seconds

    def before(self, end: float) -> float | None:
        """Seconds from now for what comes before the end, which takes about ``end`` seconds; None for any number."""
        if self._end is None or self._seconds is None:
            return None
        return max(0.0, self._end - min(end, SHARE * self._seconds) - self._clock())

    async def until(self, work: Awaitable[_T], end: Callable[[], float] = lambda: 0.0) -> _T:
        """What comes of the work. Raises TimeoutError where only the end's seconds, as they are by then, are left before.

        The work is cancelled then, and waited for.
        """
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                left = self.before(end())
                if left == 0.0:
                    raise TimeoutError
                await asyncio.wait([task], timeout=None if left is None else min(left, _GLANCE))
            return task.result()
        finally:
            task.cancel()
            await asyncio.wait([task])
