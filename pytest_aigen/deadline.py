"""When a run has to be over, and how much of its time is kept for its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")

#: Of all time, what the end may take away from the loop.
SHARE = 0.25


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

    async def until(self, work: Awaitable[_T]) -> _T:
        """What comes of the work. Raises TimeoutError where the time is over before."""
        try:
            return await asyncio.wait_for(work, self.before(0.0))
        except asyncio.TimeoutError as error:  # its own class before Python 3.11
            raise TimeoutError from error
