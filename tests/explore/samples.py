"""Modules on which the engine is tried, by name."""

from __future__ import annotations

SAMPLES: dict[str, str] = {
    "clamps": """
def clamp(value: int, low: int, high: int) -> int:
    if value < low:
        return low
    if value > high:
        return high
    return value
""",
    "durations": '''
UNITS = {"s": 1, "m": 60}

def parse_duration(text):
    """Seconds of a duration.

    >>> parse_duration("3m")
    180
    """
    if not text:
        raise ValueError("empty duration")
    if text[-1] not in UNITS:
        raise ValueError(f"unknown unit {text[-1]!r}")
    return int(text[:-1]) * UNITS[text[-1]]
''',
    "stacks": """
class Empty(Exception):
    pass

class Stack:
    limit = 3

    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        if len(self.items) >= self.limit:
            raise OverflowError("the stack is full")
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise Empty("nothing to pop")
        return self.items.pop()

    def __len__(self):
        return len(self.items)

    def __eq__(self, other):
        return isinstance(other, Stack) and self.items == other.items

    def __contains__(self, item):
        return item in self.items

    @property
    def top(self):
        return self.items[-1] if self.items else None

    @property
    def size(self):
        return len(self.items)

    @size.setter
    def size(self, count):
        if count < 0:
            raise ValueError("negative size")
        del self.items[count:]

    @classmethod
    def of(cls, *items):
        return cls(items)

    @staticmethod
    def twice(number):
        return number * 2
""",
    "shapes": """
from __future__ import annotations
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import date

class Color(Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Point:
    x: int
    y: int = 0

class Pair(NamedTuple):
    left: str
    right: float

def paint(point: Point, color: Color = Color.RED) -> str:
    if color is Color.BLUE:
        return f"blue {point.x}"
    return "red"

def mirror(point: Point) -> Point:
    return Point(point.y, point.x)

def third(pair: Pair) -> float:
    return pair.right / 3

def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.1"))

def year(day: date) -> int:
    return day.year

def suffix(path: Path) -> str:
    return path.suffix or "none"

def level(name: Literal["low", "high"]) -> int:
    return {"low": 1, "high": 2}[name]

def other(color: Color) -> Color:
    return Color.RED if color is Color.BLUE else Color.BLUE
""",
    "kinds": """
import asyncio
import contextlib
import sys

async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2

def count(to: int):
    for number in range(to):
        yield number

def forever(start: int):
    while True:
        yield start
        start += 1

@contextlib.contextmanager
def opened(name: str):
    yield name.upper()

def greet(name: str) -> None:
    print(f"Hello, {name}!")

def shout(names: list[str]) -> None:
    for place, name in enumerate(names):
        names[place] = name.upper()

def ends(code: int):
    if code:
        sys.exit(code)
    return "went on"

def halves(numbers: list[int]):
    return (number for number in numbers if number < 2), (number for number in numbers if number >= 2)

def outer(word: str):
    def inner(text):
        return text + "!"
    return inner(word)
""",
    "hard": """
import os, random, shutil, time, sys

SEEN = []

def never(value: int):
    while value > 2:
        pass
    return value

def swallows(value: int):
    while value > 2:
        try:
            time.sleep(0.001)
        except BaseException:
            pass
    return value

def deep(value: int):
    return deep(value + 1) if value else 7

def asks(value: int):
    return input() if value else "quiet"

def floods(value: int):
    if value:
        print("x" * 10_000_000)
    return value + 1

def removes(path: str):
    if path:
        shutil.rmtree(path)
    return "gone"

def writes(path: str):
    try:
        with open(path, "w") as file:
            file.write("x")
    except OSError:
        return False
    return True

def dies(value: int):
    if value == 100:
        os._exit(3)
    if value == -1:
        return "minus one"
    return "lives"

def guesses(value: int):
    return random.randint(0, 1 << 60) + value

def stamps(value: int):
    return time.strftime("%Y") + str(value)

def unordered(words: list[str]):
    return list(set(words) | {"one", "two", "three", "four"})

def address(value: int):
    return repr(object())

def accident(value):
    return value.missing.attribute

def silent(value: int) -> None:
    value + 1

def remembers(value: int):
    SEEN.append(value)
    return len(SEEN)
""",
}
