# isort: off
from __future__ import annotations
import sys
import os
import json
from shop.basket import total


def test_old():
    assert sys and os


# aigen: shop.basket:total
def test_new():
    assert total(json.loads('[1]')) == 1
