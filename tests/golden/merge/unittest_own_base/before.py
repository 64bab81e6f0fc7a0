import unittest

from shop.basket import total


class Case(unittest.TestCase):
    def setUp(self):
        self.prices = [1, 2]


class Totals(Case):
    def test_two(self):
        self.assertEqual(total(self.prices), 3)
