# test_two shop.basket:total
from shop.basket import total

def test_two():
    assert total([1, 2]) == 3
