"""What the user's tests pass to the functions of the project, noted while the suite runs.

Python 3.12 and later tell when a function starts and can be asked to stop telling (``sys.monitoring``, PEP 669): the first
few calls of each function are looked at, and the rest costs nothing. Before 3.12 every call, of C functions too, costs
(``sys.setprofile``): the first few thousand of each test are looked at, as long as that takes a small share of the time.
No code of the project runs for this, not even a ``__repr__``.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import sys
import time
import types
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.data import Observation

#: Calls of a function that are looked at, and those that are kept, each different.
_LOOKS, _KEPT = 40, 6
_LONGEST, _MOST_ITEMS, _DEEPEST = 200, 20, 4
#: Functions of which anything is kept.
_MOST = 3000
#: Numbers of tools that no known debugger, profiler or coverage tool takes.
_PLACES = (4, 3)
#: Before 3.12: what a look at any call costs in seconds, about; how much of the time all may take; looks per test.
_LOOK, _SHARE, _MOST_LOOKS = 8e-7, 0.02, 3000
#: Flags of code that goes on where it stopped, of which Python says that it was called: generators, coroutines and both.
_RESUMES = 0x20 | 0x80 | 0x200
#: Their ``repr`` is how they are made, and is not the project's code.
_WRITTEN = (type(None), bool, int, float, complex, str, bytes)
#: Taken now: tests replace and remove what they find in modules, and this is called while they run.
_getframe, _getprofile, _setprofile = sys._getframe, sys.getprofile, sys.setprofile
_MADE = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction, uuid.UUID)  # fmt: skip


_Place: TypeAlias = tuple[str, types.CodeType]


class Inexpressible(Exception):
    """The value cannot be written as an expression that makes it again."""


class Watch:
    """Notes calls of the code below a folder from ``start`` to ``stop``."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.perf_counter) -> None:
        self._root = f"{root}/"
        # By file too: code of the same text on the same line is equal, wherever it stands.
        self._looks: dict[_Place, int] = {}
        self._seen: dict[_Place, dict[Observation, None]] = {}
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool: int | None = None
        self._clock, self._started = clock, 0.0
        #: Before 3.12: looks that the running test has left, and those of all tests together.
        self._left = self._spent = 0

    def start(self) -> None:
        """Begin, where this Python can and not all of its places for tools are taken."""
        self._started = self._clock()
        if self._monitoring is None:
            return
        self._tool = next((place for place in _PLACES if self._monitoring.get_tool(place) is None), None)
        if self._tool is None:
            return
        event = self._monitoring.events.PY_START
        self._monitoring.use_tool_id(self._tool, "pytest-aigen")
        self._monitoring.register_callback(self._tool, event, self._starts)
        self._monitoring.set_events(self._tool, event)

    def stop(self) -> tuple[Observation, ...]:
        """End; what was noted, in the order of files and lines."""
        if self._tool is not None:
            self._monitoring.set_events(self._tool, 0)
            self._monitoring.register_callback(self._tool, self._monitoring.events.PY_START, None)
            self._monitoring.free_tool_id(self._tool)
            self._tool = None
        found = [observation for seen in self._seen.values() for observation in seen]
        return tuple(sorted(found, key=lambda one: (str(one.path), one.line)))

    @contextlib.contextmanager
    def test(self) -> Iterator[None]:
        """Look at what a test calls meanwhile; before 3.12 calls outside of tests are not looked at."""
        if self._monitoring is not None or _getprofile() is not None:
            yield
            return
        affordable = _MOST_LOOKS + int(_SHARE * (self._clock() - self._started) / _LOOK)
        given = self._left = max(0, min(_MOST_LOOKS, affordable - self._spent))
        if given:
            _setprofile(self._called)
        try:
            yield
        finally:
            if _getprofile() == self._called:
                _setprofile(None)
            self._spent += given - max(0, self._left)

    def _called(self, frame: types.FrameType, event: str, arg: object) -> None:
        self._left -= 1
        if self._left < 0:
            _setprofile(None)
        elif event == "call":
            code = frame.f_code
            is_start = not code.co_flags & _RESUMES or frame.f_lineno == code.co_firstlineno
            place = code.co_filename, code
            if is_start and self._looks.get(place, 0) < _LOOKS:
                if not self._note(code, frame):
                    self._looks[place] = _LOOKS

    def _starts(self, code: types.CodeType, offset: int) -> Any:
        return None if self._note(code, _getframe(1)) else self._monitoring.DISABLE

    def _note(self, code: types.CodeType, frame: types.FrameType) -> bool:
        """Whether to look at further calls of the function. Raises nothing: it would be raised in the user's test."""
        try:
            place = code.co_filename, code
            looks = self._looks.get(place, 0)
            if not looks and not self._ours(code):
                return False
            self._looks[place] = looks + 1
            seen = self._seen.setdefault(place, {})
            with contextlib.suppress(Inexpressible, RecursionError, AttributeError):
                seen.setdefault(observation(code, frame.f_locals))
            return looks + 1 < _LOOKS and len(seen) < _KEPT
        except Exception:
            return False

    def _ours(self, code: types.CodeType) -> bool:
        """Whether the code is a function with arguments in a file of the project that holds no tests."""
        path = code.co_filename
        if (
            not path.startswith(self._root)
            or "site-packages" in path
            or not _named(code)
            or len(self._seen) >= _MOST
        ):
            return False
        name = path.rpartition("/")[2]
        return not (name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py")


def observation(code: types.CodeType, values: dict[str, Any]) -> Observation:
    """A call as expressions, given what the arguments hold when it starts. Raises Inexpressible.

    >>> def double(number, *, times=2): ...
    >>> observation(double.__code__, {"number": 3, "times": 4}).text
    'double(number=3, times=4)'
    """
    names = _arguments(code)
    receiver, owner = "", _qualname(code).rpartition(".")[0]
    if owner and names[:1] in (["self"], ["cls"]):
        first = names.pop(0)
        if first == "self" and code.co_name not in ("__init__", "__new__"):
            receiver = written(values[first])
    star = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & 0x04 else ""
    arguments = tuple((name, written(values[name])) for name in names)
    if star and values[star]:
        raise Inexpressible("more arguments than names")
    if code.co_flags & 0x08:
        rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount + bool(star)]
        arguments += tuple((str(name), written(value)) for name, value in values[rest].items())
    return Observation(Path(code.co_filename), _qualname(code), code.co_firstlineno, arguments, receiver)


