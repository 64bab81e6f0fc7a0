from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.basket import Basket, cheapest


def test_nothing(basket: Basket | None = None):
    assert basket is None
