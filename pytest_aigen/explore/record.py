"""Values written down: the recipe from which a value can be made again, if it will still be true tomorrow, elsewhere."""

from __future__ import annotations

import ast
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import functools
import importlib.metadata
import math
import os
import pathlib
import platform
import re
import sys
import tempfile
import time
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from pytest_aigen.explore.recipes import SCALARS, Located, New, Recipe, Ref, build, resolve
from pytest_aigen.explore.room import ROOM
from pytest_aigen.explore.values import fields_of

ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
#: A name, and what may be the version after it.
_RELEASE = re.compile(r"\b([A-Za-z][\w.-]*?)[ /=@_-]{1,2}v?(\d+(?:\.\w+)+)")
_LONGEST_TEXT = 400
_MOST_NODES = 60


class Inexpressible(Exception):
    """The value cannot be written down so that it stays true."""


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
        if ROOM.used and (kind is str or isinstance(value, pathlib.Path)):
            name = ROOM.name_of(str(value))
            if name is not None and not re.search(r"[\s:]", name):
                return Located(name, is_text=kind is str)
        if kind in SCALARS:
            if kind is float and depth and math.isnan(value):
                raise Inexpressible("nan equals nothing")
            return scalar(value)
        if id(value) in self.inside:
            raise Inexpressible("contains itself")
        self.inside.add(id(value))
        try:
            return self._composite(value, kind, depth + 1)
        finally:
            self.inside.discard(id(value))

    def _composite(self, value: Any, kind: type, depth: int) -> Recipe:
        if value is datetime.timezone.utc:
            return Ref("datetime", "timezone.utc")
        if kind in (list, tuple):
            return kind(self.of(item, depth) for item in value)
        if kind in (set, frozenset):
            return kind(self.of(item, depth) for item in sorted(value, key=repr))
        if kind is dict:
            return {self.of(key, depth): self.of(item, depth) for key, item in value.items()}
        if isinstance(value, enum.Enum):
            if getattr(value, "_name_", None) in type(value).__members__:
                return importable(Ref(kind.__module__, f"{kind.__qualname__}.{value.name}"), value)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return importable(Ref(str(value.__module__), value.__qualname__), value)
        if kind is types.MethodType:
            return importable(Ref(type(value.__self__).__module__, value.__name__), value)
        for simple, parts in _SIMPLE.items():
            if value.__class__ is simple:
                return New(class_ref(kind), tuple(self.of(part, depth) for part in parts(value)))
        names = fields_of(kind)
        if names is not None and "__eq__" in {name for base in kind.__mro__[:-1] for name in vars(base)}:
            return New(
                class_ref(kind), (), tuple((name, self.of(getattr(value, name), depth)) for name in names)
            )
        if "__eq__" in {name for base in kind.__mro__[:-1] for name in vars(base)}:
            return from_repr(value)
        raise Inexpressible(f"a {kind.__name__}")


def from_repr(value: Any) -> New:
    """Of an object whose ``repr`` is the call that makes an equal one: that call, with no more arguments than it takes.

    Raises Inexpressible.
    """
    try:
        text = repr(value)
        made = ast.parse(text, mode="eval").body
        if (
            not isinstance(made, ast.Call)
            or ast.unparse(made.func).rpartition(".")[2] != type(value).__name__
        ):
            raise ValueError
        args = tuple(scalars(ast.literal_eval(arg)) for arg in made.args)
        kwargs = [(str(arg.arg), scalars(ast.literal_eval(arg.value))) for arg in made.keywords if arg.arg]
        whole = New(class_ref(type(value)), args, tuple(kwargs))
        if repr(build(whole)) != text:
            raise ValueError
    except Inexpressible:
        raise
    except Exception:
        raise Inexpressible(f"a {type(value).__name__}") from None
    for name, _ in reversed(kwargs):
        fewer = New(whole.function, args, tuple(pair for pair in whole.kwargs if pair[0] != name))
        with contextlib.suppress(Exception):
            if repr(build(fewer)) == text:
                whole = fewer
    return whole


def scalars(value: Any) -> Any:
    """Plain data, its scalars looked at as `scalar` does."""
    return _Recorder().of(value, 0)


def _moment(value: datetime.datetime) -> tuple[Any, ...]:
    if value.tzinfo not in (None, datetime.timezone.utc) or value.fold:
        raise Inexpressible("a time zone")
    if abs((value.replace(tzinfo=None) - datetime.datetime.now()).total_seconds()) < 2 * 86400:
        raise Inexpressible("about now")
    parts: list[Any] = [
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
    ]
    if value.tzinfo is not None:
        return (*parts, value.tzinfo)
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
    pathlib.PurePosixPath: lambda value: (scalar(str(value)),),
    pathlib.PureWindowsPath: lambda value: (scalar(str(value)),),
    type(pathlib.Path()): lambda value: (scalar(str(value)),),
    range: lambda value: (value.start, value.stop, value.step),
    collections.OrderedDict: lambda value: (list(value.items()),),
    collections.Counter: lambda value: (dict(value),),
    collections.deque: lambda value: (list(value),),
    bytearray: lambda value: (bytes(value),),
}


def scalar(value: Any) -> Any:
    """The plain value itself. Raises Inexpressible for one that names a place, an address or a moment."""
    kind = type(value)
    if kind in (str, bytes):
        text = value if kind is str else value.decode("latin-1")
        if len(text) > _LONGEST_TEXT or ADDRESS.search(text):
            raise Inexpressible("long, or an address")
        if any(place in text for place in places()) or (ROOM.base and ROOM.base in text) or _today() in text:
            raise Inexpressible("names a place of this machine, or today")
        if _names_release(text):
            raise Inexpressible("another one with the next release")
        if kind is str and any("\ud800" <= char <= "\udfff" for char in text):
            raise Inexpressible("lone surrogates")
    elif kind in (int, float) and abs(value) > 10**6:
        now = time.time()
        if any(abs(value / scale - now) < 2 * 86400 for scale in (1, 10**3, 10**6, 10**9)):
            raise Inexpressible("about now")
        if kind is int and abs(value) > 10**80:
            raise Inexpressible("large")
    return value


@functools.cache
def places() -> tuple[str, ...]:
    """Folders of this machine that no test may name."""
    found = (tempfile.gettempdir(), os.getcwd(), os.path.expanduser("~"), sys.prefix, sys.base_prefix)
    return tuple(place for place in found if len(place) > 2)


def _names_release(text: str) -> bool:
    """Whether the name of something that is installed stands in the text, and its version after it."""
    return any(
        _installed(name) == version or _installed(name.rpartition("-")[2]) == version
        for name, version in _RELEASE.findall(text)
    )


@functools.cache
def _installed(name: str) -> str:
    if name.lower() == "python":
        return platform.python_version()
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return ""


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
