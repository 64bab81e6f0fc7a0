# TotalCase::test_three shop.basket:total
import unittest
from shop.basket import total

class TotalCase(unittest.TestCase):
    def test_three(self):
        self.assertEqual(total([1, 2, 3]), 6)
