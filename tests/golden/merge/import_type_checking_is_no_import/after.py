from __future__ import annotations

from typing import TYPE_CHECKING

from shop.basket import cheapest

if TYPE_CHECKING:
    from shop.basket import Basket, cheapest


def test_nothing(basket: Basket | None = None):
    assert basket is None


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
