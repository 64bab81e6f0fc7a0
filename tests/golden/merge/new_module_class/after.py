import pytest

from shop.basket import total


class TestTotal:
    # aigen: shop.basket:total
    @pytest.mark.parametrize("prices", [[], ()])
    def test_empty(self, prices):
        assert total(prices) == 0
