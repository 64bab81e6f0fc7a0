# test_total shop.basket:total
from shop.basket import total

def test_total():
    assert total([5]) == 5
