import pytest

from shop.basket import Basket, cheapest, total


class TestTotal:
    def test_two(self):
        assert total([1, 2]) == 3

    def test_none(self):
        assert total([]) == 0

    # Three of them.
    # aigen: shop.basket:total
    @pytest.mark.parametrize("third", [3, 4])
    def test_three(self, third, tmp_path):
        # a comment
        text = """
  left alone
"""
        assert total([1, 2, third]) == 3 + third, text


class TestCheapest:
    def test_two(self):
        assert cheapest([1, 2]) == 1
