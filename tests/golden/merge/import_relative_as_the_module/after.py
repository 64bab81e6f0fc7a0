import math

from .. import basket
from ..basket import total


def test_total():
    assert total([1]) == 1


# aigen: shop.basket:cheapest
def test_cheapest():
    assert basket.cheapest([2, math.floor(1.5)]) == 1
