import asyncio

import pytest

from shop.basket import total


async def sum_of(prices):
    await asyncio.sleep(0)
    return total(prices)


@pytest.mark.asyncio
async def test_total():
    assert await sum_of([1, 2]) == 3
