import asyncio
import unittest

from shop.basket import total


class TestTotal(unittest.IsolatedAsyncioTestCase):
    async def test_two(self):
        await asyncio.sleep(0)
        self.assertEqual(total([1, 2]), 3)
