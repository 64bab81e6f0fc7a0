# test_everything shop.basket:total
import math
import pytest
from shop.basket import Basket, total

def test_everything():
    prices = [1, 2, 3]
    assert total(prices) == 6
    assert total(prices) != 5
    assert total(prices) is not None
    assert None is None
    assert prices is prices
    assert prices is not []
    assert 1 in prices
    assert 4 not in prices
    assert total([]) < 1 and total([]) > -1
    assert total([]) < 1
    assert total([]) <= 0, "nothing"
    assert total([1]) > 0
    assert total([1]) >= 1
    assert isinstance(total([]), int)
    assert not isinstance(total([]), str)
    assert not total([])
    assert total([1])
    assert 0 < total([1]) < 2
    assert total([0.1, 0.2]) == pytest.approx(0.3)
    assert total([0.1, 0.2]) == pytest.approx(0.3, abs=1e-9)
    assert (count := len(prices)) == 3
    assert count == 3, f"{count} of them"
    assert total([
        1,  # one
        2,
    ]) == 3
    assert (
        total(prices)
        # six
        == 6
    )
    assert total([1000000001, 1000000002, 1000000003, 1000000004]) == 2000000001 + 2000000009
    assert math.isnan(total([math.nan]))
    for price in prices:
        with open(__file__):
            assert price in prices
    def inner():
        assert total([]) == 0
    inner()
