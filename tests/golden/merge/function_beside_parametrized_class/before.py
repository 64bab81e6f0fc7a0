import pytest

from shop.basket import total


@pytest.mark.parametrize("number", [1, 2])
class TestTotal:
    def test_one(self, number):
        assert total([number]) == number
