import asyncio

import pytest

from shop.basket import total


async def sum_of(prices):
    await asyncio.sleep(0)
    return total(prices)


@pytest.mark.asyncio
async def test_total():
    assert await sum_of([1, 2]) == 3


async def later(prices):
    await asyncio.sleep(0)
    return total(prices)


# aigen: shop.basket:total
def test_total_later():
    asyncio.new_event_loop().close()
    assert asyncio.run(later([1, 2, 3])) == 6
