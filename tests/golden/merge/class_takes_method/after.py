import pytest

from shop.basket import total


ONE = 1


class TestTotal:
    """Sums."""

    start = 1

    @pytest.fixture
    def prices(self):
        return [self.start, 2]

    def test_two(self, prices):
        assert total(prices) == 3
        # and no more

    # Three of them.
    # aigen: shop.basket:total
    @pytest.mark.parametrize("third", [3, 4])
    def test_three(self, prices, third):
        assert total([*prices, third, ONE]) == 4 + third


class TestOther:
    def test_nothing(self):
        pass
