# TestTotal::test_three shop.basket:total
import unittest
from shop.basket import total

class TestTotal(unittest.TestCase):
    def setUp(self):
        self.prices = [1, 2]

    def test_three(self):
        self.assertEqual(total(self.prices + [3]), 6)
