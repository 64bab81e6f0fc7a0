import os

# The shop.
from shop.basket import zero


def test_old():
    assert os and zero() == 0
