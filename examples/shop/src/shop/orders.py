"""Orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from shop.inventory import Inventory
from shop.prices import apply_discount, quantity_discount, tax


class Status(Enum):
    """How far an order is."""

    OPEN = "open"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class OrderError(Exception):
    """An order cannot do that now."""


@dataclass(frozen=True)
class Line:
    """Some pieces of one product."""

    sku: str
    price: int
    quantity: int = 1

    @property
    def total(self) -> int:
        """Cents, with the discount for the quantity."""
        return apply_discount(self.price * self.quantity, quantity_discount(self.quantity))


@dataclass
class Order:
    """What a customer wants, and how far it is."""

    customer: str
    lines: list[Line] = field(default_factory=list)
    status: Status = Status.OPEN
    country: str = "US"

    def add(self, line: Line) -> None:
        """Add a line; more of the same product at the same price joins the line that is there."""
        if self.status is not Status.OPEN:
            raise OrderError(f"cannot change the order, it is {self.status.value}")
        for place, other in enumerate(self.lines):
            if (other.sku, other.price) == (line.sku, line.price):
                self.lines[place] = Line(line.sku, line.price, other.quantity + line.quantity)
                return
        self.lines.append(line)

    @property
    def net(self) -> int:
        """Cents without tax."""
        return sum(line.total for line in self.lines)

    @property
    def gross(self) -> int:
        """Cents with tax; exports are free of tax."""
        if self.country not in ("US", "DE"):
            return self.net
        return self.net + tax(self.net, "standard" if self.country == "DE" else "none")

    def pay(self, charge: Callable[[str, int], bool]) -> None:
        """Charge the customer: ``charge(customer, cents)`` says whether the money came."""
        if self.status is not Status.OPEN:
            raise OrderError(f"cannot pay the order, it is {self.status.value}")
        if not self.lines:
            raise OrderError("empty order")
        if not charge(self.customer, self.gross):
            raise OrderError("payment refused")
        self.status = Status.PAID

    def ship(self, inventory: Inventory) -> int:
        """Take everything out of the stock; return the number of pieces."""
        if self.status is not Status.PAID:
            raise OrderError(f"cannot ship the order, it is {self.status.value}")
        for line in self.lines:
            inventory.reserve(line.sku, line.quantity)
        for line in self.lines:
            inventory.ship(line.sku, line.quantity)
        self.status = Status.SHIPPED
        return sum(line.quantity for line in self.lines)

    def cancel(self) -> None:
        """Give up an order that is not on its way."""
        if self.status is Status.SHIPPED:
            raise OrderError("already shipped")
        self.status = Status.CANCELLED


def shipping_cost(net: int, country: str, express: bool = False) -> int:
    """Return what shipping costs in cents; inland it is free from 50 dollars on."""
    cost = 0 if country == "US" and net >= 5000 else 495 if country == "US" else 1490
    if express:
        cost = cost * 2 or 990
    return cost
