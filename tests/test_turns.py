"""Whose turn it is, and what is done at a time, where all of it is ended in the middle."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pytest_aigen.abreast import all_of
from pytest_aigen.data import Coverage, Gap, Target
from pytest_aigen.turns import Turns

PATH = Path("/p/shop.py")
NOTHING = Coverage({})


def test_what_is_cancelled_is_cancelled_once() -> None:
    """A second time would interrupt what it does to end."""
    said: list[str] = []

    async def work(name: str, takes: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            for _ in range(takes):
                await asyncio.sleep(0)
            said.append(name)

    async def cancelled() -> None:
        both = asyncio.ensure_future(all_of([work("a", 2), work("b", 20)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        both.cancel()
        await both

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert said == ["a", "b"]


def test_where_one_raises_the_others_end_first() -> None:
    said: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            said.append("ended")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(all_of([waits(), fails(), waits()]))
    assert said == ["ended", "ended"]
    assert asyncio.run(all_of([])) == []


def test_a_turn_that_is_cancelled_holds_nobody_up() -> None:
    first, second, third = (
        Target(Gap(PATH, name, 1, 9, frozenset({1})), "shop", Path("/p/test_shop.py")) for name in "abc"
    )

    async def run() -> None:
        turns = Turns([first, second, third], NOTHING)
        ending = asyncio.ensure_future(turns.end(second, NOTHING))
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.wait([ending])
        await turns.end(first, NOTHING)
        await asyncio.wait_for(turns.end(third, NOTHING), 30)

    asyncio.run(run())
