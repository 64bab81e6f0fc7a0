import asyncio
import unittest

from shop.basket import total


async def later(prices):
    await asyncio.sleep(0)
    return total(prices)


class TestTotal(unittest.IsolatedAsyncioTestCase):
    async def test_two(self):
        await asyncio.sleep(0)
        self.assertEqual(total([1, 2]), 3)

    # aigen: shop.basket:total
    async def test_total_later(self):
        self.assertEqual(await later([1, 2, 3]), 6)
