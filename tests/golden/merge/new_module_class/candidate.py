# TestTotal::test_empty shop.basket:total
import pytest
from shop.basket import total

class TestTotal:
    @pytest.mark.parametrize("prices", [[], ()])
    def test_empty(self, prices):
        assert total(prices) == 0
