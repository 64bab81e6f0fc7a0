# test_total_1 shop.basket:total
from shop.basket import total

def test_total_1():
    assert total([5]) == 5
