"""Whose turn it is: nothing is asked for that waiting candidates may cover, and what comes of a search is the same each time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pytest_aigen.data import Coverage, Target

#: So many targets of a file are under way at a time.
AHEAD = 6


class Backlog:
    """The candidates that wait for a worker: what they cover need not be asked for."""

    def __init__(self, most: int) -> None:
        self._most, self._waiting = most, 0
        self._less = asyncio.Condition()

    async def until_less(self) -> None:
        """Wait while there are many."""
        async with self._less:
            await self._less.wait_for(lambda: self._waiting <= self._most)

    def grow(self, number: int) -> None:
        self._waiting += number

    async def shrink(self, number: int) -> None:
        """The last ones of a target, that many, wait no more."""
        self._waiting -= number
        async with self._less:
            self._less.notify_all()


class Turns:
    """The targets of one wave in their order, file by file, so that what comes of them does not depend on how fast anything is.

    One is begun with what is covered when the one `AHEAD` places before it is judged, whatever else is by then, and it is
    judged when all those before it are.
    """

    def __init__(self, targets: Sequence[Target], coverage: Coverage) -> None:
        self._places: dict[Target, int] = {}
        #: By file: the coverage at first, and when each target was done.
        self._after: dict[Path, list[Coverage]] = {}
        places: Counter[Path] = Counter()
        for target in targets:
            path = target.gap.path
            self._places[target] = places[path]
            places[path] += 1
            self._after[path] = [coverage]
        #: Set when so many targets of a file are done.
        self._done: dict[tuple[Path, int], asyncio.Event] = {}

    async def begin(self, target: Target) -> Coverage:
        """What to begin with, when that is known."""
        return await self._when(target, max(0, self._places[target] - AHEAD + 1))

    async def judge(self, target: Target) -> None:
        """Wait until it may be judged."""
        await self._when(target, self._places[target])

    async def end(self, target: Target, coverage: Coverage) -> None:
        """It is done, and that is covered now. To be told of every target that was begun.

        Where that is cancelled, those that wait for it go on all the same: they have to end too.
        """
        path = target.gap.path
        try:
            await self.judge(target)
        finally:
            self._after[path].append(coverage)
            self._event(path, len(self._after[path]) - 1).set()

    async def _when(self, target: Target, done: int) -> Coverage:
        path = target.gap.path
        if len(self._after[path]) <= done:
            await self._event(path, done).wait()
        return self._after[path][done]

    def _event(self, path: Path, done: int) -> asyncio.Event:
        return self._done.setdefault((path, done), asyncio.Event())
