"""What is in stock."""

from __future__ import annotations

from collections.abc import Iterator


class OutOfStock(Exception):
    """There is less in stock than was asked for."""


class Inventory:
    """Pieces in stock by product, some of them reserved for orders."""

    def __init__(self, stock: dict[str, int] | None = None, low_at: int = 5) -> None:
        self.stock = dict(stock or {})
        self.reserved: dict[str, int] = {}
        self.low_at = low_at

    def __len__(self) -> int:
        return len(self.stock)

    def __contains__(self, sku: str) -> bool:
        return self.available(sku) > 0

    def __iter__(self) -> Iterator[str]:
        yield from sorted(self.stock)

    def available(self, sku: str) -> int:
        """Pieces that are in stock and not reserved."""
        return self.stock.get(sku, 0) - self.reserved.get(sku, 0)

    def receive(self, sku: str, count: int) -> None:
        """Book a delivery."""
        if count <= 0:
            raise ValueError("count must be positive")
        self.stock[sku] = self.stock.get(sku, 0) + count

    def reserve(self, sku: str, count: int = 1) -> int:
        """Set pieces aside; return how many are left."""
        left = self.available(sku) - count
        if left < 0:
            raise OutOfStock(f"{sku}: {count} wanted, {self.available(sku)} available")
        self.reserved[sku] = self.reserved.get(sku, 0) + count
        return left

    def ship(self, sku: str, count: int = 1) -> None:
        """Take reserved pieces out of the stock."""
        if count > self.reserved.get(sku, 0):
            raise OutOfStock(f"{sku}: {count} to ship, {self.reserved.get(sku, 0)} reserved")
        self.reserved[sku] -= count
        self.stock[sku] -= count
        if not self.reserved[sku]:
            del self.reserved[sku]

    def release(self, sku: str) -> int:
        """Give up what is reserved; return how many pieces that were."""
        return self.reserved.pop(sku, 0)

    def low(self) -> list[str]:
        """Products of which few pieces are left."""
        return [sku for sku in self if self.available(sku) < self.low_at]

    def audit(self) -> dict[str, str]:
        """What is wrong with the books, by product."""
        problems = {}
        for sku, count in self.stock.items():
            if count < 0:
                problems[sku] = "negative stock"
            elif self.reserved.get(sku, 0) > count:
                problems[sku] = "more reserved than in stock"
        for sku in self.reserved:
            if sku not in self.stock:
                problems[sku] = "reserved but never in stock"
        return problems
