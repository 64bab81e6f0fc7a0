# test_cheapest shop.basket:cheapest
from shop.basket import cheapest

def test_cheapest():
    assert cheapest([2, 1]) == 1
