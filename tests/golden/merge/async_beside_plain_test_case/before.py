import asyncio
import unittest

from shop.basket import total


class TestTotal(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)
