# isort: off
import sys
# isort: on

import json
import os

from shop.basket import total


def test_old():
    assert sys and os


# aigen: shop.basket:total
def test_new():
    assert total(json.loads('[1]')) == 1
