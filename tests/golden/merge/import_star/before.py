from shop.basket import *


def test_total():
    assert total([1]) == 1
