# test_total shop.basket:total
from shop.basket import total

def make():
    return [1, 2]

def test_total():
    assert total(make()) == 3
