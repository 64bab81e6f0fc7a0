import os, \
    sys

from shop.basket import total


def test_old():
    assert os and \
        sys


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
