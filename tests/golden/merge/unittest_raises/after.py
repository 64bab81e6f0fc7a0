import re
import unittest
import warnings

import pytest

from shop.basket import cheapest, total


class TestTotal(unittest.TestCase):
    def test_two(self):
        self.assertEqual(total([1, 2]), 3)

    # aigen: shop.basket:total
    def test_raises(self):
        with self.assertRaises(TypeError):
            total(3)
        with self.assertRaisesRegex(TypeError, "not iterable"):
            total(3)
        with self.assertRaisesRegex(TypeError, re.escape("'int' object")) as caught:
            total(3)
        self.assertIn("iterable", str(caught.exception))
        with pytest.raises((TypeError, ValueError)) as info:
            total(3)
        self.assertIs(info.type, TypeError)
        self.assertTrue(info.match("iterable"))
        with self.assertWarns(UserWarning):
            warnings.warn("old")
        with self.assertWarnsRegex(UserWarning, "ol"):
            warnings.warn("old")
        with pytest.warns(UserWarning) as record:
            warnings.warn("old")
        self.assertEqual(len(record), 1)
        pytest.raises(TypeError, total, 3)


class TestCheapest(unittest.TestCase):
    def test_two(self):
        self.assertEqual(cheapest([1, 2]), 1)
