"""Modules on which the engine is tried, by name."""

from __future__ import annotations

SAMPLES: dict[str, str] = {
    "versions": """
class Version:
    def __init__(self, major: int, label: str = "") -> None:
        self.major, self.label = major, label
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.major == other.major and self.label == other.label
    def __hash__(self) -> int:
        return hash((self.major, self.label))

class Alone:
    def __hash__(self) -> int:
        return id(self)
""",
    "says": """
import logging
import sys
import warnings

log = logging.getLogger(__name__)
REGISTRY = {}
COUNT = 0

def old(value: int) -> int:
    warnings.warn("old is deprecated, use new", DeprecationWarning, stacklevel=2)
    return value + 1

def reports(name: str) -> None:
    log.warning("no such name: %s", name)

def complains(name: str) -> None:
    print(f"bad name: {name}", file=sys.stderr)

def register(name: str) -> None:
    REGISTRY[name] = len(name)

def counts() -> int:
    global COUNT
    COUNT += 1
    return COUNT * 10
""",
    "things": """
class Version:
    def __init__(self, major, minor=0, patch=0):
        self.major, self.minor, self.patch = major, minor, patch

    def __repr__(self):
        return f"Version(major={self.major!r}, minor={self.minor!r}, patch={self.patch!r})"

    def __eq__(self, other):
        return isinstance(other, Version) and repr(self) == repr(other)

    def bump(self):
        return Version(self.major + 1)

class Engine:
    def __init__(self, power):
        self.power = power

class Car:
    def __init__(self, power, name=None):
        self.engine, self.name, self.wheels = Engine(power), name, 4

    def twin(self):
        return Car(self.engine.power * 2)

def points(step: float):
    return [(step / 3, 1), (step / 7, 2)]

def separated(path: str):
    return path.replace("/", chr(92))
""",
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
        shutil.rmtree(f"/nowhere/{path}")
    return "gone"

def writes(path: str):
    try:
        with open(f"/nowhere/{path}", "w") as file:
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
    return list(set(words) | set("one two three four five six seven eight nine ten eleven".split()))

def address(value: int):
    return repr(object())

def accident(value):
    return value.strip().missing

def silent(value: int) -> None:
    value + 1

def remembers(value: int):
    SEEN.append(value)
    return len(SEEN)
""",
    "closures": """
import functools, contextlib, asyncio
def once(func):
    done = []
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        if done:
            return "again"
        done.append(1)
        return func(*args, **kwargs)
    return wrapper
def retry(times=2, catch=ValueError):
    def decorate(func):
        def wrapper(*args):
            for number in range(times):
                try:
                    return func(*args)
                except ZeroDivisionError:
                    continue
            raise RuntimeError("gave up")
        return wrapper
    return decorate
def adder(n: int):
    def add(x: int):
        if x > 100:
            return -1
        return x + n
    return add
@contextlib.contextmanager
def swallow(name: str):
    try:
        yield name
    except ValueError:
        pass
@contextlib.contextmanager
def translate():
    try:
        yield
    except ValueError as e:
        raise KeyError("translated") from e
class Lock:
    def __init__(self):
        self.held = False
        self.failed = None
    def __enter__(self):
        self.held = True
        return self
    def __exit__(self, kind, error, trace):
        self.held = False
        if kind is not None:
            self.failed = kind.__name__
            return True
        return False
def named(word: str):
    scope = {}
    exec(f"def {word}(): return 1", scope)
    return scope[word]
def classy(word: str):
    return type(word, (), {})
class Bag:
    def __init__(self):
        self.items = {}
    def __setitem__(self, key: str, value: str):
        self.items[key] = value
    def clear(self):
        self.items.clear()
    def itself(self):
        return self
    def forget(self):
        self.items.get(1)
class Drawer:
    def __init__(self, number: int):
        self._number = number
    def __str__(self):
        return f"drawer {self._number}"
class Desk:
    def __init__(self, width: int):
        self.width = width
        self._notes = []
        self._lid = object()
        self._names = {}
    def _note(self, text: int):
        self._notes.append(text)
    def open(self):
        self._lid = None
    def is_open(self):
        return self._lid is None
    def drawers(self):
        return [Drawer(0), Drawer(1)]
    def label(self):
        return f"<Desk at {id(self):#014x}; {self.width}>"
    def __getitem__(self, name: str):
        return self._names[name]
def plain(n: int):
    return adder
async def agen(n: int):
    for i in range(n):
        yield i
@contextlib.asynccontextmanager
async def aopen(name: str):
    yield name.upper()
""",
    "looped": """
import asyncio
class Client:
    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.open = False
        self.sent = []
    async def connect(self):
        await asyncio.sleep(0)
        self.open = True
    async def send(self, text: str):
        if not self.open:
            raise ConnectionError("not connected")
        self.sent.append(text)
        return len(self.sent)
    def is_open(self):
        if self.open:
            return "open"
        return "closed"
class Door:
    def __init__(self):
        self.opened = 0
    async def __aenter__(self):
        self.opened += 1
        return self
    async def __aexit__(self, *error):
        self.opened -= 1
class Pages:
    def __init__(self, count: int = 2):
        self.left = count
    def __aiter__(self):
        return self
    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return self.left
class Room:
    def __init__(self):
        self.loop = asyncio.get_running_loop()
    async def __aenter__(self):
        return "inside"
    async def __aexit__(self, *error):
        pass
    async def rows(self, n: int):
        for i in range(n):
            yield i
def later(delay: int):
    loop = asyncio.get_running_loop()
    if delay < 0:
        raise ValueError("delay is negative")
    return delay + 1
""",
    "paths": """
import json, os, pathlib
from pathlib import Path
def load(path: Path):
    if not path.exists():
        raise FileNotFoundError("no settings")
    if path.suffix == ".json":
        return json.loads(path.read_text())
    return path.read_text().split()
def count_lines(filename: str) -> int:
    with open(filename) as file:
        return sum(1 for line in file)
def save(path: Path, text: str) -> None:
    path.write_text(text.upper())
def beside(path: Path):
    return path.parent / "lock"
def names(folder: str):
    return [name for name in os.listdir(folder) if name.endswith(".toml")]
def drop(path):
    if os.path.exists(path):
        os.remove(path)
        return True
    return False
def prepare(directory: Path) -> None:
    (directory / "cache").mkdir()
def size(path: Path) -> int:
    return os.path.getsize(path)
def outside(path: Path) -> None:
    Path("/tmp/aigen-outside.txt").write_text("x")
def climbs(path: Path) -> None:
    (path.parent.parent.parent / "aigen-outside.txt").write_text("x")
def links(path: Path) -> None:
    os.symlink("/", path / "link")
def changed(path: Path) -> float:
    return path.stat().st_mtime
""",
}
