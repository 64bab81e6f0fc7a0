import sys  # isort: skip
from shop.basket import zero  # isort: skip
from shop.basket import total


def test_old():
    assert sys and zero() == 0


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
