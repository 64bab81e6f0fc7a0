import unittest

from shop.basket import total


class Case(unittest.TestCase):
    def setUp(self):
        self.prices = [1, 2]


THREE = [1, 2, 3]


class Totals(Case):
    def test_two(self):
        self.assertEqual(total(self.prices), 3)

    # aigen: shop.basket:total
    def test_three(self):
        self.assertEqual(total(THREE), 6)
