# test_new shop.basket:total
import json

from shop.basket import total


def test_new():
    assert total(json.loads('[1]')) == 1
