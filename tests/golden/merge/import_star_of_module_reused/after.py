from shop.basket import *


def test_old():
    assert zero() == 0


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
