"""Texts for receipts and mails."""

from __future__ import annotations

from collections.abc import Sequence

from shop.orders import Order
from shop.prices import format_price


def plural(count: int, noun: str) -> str:
    """Return ``1 box``, ``2 boxes``, ``no berries``."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith(("s", "x", "ch")):
        noun += "es"
    elif noun.endswith("y") and noun[-2:-1] not in "aeiou":
        noun = noun[:-1] + "ies"
    else:
        noun += "s"
    return f"{count or 'no'} {noun}"


def shorten(text: str, width: int) -> str:
    """Return the text, cut at a word and with an ellipsis where it is wider."""
    if width < 4:
        raise ValueError("width must be at least 4")
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    cut = text[: width - 3]
    if " " in cut and text[width - 3] != " ":
        cut = cut.rpartition(" ")[0]
    return cut.rstrip() + "..."


def join(items: Sequence[str], last: str = "and") -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if not items:
        return ""
    *first, end = items
    return f"{', '.join(first)} {last} {end}" if first else end


def mask(email: str) -> str:
    """Return a mail address that can be shown: ``a***@example.com``."""
    name, at, host = email.partition("@")
    if not at or not name or "." not in host:
        raise ValueError(f"invalid mail address: {email!r}")
    return f"{name[0]}***@{host}"


def receipt(order: Order, width: int = 40) -> str:
    """Return the order as lines of text, prices aligned at the right."""
    rows = [f"Order of {shorten(order.customer, width - 9)}", "-" * width]
    for line in order.lines:
        label = f"{line.quantity} x {line.sku}"
        rows.append(label + format_price(line.total).rjust(width - len(label)))
    rows.append("-" * width)
    rows.append("Total" + format_price(order.gross).rjust(width - 5))
    return "\n".join(rows)
