import pytest

from shop.basket import total


@pytest.mark.parametrize("number", [1, 2])
class TestTotal:
    def test_one(self, number):
        assert total([number]) == number


# aigen: shop.basket:total
def test_three():
    assert total([1, 2, 3]) == 6
