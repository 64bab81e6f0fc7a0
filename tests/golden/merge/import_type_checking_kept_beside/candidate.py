# test_new shop.basket:total
from pathlib import Path

from shop.basket import total


def test_new():
    assert Path("a") and total([1]) == 1
