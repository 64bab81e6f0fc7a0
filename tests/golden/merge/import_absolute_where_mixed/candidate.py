# test_cheapest shop.basket:cheapest path=shop/tests
from shop import basket

def test_cheapest():
    assert basket.cheapest([2, 1]) == 1
