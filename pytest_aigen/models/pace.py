"""How many requests are in flight: half as many after a rate limit, one more for each round of replies without one.

Additive increase and multiplicative decrease, as TCP does it (Chiu and Jain, 1989).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Pace:
    """Lets requests through. For one event loop at a time."""

    def __init__(
        self, most: int, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._most, self._clock, self._sleep = most, clock, sleep
        #: Requests that may be in flight.
        self.limit = float(most)
        #: Nobody asks before this moment: a rate limit holds for all requests.
        self.not_before = clock()
        self._in_flight = 0
        self._era = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def enter(self) -> int:
        """Wait for a turn; the number to give to `limited`. Each turn ends with `leave`."""
        while True:
            if (pause := self.not_before - self._clock()) > 0:
                await self._sleep(pause)
            elif self._in_flight >= int(self.limit):
                turn = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                await turn
            else:
                self._in_flight += 1
                return self._era

    def leave(self) -> None:
        self._in_flight -= 1
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def went_well(self) -> None:
        self.limit = min(self._most, self.limit + 1 / self.limit)

    def limited(self, era: int, pause: float) -> None:
        """A rate limit: all wait, and fewer go on; of requests that were in flight together only one counts."""
        self.not_before = max(self.not_before, self._clock() + pause)
        if era == self._era:
            self._era += 1
            self.limit = max(1.0, self.limit / 2)
