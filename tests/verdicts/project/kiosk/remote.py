"""Asks a server, and what changes from process to process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any

_numbers = itertools.count(1)


async def stock(client: Any, name: str) -> int:
    """How many there are. Raises ConnectionError when the server does not answer."""
    for _ in range(2):
        answer = await client.get(name)
        if answer is not None:
            return int(answer)
        await asyncio.sleep(0)
    raise ConnectionError(name)


def first_label(labels: Iterable[str]) -> str:
    """One of the labels."""
    unique = set(labels)
    if not unique:
        return ""
    return next(iter(unique))


def next_number() -> int:
    """Counts up for as long as the process lives."""
    return next(_numbers)


def wait_for(ready: Any) -> None:
    """Until it is ready."""
    while not ready():
        pass


def leave(code: int) -> None:
    """End the program."""
    raise SystemExit(code)
