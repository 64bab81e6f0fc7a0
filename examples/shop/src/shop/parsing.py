"""Durations, product numbers and import files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

_PART = re.compile(r"(\d+)\s*([a-z])")
_SKU = re.compile(r"([A-Z]{2,4})-(\d{3,5})(?:/(S|M|L|XL))?")


class Sku(NamedTuple):
    """A product number: ``SH-1042/XL``."""

    family: str
    number: int
    size: str | None = None

    def __str__(self) -> str:
        base = f"{self.family}-{self.number:03d}"
        return f"{base}/{self.size}" if self.size else base


def parse_duration(text: str) -> int:
    """Return the seconds of a duration such as ``1h30m``, ``2 d`` or ``90``.

    >>> parse_duration("1h30m")
    5400
    """
    text = text.strip().lower()
    if text.isdigit():
        return int(text)
    seconds = 0
    end = 0
    for match in _PART.finditer(text):
        if text[end : match.start()].strip():
            raise ValueError(f"invalid duration: {text!r}")
        count, unit = match.groups()
        if unit not in UNITS:
            raise ValueError(f"unknown unit {unit!r} in {text!r}")
        seconds += int(count) * UNITS[unit]
        end = match.end()
    if not end or text[end:].strip():
        raise ValueError(f"invalid duration: {text!r}")
    return seconds


def parse_sku(text: str) -> Sku:
    """Return the parts of a product number."""
    match = _SKU.fullmatch(text.strip().upper())
    if match is None:
        raise ValueError(f"invalid SKU: {text!r}")
    family, number, size = match.groups()
    return Sku(family, int(number), size)


def check_digit(digits: str) -> int:
    """Return the last digit of an EAN-13 code of which the first twelve are given."""
    if len(digits) != 12 or not digits.isdigit():
        raise ValueError("expected twelve digits")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return (10 - total % 10) % 10


def delivery_date(ordered: date, days: int, holidays: Iterable[date] = ()) -> date:
    """Return the day on which an order arrives, weekends and holidays not counted."""
    closed = set(holidays)
    day = ordered
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            days -= 1
    return day


def read_stock(path: Path) -> dict[str, int]:
    """Read a stock list: a CSV file with the columns ``sku`` and ``count``; later lines add to earlier ones."""
    stock: dict[str, int] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                sku, count = str(parse_sku(row["sku"])), int(row["count"])
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}:{line}: {error}") from error
            stock[sku] = stock.get(sku, 0) + count
    return stock
