"""A cart, and what is done with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Cart:
    """Goods with their prices."""

    def __init__(self, owner: str = "nobody") -> None:
        self.owner = owner
        self.items: dict[str, float] = {}

    def add(self, name: str, price: float) -> Cart:
        """Raises ValueError for a price below 0."""
        if price < 0:
            raise ValueError("a price is not negative")
        self.items[name] = price
        return self

    def total(self) -> float:
        """The sum of the prices."""
        if not self.items:
            return 0.0
        return sum(self.items.values())

    def __len__(self) -> int:
        return len(self.items)


def check_out(cart: Cart, mailer: Any) -> bool:
    """Tell the owner; False for an empty cart."""
    if not cart.items:
        return False
    mailer.send(cart.owner, cart.total())
    return True


def each(cart: Cart, visit: Callable[[str], object]) -> None:
    """Visit the names in order."""
    for name in sorted(cart.items):
        visit(name)


def empty(into: list[str], cart: Cart) -> None:
    """Move the names into a list."""
    into.extend(cart.items)
    cart.items.clear()


def save(cart: Cart, path: Path) -> None:
    """Write it as JSON."""
    path.write_text(json.dumps({"owner": cart.owner, "items": cart.items}), "utf-8")


def load(path: Path) -> Cart:
    """Read what `save` wrote. Raises FileNotFoundError."""
    told = json.loads(path.read_text("utf-8"))
    cart = Cart(told["owner"])
    cart.items = told["items"]
    return cart


def receipt(cart: Cart) -> None:
    """Print it."""
    for name, price in cart.items.items():
        print(f"{name:10}{price:8.2f}")
