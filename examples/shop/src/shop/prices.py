"""Prices in cents, discounts and taxes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

TAX_RATES = {"standard": Decimal("0.19"), "reduced": Decimal("0.07"), "none": Decimal("0")}

#: Quantity from which on a discount applies, and its percentage.
QUANTITY_DISCOUNTS = ((100, 15), (50, 10), (10, 5))


class PriceError(ValueError):
    """A price, a rate or a coupon that makes no sense."""


def parse_price(text: str) -> int:
    """Return the cents of a price such as ``12.50``, ``$3`` or ``1,299.00``.

    >>> parse_price("12.50")
    1250
    """
    cleaned = text.strip().lstrip("$€").replace(",", "")
    if not cleaned:
        raise PriceError("empty price")
    whole, _, fraction = cleaned.partition(".")
    if not whole.isdigit() or (fraction and not fraction.isdigit()):
        raise PriceError(f"invalid price: {text!r}")
    if len(fraction) > 2:
        raise PriceError(f"too many decimals: {text!r}")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)


def format_price(cents: int, currency: str = "$") -> str:
    """Return a price for people: ``$1,299.00``, negative ones in parentheses."""
    amount = f"{currency}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    return f"({amount})" if cents < 0 else amount


def quantity_discount(quantity: int) -> int:
    """Return the percentage off for that many pieces."""
    if quantity < 1:
        raise PriceError("quantity must be positive")
    for threshold, percent in QUANTITY_DISCOUNTS:
        if quantity >= threshold:
            return percent
    return 0


def apply_discount(cents: int, percent: int) -> int:
    """Return the price after the discount, rounded half up."""
    if not 0 <= percent <= 100:
        raise PriceError(f"discount must be between 0 and 100, not {percent}")
    reduced = Decimal(cents) * (100 - percent) / 100
    return int(reduced.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tax(cents: int, category: str = "standard") -> int:
    """Return the tax on a net price."""
    try:
        rate = TAX_RATES[category]
    except KeyError:
        raise PriceError(f"unknown tax category: {category}") from None
    return int((Decimal(cents) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def redeem(coupon: str, cents: int) -> int:
    """Return the price after a coupon: ``SAVE10`` is 10 percent off, ``MINUS500`` five dollars off."""
    code = coupon.strip().upper()
    if code.startswith("SAVE") and code[4:].isdigit():
        return apply_discount(cents, int(code[4:]))
    if code.startswith("MINUS") and code[5:].isdigit():
        return max(0, cents - int(code[5:]))
    raise PriceError(f"unknown coupon: {coupon!r}")
