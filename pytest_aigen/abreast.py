"""Several things at a time, all of them ended when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What comes of each, in their order. Where one raises, the others are cancelled, and have ended when it is raised here.

    As `asyncio.TaskGroup`, which is new in Python 3.11, but with the exception itself in place of a group. Each is cancelled
    once: a second time would interrupt what it does to end.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task in done:
                    task.result()
        return [task.result() for task in tasks]
    finally:
        await ended(tasks)


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel them, and return when they have ended, however they did."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
