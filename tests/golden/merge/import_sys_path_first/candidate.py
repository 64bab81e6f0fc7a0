# test_new shop.basket:total
from shop.basket import total


def test_new():
    assert total([1]) == 1
