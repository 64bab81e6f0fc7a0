"""Calls of a coroutine function that are under way are shared."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from .clock import Clock


class Closed(RuntimeError):
    """Raised where a closed cache is called."""


class Flights:
    """Shares calls with equal keys, and keeps what they return for some seconds."""

    def __init__(self, clock: Clock, *, keep: float = 0.0) -> None:
        self._clock = clock
        self._keep = keep
        self._tasks: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}
        self._closed = False

    async def call(self, key: Hashable, function: Callable[[], Awaitable[Any]]) -> Any:
        """What the function returns, or returned a short while ago."""
        if self._closed:
            raise Closed(key)
        self._forget()
        if key in self._tasks:
            _, task = self._tasks[key]
        else:
            task = asyncio.ensure_future(function())
            self._tasks[key] = (self._clock.now(), task)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                self._tasks.pop(key, None)
            raise

    def _forget(self) -> None:
        until = self._clock.now() - self._keep
        for key, (began, task) in list(self._tasks.items()):
            if task.done() and began <= until:
                del self._tasks[key]

    async def close(self) -> None:
        self._closed = True
        for _, task in self._tasks.values():
            task.cancel()
