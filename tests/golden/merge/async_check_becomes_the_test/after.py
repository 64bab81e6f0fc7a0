import asyncio

import pytest

from shop.basket import total


async def sum_of(prices):
    await asyncio.sleep(0)
    return total(prices)


@pytest.mark.asyncio
async def test_total():
    assert await sum_of([1, 2]) == 3


# aigen: shop.basket:total
@pytest.mark.asyncio
async def test_total_waits():
    await asyncio.sleep(0)
    with pytest.raises(TypeError, match="NoneType"):
        total(None)
