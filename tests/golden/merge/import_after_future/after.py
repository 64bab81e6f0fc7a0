from __future__ import annotations

from shop.basket import cheapest

NUMBER = 1


def test_nothing():
    assert NUMBER


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
