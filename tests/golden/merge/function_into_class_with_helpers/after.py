import pytest

from shop.basket import Basket, cheapest, total


THREE = [1, 2, 3]


@pytest.fixture
def three():
    return THREE


class TestTotal:
    def test_two(self):
        assert total([1, 2]) == 3

    def test_none(self):
        assert total([]) == 0

    # aigen: shop.basket:total
    def test_three(self, three):
        assert total(three) == 6


class TestCheapest:
    def test_two(self):
        assert cheapest([1, 2]) == 1
