# isort: off
import sys
from shop.basket import zero
import os

# isort: on


def test_old():
    assert sys and zero() == 0 and os
