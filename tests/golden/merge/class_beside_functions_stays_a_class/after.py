import unittest

from shop.basket import total


def test_two():
    assert total([1, 2]) == 3


class TotalCase(unittest.TestCase):
    # aigen: shop.basket:total
    def test_three(self):
        self.assertEqual(total([1, 2, 3]), 6)
