from __future__ import annotations

from typing import TYPE_CHECKING

from shop.basket import cheapest, total

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICES: Sequence[int] = [1, 2]


# aigen: shop.basket:total
def test_total():
    """Adds up."""
    assert total(PRICES) == 3
    assert cheapest(PRICES) == 1
