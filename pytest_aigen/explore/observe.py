"""What a call did, as far as a test may assert it: stable, expressible, meant by the code."""

from __future__ import annotations

import ast
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import inspect
import math
import os
import pathlib
import re
import sys
import tempfile
import time
import types
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pytest_aigen.data import Reached
from pytest_aigen.explore.calls import How
from pytest_aigen.explore.recipes import SCALARS, Call, New, Recipe, Ref, build, resolve
from pytest_aigen.explore.trace import Traced
from pytest_aigen.explore.values import fields_of

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_LONGEST_TEXT = 400
_MOST_NODES = 60


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that the code raises on purpose."""

    error: Ref
    message: str
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Returned:
    """A value that can be written down."""

    value: Recipe
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Made:
    """An object: its class, and attributes that can be written down."""

    of: Ref
    attributes: tuple[tuple[str, Recipe], ...]
    how: How = "plain"


@dataclass(frozen=True, slots=True)
class Changed:
    """An argument, or an attribute of the receiver, after the call."""

    #: Position or name of the argument; None for the receiver.
    argument: int | str | None
    attribute: str
    value: Recipe


@dataclass(frozen=True, slots=True)
class Printed:
    text: str


Effect = Changed | Printed


@dataclass(frozen=True, slots=True)
class Seen:
    """A call and all that a test of it asserts."""

    call: Call
    outcome: Raised | Returned | Made | None
    effects: tuple[Effect, ...]
    reached: Reached
    how: How = "plain"
    #: Lines of the module under test that ran.
    lines: frozenset[int] = frozenset()


class Inexpressible(Exception):
    """The value cannot be written down so that it stays true."""


class Project:
    """Which code is the project's own, and where it raises."""

    def __init__(self, module: str, path: Path) -> None:
        parts = module.split(".")
        if path.name == "__init__.py":
            parts.append("__init__")
        self.root = str(path.parents[len(parts) - 2]) + os.sep if len(parts) > 1 else str(path)

    def owns(self, filename: str) -> bool:
        return filename == self.root or (self.root.endswith(os.sep) and filename.startswith(self.root))

    def on_purpose(self, error: BaseException) -> bool:
        """Whether a ``raise`` of the project raised it; for SystemExit, a call of ``exit`` too."""
        trace = error.__traceback__
        if trace is None or not isinstance(error, (Exception, SystemExit)):
            return False
        while trace.tb_next is not None:
            trace = trace.tb_next
        filename = trace.tb_frame.f_code.co_filename
        return self.owns(filename) and trace.tb_lineno in _raises(filename, isinstance(error, SystemExit))


