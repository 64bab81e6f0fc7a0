# test_cheapest shop.basket:cheapest path=shop/tests
from shop.basket import cheapest, total

def test_cheapest():
    assert cheapest([total([2]), 1]) == 1
