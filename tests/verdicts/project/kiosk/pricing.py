"""Prices and taxes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

RATES = {"book": 0.07, "tea": 0.19}


class UnknownKind(LookupError):
    """There is no such kind of goods."""


def rate(kind: str) -> float:
    """The tax on a kind of goods. Raises UnknownKind."""
    if kind not in RATES:
        raise UnknownKind(kind)
    return RATES[kind]


def gross(net: float, kind: str) -> float:
    """With tax, to the cent."""
    if net < 0:
        raise ValueError(f"negative price: {net}")
    return round(net * (1 + rate(kind)), 2)


def discounted(price: float, percent: int) -> float:
    """Less a discount."""
    if not 0 <= percent <= 100:
        raise ValueError(f"no such discount: {percent}")
    if percent > 50:
        return 0.5 * price
    return round(price * (100 - percent) / 100, 2)


def cheapest(prices: Sequence[float]) -> float | None:
    """The lowest price, None of nothing."""
    if not prices:
        return None
    return min(prices)


def currency() -> str:
    """What the environment says."""
    return os.environ.get("KIOSK_CURRENCY", "EUR")


def exact(price: Decimal) -> str:
    """A price as it is printed."""
    return f"{price:.2f} {currency()}"