def _arguments(code: types.CodeType) -> list[str]:
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _named(code: types.CodeType) -> bool:
    qualname = _qualname(code)
    return "<" not in qualname and bool(_arguments(code) or code.co_flags & 0x0C)


def _qualname(code: types.CodeType) -> str:
    found = getattr(code, "co_qualname", None)  # new in Python 3.11
    if found is None:
        return _qualnames(code.co_filename).get((code.co_name, code.co_firstlineno), code.co_name)
    return str(found)


@functools.cache
def _qualnames(path: str) -> dict[tuple[str, int], str]:
    """What the functions in a file are called by name and first line, that of the first decorator if there is one."""
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[tuple[str, int], str] = {}

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.ClassDef):
                inner = f"{prefix}{child.name}."
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min(part.lineno for part in (child, *child.decorator_list))
                found[child.name, first] = prefix + child.name
                inner = f"{prefix}{child.name}.<locals>."
            walk(child, inner)

    walk(tree, "")
    return found


def written(value: Any) -> str:
    """The expression that makes an equal value. Raises Inexpressible for what has none, or a long one.

    >>> written({"a": [datetime.date(2024, 1, 15), pathlib.PurePosixPath("b")]})
    "{'a': [datetime.date(2024, 1, 15), pathlib.PurePosixPath('b')]}"
    """
    text = _written(value, 0)
    if len(text) > _LONGEST:
        raise Inexpressible("too long")
    return text


def _written(value: Any, depth: int) -> str:
    kind = type(value)
    if kind in _WRITTEN:
        if (kind in (str, bytes) and len(value) > _LONGEST) or (kind is int and value.bit_length() > 200):
            raise Inexpressible("too long")
        return repr(value)
    if depth > _DEEPEST:
        raise Inexpressible("too deep")
    if kind in (list, tuple, set, frozenset, dict):
        return _container(value, kind, depth + 1)
    if kind in _MADE:
        return repr(value) if kind.__module__ == "datetime" else f"{kind.__module__}.{value!r}"
    if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
        return f"pathlib.{kind.__name__}({str(value)!r})"
    if isinstance(value, enum.Enum) and isinstance(value._name_, str):
        return f"{kind.__qualname__}.{value._name_}"
    if isinstance(value, type):
        return value.__qualname__
    return _instance(value, kind, depth + 1)


def _container(value: Any, kind: type, depth: int) -> str:
    if len(value) > _MOST_ITEMS:
        raise Inexpressible("too long")
    if kind is dict:
        pairs = ((_written(key, depth), _written(item, depth)) for key, item in value.items())
        return "{" + ", ".join(f"{key}: {item}" for key, item in pairs) + "}"
    items = [_written(item, depth) for item in value]
    if kind in (set, frozenset):
        items.sort()
        inner = "{" + ", ".join(items) + "}" if items else "set()"
        return inner if kind is set else f"frozenset({inner if items else ''})"
    if kind is tuple:
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    return f"[{', '.join(items)}]"


def _instance(value: Any, kind: type, depth: int) -> str:
    """The call of the constructor whose arguments the object keeps under their names."""
    kept = dict(_state(value, kind))
    parts = [f"{name}={_written(kept[name], depth)}" for name in _kept_arguments(kind, kept)]
    return f"{kind.__qualname__}({', '.join(parts)})"


def _state(value: Any, kind: type) -> Iterable[tuple[str, Any]]:
    if issubclass(kind, tuple) and isinstance(fields := getattr(kind, "_fields", None), tuple):
        return zip(fields, tuple.__iter__(value))
    try:
        found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        raise Inexpressible("no attributes to look at") from None
    return found.items()


def _kept_arguments(kind: type, kept: dict[str, Any]) -> Iterator[str]:
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if field.init]
    elif issubclass(kind, tuple):
        names = list(kept)
    else:
        code = getattr(kind.__init__, "__code__", None)
        if code is None or code.co_flags & 0x0C:
            raise Inexpressible("nobody knows what it was made with")
        names = _arguments(code)[1:]
    for name in names:
        if name not in kept:
            raise Inexpressible("nobody knows what it was made with")
        yield name
