import pytest

from shop.basket import total


class TestTotal:
    """Sums."""

    start = 1

    @pytest.fixture
    def prices(self):
        return [self.start, 2]

    def test_two(self, prices):
        assert total(prices) == 3
        # and no more


class TestTotal_2:
    start = 2

    # aigen: shop.basket:total
    def test_three(self):
        assert total([self.start, 1]) == 3


class TestOther:
    def test_nothing(self):
        pass
