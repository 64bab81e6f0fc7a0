import unittest

from shop.basket import total


class TestTotal(unittest.TestCase):
    def setUp(self):
        self.prices = [1, 2]

    def test_two(self):
        self.assertEqual(total(self.prices), 3)

    # aigen: shop.basket:total
    def test_three(self):
        self.assertEqual(total(self.prices + [3]), 6)


if __name__ == "__main__":
    unittest.main()
