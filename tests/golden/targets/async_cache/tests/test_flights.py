import asyncio

import pytest

pytestmark = pytest.mark.asyncio


async def answer():
    await asyncio.sleep(0)
    return 42


async def test_call(flights):
    assert await flights.call("a", answer) == 42
