"""The functions of the code under test as they exist in a process, and what changes them: their code is swapped."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import _lru_cache_wrapper, lru_cache, partial, partialmethod
from itertools import islice
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from pytest_aigen.data import Change
from pytest_aigen.mutants.compiled import changed_lines, meaning, swaps

_PLAIN = (str, bytes, int, float, complex, bool, type(None), CodeType)
#: How far functions are looked for from a module's names, and how many values of a collection are looked at.
_DEPTH, _WIDTH = 5, 500


@dataclass(frozen=True, slots=True)
class Plan:
    """How a change is made."""

    #: Functions, and the code that they get.
    codes: tuple[tuple[FunctionType, CodeType], ...]
    #: The lines, of the file, that the change is on.
    lines: range
    #: Those of the tests that may notice; none for all of them.
    tests: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.codes)


class Functions:
    """The functions of some sources that exist in this process."""

    def __init__(self, spaces: Sequence[dict[str, Any]], found: Iterable[FunctionType]) -> None:
        self._functions: dict[tuple[str, int], list[FunctionType]] = {}
        for each in found:
            key = each.__code__.co_name, each.__code__.co_firstlineno
            self._functions.setdefault(key, []).append(each)
        self._caches = [each for space in spaces for each in _caches(space)]

    @classmethod
    def all(cls, paths: set[Path]) -> Functions:
        """All that the garbage collector knows, which the sandbox lets nobody ask."""
        gc.unfreeze()
        spaces = [module.__dict__ for module in _modules(paths)]
        known = set(map(id, spaces))
        referrers = gc.get_referrers(*spaces) if spaces else ()
        found = [f for f in referrers if isinstance(f, FunctionType) and id(f.__globals__) in known]
        gc.freeze()
        return cls(spaces, found)

    @classmethod
    def reachable(cls, paths: set[Path]) -> Functions:
        """Those that can be reached from the names of their modules, without running any code of theirs."""
        spaces = [module.__dict__ for module in _modules(paths)]
        return cls(spaces, _reachable(spaces))

    def plan(self, change: Change) -> Plan:
        """The functions to change and their new code; nothing where the change cannot be made, or makes none."""
        return Plan(
            tuple(
                (function, swap.after)
                for swap in swaps(change) or ()
                for function in self._functions.get((swap.before.co_name, swap.before.co_firstlineno), ())
                if function.__code__.co_freevars == swap.after.co_freevars
                and meaning(function.__code__) == meaning(swap.before)
            ),
            changed_lines(change),
            change.tests,
        )

    def apply(self, plan: Plan) -> Callable[[], None]:
        """Make a change; what is returned undoes it."""
        before = [(function, function.__code__) for function, _ in plan.codes]
        self._swap(plan.codes)
        return lambda: self._swap(before)

    def _swap(self, codes: Sequence[tuple[FunctionType, CodeType]]) -> None:
        for function, code in codes:
            function.__code__ = code
        for cache in self._caches:
            cache.cache_clear()


def _modules(paths: set[Path]) -> list[ModuleType]:
    """The modules of these files; a file may have been imported under more names than one."""
    real = {_real(str(path)) for path in paths}
    ends = tuple({os.sep + os.path.basename(path) for path in {*map(str, paths), *real}})
    return [
        module
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str)
        and file.endswith(ends)
        and _real(file) in real
    ]


#: Of many packages the file is an `__init__.py`: what the process that candidates are forked from asked is known to them.
_real = lru_cache(maxsize=4096)(os.path.realpath)


def know(paths: Iterable[Path]) -> None:
    """Look at all modules once, for all later forks."""
    _modules(set(paths))


def _reachable(spaces: Sequence[dict[str, Any]]) -> Iterator[FunctionType]:
    known = set(map(id, spaces))
    seen: set[int] = set()
    level: list[Any] = list(spaces)
    for _ in range(_DEPTH):
        following: list[Any] = []
        for each in level:
            if id(each) in seen:
                continue
            seen.add(id(each))
            if isinstance(each, FunctionType) and id(each.__globals__) in known:
                yield each
            following += _parts(each, known)
        level = following


def _parts(value: Any, known: set[int]) -> Iterable[Any]:
    """Where functions may be in a value."""
    kind = type(value)
    if kind is dict:
        return list(value.values()) if id(value) in known else list(islice(value.values(), _WIDTH))
    if kind in (list, tuple, set, frozenset):
        return list(islice(value, _WIDTH))
    if issubclass(kind, type):
        module = sys.modules.get(type.__getattribute__(value, "__module__"))
        values = list(type.__getattribute__(value, "__dict__").values())
        own = module is not None and id(module.__dict__) in known
        # A package may give its own name to the classes of its modules: whose they are is told by what they hold.
        own = own or any(type(each) is FunctionType and id(each.__globals__) in known for each in values)
        return values if own else ()
    if kind is FunctionType:
        return [*_contents(value), *value.__dict__.values()]
    if kind is property:
        return value.fget, value.fset, value.fdel
    if kind in (staticmethod, classmethod, MethodType):
        return (value.__func__,)
    if kind in (partial, partialmethod):
        return (value.func,)
    if kind in (ModuleType, *_PLAIN):
        return ()
    try:
        return list(object.__getattribute__(value, "__dict__").values())[:_WIDTH]
    except (AttributeError, TypeError):
        return ()


def _contents(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            yield cell.cell_contents


def _caches(space: Mapping[str, Any]) -> Iterator[Any]:
    """What `functools.lru_cache` made of functions at the top of a module and of its classes."""
    for each in list(space.values()):
        if isinstance(each, (staticmethod, classmethod)):
            each = each.__func__
        if isinstance(each, _lru_cache_wrapper):
            yield each
        elif isinstance(each, type) and each.__module__ == space.get("__name__"):
            yield from _caches({**vars(each), "__name__": None})
