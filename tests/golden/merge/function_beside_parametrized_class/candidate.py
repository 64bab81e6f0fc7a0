# test_three shop.basket:total
from shop.basket import total

def test_three():
    assert total([1, 2, 3]) == 6