@lru_cache(maxsize=None)
def _raises(filename: str, exits: bool) -> frozenset[int]:
    try:
        tree = ast.parse(Path(filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (exits and isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exit")):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


def record(value: Any) -> Recipe:
    """The recipe of a value, so that ``build(record(value)) == value``. Raises Inexpressible.

    >>> record(pathlib.PurePosixPath("a"))
    New(function=Ref(module='pathlib', name='PurePosixPath'), args=('a',), kwargs=())
    """
    recipe = _Recorder().of(value, 0)
    try:
        same = build(recipe) == value or (type(value) is float and math.isnan(value))
    except Exception:
        same = False
    if same is not True:
        raise Inexpressible("does not equal itself when made anew")
    return recipe


class _Recorder:
    def __init__(self) -> None:
        self.nodes = 0
        self.inside: set[int] = set()

    def of(self, value: Any, depth: int) -> Recipe:
        self.nodes += 1
        if self.nodes > _MOST_NODES or depth > 6:
            raise Inexpressible("too large")
        kind = type(value)
        if kind in SCALARS:
            if kind is float and depth and math.isnan(value):
                raise Inexpressible("nan equals nothing")
            return _scalar(value)
        if id(value) in self.inside:
            raise Inexpressible("contains itself")
        self.inside.add(id(value))
        try:
            return self._composite(value, kind, depth + 1)
        finally:
            self.inside.discard(id(value))

    def _composite(self, value: Any, kind: type, depth: int) -> Recipe:
        if kind in (list, tuple):
            return kind(self.of(item, depth) for item in value)
        if kind in (set, frozenset):
            return kind(self.of(item, depth) for item in sorted(value, key=repr))
        if kind is dict:
            return {self.of(key, depth): self.of(item, depth) for key, item in value.items()}
        if isinstance(value, enum.Enum):
            if isinstance(getattr(value, "_name_", None), str) and value.name in kind.__members__:
                return importable(Ref(kind.__module__, f"{kind.__qualname__}.{value.name}"), value)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return importable(Ref(str(value.__module__), value.__qualname__), value)
        for simple, parts in _SIMPLE.items():
            if kind is simple:
                return New(class_ref(kind), tuple(self.of(part, depth) for part in parts(value)))
        names = fields_of(kind)
        if names is not None and kind.__eq__ is not object.__eq__:
            return New(class_ref(kind), (), tuple((name, self.of(getattr(value, name), depth)) for name in names))
        raise Inexpressible(f"a {kind.__name__}")


def _moment(value: datetime.datetime) -> tuple[Any, ...]:
    if value.tzinfo not in (None, datetime.timezone.utc) or value.fold:
        raise Inexpressible("a time zone")
    if abs((value.replace(tzinfo=None) - datetime.datetime.now()).total_seconds()) < 2 * 86400:
        raise Inexpressible("about now")
    parts: list[Any] = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    if value.tzinfo is not None:
        return (*parts, Ref("datetime", "timezone.utc"))
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _day(value: datetime.date) -> tuple[int, int, int]:
    if abs((value - datetime.date.today()).days) < 2:
        raise Inexpressible("about today")
    return value.year, value.month, value.day


def _time(value: datetime.time) -> tuple[int, ...]:
    if value.tzinfo is not None or value.fold:
        raise Inexpressible("a time zone")
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 2 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _delta(value: datetime.timedelta) -> tuple[int, ...]:
    parts = [value.days, value.seconds, value.microseconds]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


_SIMPLE: dict[type, Callable[[Any], Iterable[Any]]] = {
    decimal.Decimal: lambda value: (str(value),),
    fractions.Fraction: lambda value: (value.numerator, value.denominator),
    datetime.datetime: _moment,
    datetime.date: _day,
    datetime.time: _time,
    datetime.timedelta: _delta,
    uuid.UUID: lambda value: (str(value),),
    pathlib.PurePosixPath: lambda value: (_scalar(str(value)),),
    pathlib.PureWindowsPath: lambda value: (_scalar(str(value)),),
    type(pathlib.Path()): lambda value: (_scalar(str(value)),),
    range: lambda value: (value.start, value.stop, value.step),
    collections.OrderedDict: lambda value: (list(value.items()),),
    collections.Counter: lambda value: (dict(value),),
    collections.deque: lambda value: (list(value),),
    bytearray: lambda value: (bytes(value),),
}


def _scalar(value: Any) -> Any:
    kind = type(value)
    if kind in (str, bytes):
        text = value if kind is str else value.decode("latin-1")
        if len(text) > _LONGEST_TEXT or _ADDRESS.search(text):
            raise Inexpressible("long, or an address")
        if any(place in text for place in _places()) or _today() in text:
            raise Inexpressible("names a place of this machine, or today")
        if kind is str and any("\ud800" <= char <= "\udfff" for char in text):
            raise Inexpressible("lone surrogates")
    elif kind in (int, float) and abs(value) > 10**6:
        now = time.time()
        if any(abs(value / scale - now) < 2 * 86400 for scale in (1, 10**3, 10**6, 10**9)):
            raise Inexpressible("about now")
        if kind is int and abs(value) > 10**80:
            raise Inexpressible("large")
    return value


@lru_cache(maxsize=None)
def _places() -> tuple[str, ...]:
    found = (tempfile.gettempdir(), os.getcwd(), os.path.expanduser("~"), sys.prefix, sys.base_prefix)
    return tuple(place for place in found if len(place) > 2)


def _today() -> str:
    return datetime.date.today().isoformat()


def class_ref(cls: type) -> Ref:
    """Where the class is imported from. Raises Inexpressible for a local one."""
    module = "pathlib" if cls.__module__.startswith("pathlib") else cls.__module__
    name = "Path" if isinstance(pathlib.Path(), cls) and issubclass(cls, pathlib.Path) else cls.__qualname__
    reference = Ref(module, name)
    return reference if name == "Path" else importable(reference, cls)


def importable(reference: Ref, value: Any) -> Ref:
    """The reference, if it leads to that very object. Raises Inexpressible."""
    try:
        found = resolve(reference)
    except (ImportError, AttributeError):
        found = None
    if found is not value or reference.module == "__main__":
        raise Inexpressible(f"cannot be imported: {reference.name}")
    return reference


def outcome(traced: Traced, project: Project, constructs: bool = False) -> Raised | Returned | Made | None:
    """What came out of the call. Raises Inexpressible for what is no test."""
    if traced.error is not None:
        if not project.on_purpose(traced.error):
            raise Inexpressible("an accident")
        return Raised(class_ref(type(traced.error)), _message(traced.error), traced.how)
    result, prepared = traced.result, traced.prepared
    if prepared is not None and result is prepared.receiver and result is not None:
        return None
    if constructs:
        return _made(result, traced.how)
    try:
        return Returned(record(result), traced.how) if result is not None else None
    except Inexpressible:
        return _made(result, traced.how)


def _message(error: BaseException) -> str:
    """Its first line, empty where it would not stay true."""
    try:
        text = str(error).partition("\n")[0]
        return str(_scalar(text))
    except Exception:
        return ""


def _made(result: Any, how: How) -> Made:
    if callable(result) or inspect.ismodule(result) or how in ("list", "islice"):
        raise Inexpressible("nothing to look at")
    attributes = tuple(attributes_of(result))
    if type(result).__module__ == "builtins" and not attributes:
        raise Inexpressible("nothing to look at")
    return Made(class_ref(type(result)), attributes[:4], how)


def attributes_of(value: Any) -> Iterable[tuple[str, Recipe]]:
    """Public attributes and properties that can be written down; private ones where there is no other."""
    names = [name for name in getattr(value, "__dict__", {}) if isinstance(name, str)]
    slots = [name for cls in type(value).__mro__ for name in _slots(cls)]
    properties = sorted(
        name for cls in type(value).__mro__ for name, member in vars(cls).items()
        if isinstance(member, property) and cls.__module__ != "builtins"
    )  # fmt: skip
    everything = list(dict.fromkeys([*names, *slots, *properties]))
    public = [name for name in everything if not name.startswith("_")]
    for name in public or [name for name in everything if not name.startswith("__")]:
        try:
            found = getattr(value, name)
            if not callable(found):
                yield name, record(found)
        except Exception:
            continue


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def state(traced_receiver: Any) -> dict[str, Recipe]:
    """The receiver's attributes."""
    return dict(attributes_of(traced_receiver)) if traced_receiver is not None else {}
