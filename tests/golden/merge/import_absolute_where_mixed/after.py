from ..basket import total
from shop import basket
from shop.basket import zero


def test_total():
    assert total([zero(), 1]) == 1


# aigen: shop.basket:cheapest
def test_cheapest():
    assert basket.cheapest([2, 1]) == 1
