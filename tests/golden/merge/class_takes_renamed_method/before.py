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


class TestOther:
    def test_nothing(self):
        pass
