# TestTotal::test_three shop.basket:total
import pytest
from shop.basket import total

ONE = 1

class TestTotal:
    start = 1

    @pytest.fixture
    def prices(self):
        return [self.start, 2]

    # Three of them.
    @pytest.mark.parametrize("third", [3, 4])
    def test_three(self, prices, third):
        assert total([*prices, third, ONE]) == 4 + third
