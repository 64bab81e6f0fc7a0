# test_total_later shop.basket:total
import asyncio
import pytest
from shop.basket import total

async def later(prices):
    await asyncio.sleep(0)
    return total(prices)

@pytest.mark.asyncio
async def test_total_later():
    assert await later([1, 2, 3]) == 6
