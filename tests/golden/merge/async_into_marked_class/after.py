import asyncio

import pytest

from shop.basket import total


async def later(prices):
    await asyncio.sleep(0)
    return total(prices)


@pytest.mark.asyncio
class TestTotal:
    async def test_two(self):
        assert total([1, 2]) == 3

    # aigen: shop.basket:total
    async def test_total_later(self):
        assert await later([1, 2, 3]) == 6
