import asyncio
import unittest

import pytest

from shop.basket import total


class TestTotal(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)


async def later(prices):
    await asyncio.sleep(0)
    return total(prices)


# aigen: shop.basket:total
@pytest.mark.asyncio
async def test_total_later():
    assert await later([1, 2, 3]) == 6
