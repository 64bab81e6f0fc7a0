import unittest

from shop.basket import cheapest, total


class TestTotal(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)


class TestCheapest(unittest.TestCase):
    def test_two(self):
        self.assertEqual(cheapest([1, 2]), 1)
