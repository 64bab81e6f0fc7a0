# test_mine shop.basket:total
from shop.basket import total

a, b = 1, 2
b, c = 5, 6

def test_mine():
    assert total([a, b, c]) == 12
