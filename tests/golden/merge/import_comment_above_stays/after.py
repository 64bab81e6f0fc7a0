import os

# The shop.
from shop.basket import total, zero


def test_old():
    assert os and zero() == 0


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
