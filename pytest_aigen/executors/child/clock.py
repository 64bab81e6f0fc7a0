"""Moves the date in this process, for good. Runs in the processes in which candidates run.

By time-machine where it is installed: it moves every clock of the day that Python has, and tests that use it themselves
travel on from there. Else ``datetime.now`` and ``utcnow`` are replaced in the classes themselves, so that values stay of the
types that they are, and the functions of ``time`` in that module and in those of the project. Monotonic clocks, which tell
how long ago the machine was started, are moved so where that is asked for: what was noted before by one of them would seem
to be long ago. What stays is the file system's clock, that of C code, and what other libraries imported from ``time`` by
name.
"""

from __future__ import annotations

import gc
import importlib
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

_now = datetime.now
_DAY = 24 * 60 * 60
#: Functions of ``time`` that take a moment, and what they take the present for where none is given.
_PRESENT: dict[str, tuple[int, Callable[[], Any]]] = {
    "localtime": (0, lambda: time.time()),
    "gmtime": (0, lambda: time.time()),
    "ctime": (0, lambda: time.time()),
    "asctime": (0, lambda: time.localtime()),
    "strftime": (1, lambda: time.localtime()),
}
#: Clocks that go on evenly, and how many of their units are a second.
_EVEN = {"monotonic": 1, "monotonic_ns": 10**9, "perf_counter": 1, "perf_counter_ns": 10**9}
#: Before a conftest file could replace them: a clock that the project replaced itself is left alone.
_ORIGINAL: dict[str, Any] = {
    name: getattr(time, name)
    for name in ("time", "time_ns", "clock_gettime", "clock_gettime_ns", *_EVEN, *_PRESENT)
    if hasattr(time, name)
}


def move(days: int, root: Path, more: int = 0, started: float | None = None) -> str | None:
    """By what the date was moved, ``more`` seconds beside the days; None where it cannot be.

    Monotonic clocks are moved as if the machine had been ``started`` so many seconds ago.
    """
    seconds = days * _DAY + more
    even = _even_clocks(int(started - _ORIGINAL["monotonic"]())) if started is not None else {}
    with suppress(ImportError):
        machine: Any = importlib.import_module("time_machine")
        # A number: with a moment it would set the time zone too.
        machine.travel(time.time() + seconds, tick=True).start()
        _replace(even, root)
        return "time-machine"
    _replace({**even, **_clocks_of_day(seconds)}, root)
    _replace_methods()
    moved = datetime.now(timezone.utc) - _now(timezone.utc)
    return "a replaced clock" if abs(moved - timedelta(seconds=seconds)) < timedelta(hours=1) else None


def _even_clocks(seconds: int) -> Mapping[str, Callable[..., Any]]:
    return {name: _later(_ORIGINAL[name], seconds * unit) for name, unit in _EVEN.items()}


def _clocks_of_day(seconds: int) -> Mapping[str, Callable[..., Any]]:
    new = {
        "time": _later(_ORIGINAL["time"], seconds),
        "time_ns": _later(_ORIGINAL["time_ns"], seconds * 10**9),
        **{name: _with_default(_ORIGINAL[name], *how) for name, how in _PRESENT.items()},
    }
    if "clock_gettime" in _ORIGINAL:
        new["clock_gettime"] = _later_of_day(_ORIGINAL["clock_gettime"], seconds)
        new["clock_gettime_ns"] = _later_of_day(_ORIGINAL["clock_gettime_ns"], seconds * 10**9)
    return new


def _replace(new: Mapping[str, Callable[..., Any]], root: Path) -> None:
    """Put these for the functions of ``time`` of the same names."""
    by_old = {id(_ORIGINAL[name]): function for name, function in new.items()}
    for module in [time, *_modules_below(root)]:
        for name, value in list(vars(module).items()):
            if id(value) in by_old:
                setattr(module, name, by_old[id(value)])


def _later(original: Callable[[], float], number: int) -> Callable[[], float]:
    return lambda: original() + number


def _later_of_day(original: Callable[[int], float], number: int) -> Callable[[int], float]:
    """Of the clock of the day only."""
    return lambda clock: original(clock) + (number if clock == time.CLOCK_REALTIME else 0)


def _with_default(original: Any, given: int, present: Callable[[], Any]) -> Any:
    def function(*args: Any) -> Any:
        if len(args) > given and args[given] is not None:
            return original(*args)
        return original(*args[:given], present()) if len(args) >= given else original(*args)

    return function


def _modules_below(root: Path) -> list[ModuleType]:
    """Modules of the project that are imported already, such as conftest files: they may hold a clock by name."""
    found = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(str(root)) and "site-packages" not in file:
            found.append(module)
    return found


def _replace_methods() -> None:
    def now(cls: type[datetime], tz: Any = None) -> datetime:
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: type[datetime]) -> datetime:
        if sys.version_info >= (3, 12):
            says = "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version."
            warnings.warn(says, DeprecationWarning, stacklevel=2)
        return cls.fromtimestamp(time.time(), timezone.utc).replace(tzinfo=None)

    # Types that are written in C refuse to be changed, their namespaces do not. `today` goes by `time.time`.
    (namespace,) = gc.get_referents(datetime.__dict__)
    try:
        import ctypes

        namespace.update(now=classmethod(now), utcnow=classmethod(utcnow))
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))
    except (ImportError, AttributeError, TypeError):
        return  # another Python than CPython
