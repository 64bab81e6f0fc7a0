# test_total shop.basket:total
from __future__ import annotations
import sys, os
from typing import TYPE_CHECKING
from shop.basket import total, cheapest, Basket, LIMIT
if TYPE_CHECKING:
    from collections.abc import Sequence

PRICES: Sequence[int] = [1, 2]
def test_total():
    """Adds up."""
    assert total(PRICES) == 3
    assert cheapest(PRICES) == 1
