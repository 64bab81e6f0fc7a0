# test_cheapest shop.basket:cheapest path=shop/tests
import math

from shop import basket

def test_cheapest():
    assert basket.cheapest([2, math.floor(1.5)]) == 1
