# test_total_of_none shop.basket:total
from shop.basket import total

def test_total_of_none():
    assert total([]) == 0
