import sys
import json
from shop.basket import total
# fmt: off
import os


def test_old():
    assert sys and os


# aigen: shop.basket:total
def test_new():
    assert total(json.loads('[1]')) == 1
