import math
import unittest

import pytest

from shop.basket import cheapest, total


class TestTotal(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)

    # aigen: shop.basket:total
    def test_everything(self):
        prices = [1, 2, 3]
        self.assertEqual(total(prices), 6)
        self.assertNotEqual(total(prices), 5)
        self.assertIsNotNone(total(prices))
        self.assertIsNone(None)
        self.assertIs(prices, prices)
        self.assertIsNot(prices, [])
        self.assertIn(1, prices)
        self.assertNotIn(4, prices)
        self.assertTrue(total([]) < 1 and total([]) > -1)
        self.assertLess(total([]), 1)
        self.assertLessEqual(total([]), 0, "nothing")
        self.assertGreater(total([1]), 0)
        self.assertGreaterEqual(total([1]), 1)
        self.assertIsInstance(total([]), int)
        self.assertNotIsInstance(total([]), str)
        self.assertFalse(total([]))
        self.assertTrue(total([1]))
        self.assertTrue(0 < total([1]) < 2)
        self.assertEqual(total([0.1, 0.2]), pytest.approx(0.3))
        self.assertAlmostEqual(total([0.1, 0.2]), 0.3, delta=1e-9)
        self.assertEqual(count := len(prices), 3)
        assert count == 3, f"{count} of them"
        self.assertEqual(total([
            1,  # one
            2,
        ]), 3)
        assert (
            total(prices)
            # six
            == 6
        )
        self.assertEqual(
            total([1000000001, 1000000002, 1000000003, 1000000004]),
            2000000001 + 2000000009,
        )
        self.assertTrue(math.isnan(total([math.nan])))
        for price in prices:
            with open(__file__):
                self.assertIn(price, prices)
        def inner():
            assert total([]) == 0
        inner()


class TestCheapest(unittest.TestCase):
    def test_two(self):
        self.assertEqual(cheapest([1, 2]), 1)
