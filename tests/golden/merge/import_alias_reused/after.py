import json as js

from shop.basket import total


def test_old():
    assert js


# aigen: shop.basket:total
def test_new():
    assert total(js.loads('[1]')) == 1
