# test_new shop.basket:total
from __future__ import annotations

from shop.basket import total


def test_new():
    assert total([1]) == 1
