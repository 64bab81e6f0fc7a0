# isort: off
import sys
from shop.basket import zero
import os

# isort: on

import json
from shop.basket import total


def test_old():
    assert sys and zero() == 0 and os


# aigen: shop.basket:total
def test_new():
    assert total(json.loads('[1]')) == 1
