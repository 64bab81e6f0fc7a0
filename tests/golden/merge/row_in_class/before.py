import pytest

from shop.basket import total


class TestTotal:
    @pytest.mark.parametrize("prices, expected", [
        ([1, 2], 3),
        ([], 0)])
    def test_total(self, prices, expected, tmp_path):
        assert tmp_path
        assert total(prices) == expected
