"""A mutant as code objects: which of the original's it replaces, and by what.

Runs in the processes in which candidates run: standard library and records only.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from pytest_aigen.data import Change

#: Of a code object, what decides on what it does; line tables, names of files and the like do not.
_SCALARS = (
    *("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars"),
    *("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_flags"),
)


class Swap(NamedTuple):
    """A function's code, and what stands in its place."""

    before: CodeType
    after: CodeType


def swaps(change: Change) -> list[Swap] | None:
    """What to replace, the outermost functions first; empty where nothing differs but line numbers.

    None where the mutant is not of functions alone, or cannot be compiled.
    """
    try:
        before, after = _original(replace(change, after="")), _compiled(change.after, change)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: list[Swap] = []
    return found if _differing(before, after, found) else None


def changed_lines(change: Change) -> range:
    """The lines of the file on which what comes after differs from what was before.

    >>> changed_lines(Change(Path("shop.py"), 10, "def f(x):\\n    return x", "def f(x):\\n    return -x"))
    range(11, 12)
    """
    before, after = change.before.split("\n"), change.after.split("\n")
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after)))
    most = min(len(before), len(after)) - start
    end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before[::-1], after[::-1])))
    stop = len(after) - min(most, end)
    return range(change.line + start, change.line + max(stop, start + 1))


def same(path: Path, before: str, after: str) -> bool:
    """Whether two texts of a source are compiled to the same, as far as what they do is concerned."""
    return meaning(_compiled(before, Change(path, 1, "", ""))) == meaning(
        _compiled(after, Change(path, 1, "", ""))
    )


def meaning(code: CodeType) -> tuple[Any, ...]:
    """Equal for code objects that do the same; without the lines on which they stand."""
    return *_shallow(code), tuple(meaning(each) for each in code.co_consts if isinstance(each, CodeType))


@lru_cache(maxsize=32)
def _original(change: Change) -> CodeType:
    """Many changes are of one text."""
    return _compiled(change.before, change)


def _compiled(text: str, change: Change) -> CodeType:
    padding = "\n" * (change.line - 1)
    if padding and change.imports:
        padding = f"import {', '.join(change.imports)}{padding}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of comparisons that make little sense, as mutants are
        code = compile(padding + text, str(change.path), "exec", change.flags, dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


def _differing(before: CodeType, after: CodeType, into: list[Swap]) -> bool:
    """Collect the functions that differ; False where what is no function does."""
    if meaning(before) == meaning(after):
        return True
    if _is_function(before):
        into.append(Swap(before, _fitting(before, after)))
    elif before.co_cellvars == after.co_cellvars and _shallow(before) != _shallow(after):
        # A class has a cell if one of its functions says `super()`, which a mutant may not say any more.
        return False
    inner = dict(_inner(before))
    return all(
        _differing(inner[key], code, into) or _is_function(before)
        for key, code in _inner(after)
        if key in inner
    )


def _fitting(before: CodeType, after: CodeType) -> CodeType:
    """The new code with the closure of the old one, which the function that gets it has, if it needs none."""
    if before.co_freevars and not after.co_freevars:
        return after.replace(co_freevars=before.co_freevars)
    return after


def _inner(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """The code objects in another one by name and, of several with one name, by number."""
    seen: Counter[str] = Counter()
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield (each.co_name, seen[each.co_name]), each
            seen[each.co_name] += 1


def _is_function(code: CodeType) -> bool:
    """Whether it is no module's and no class's."""
    return bool(code.co_flags & 0x1)  # CO_OPTIMIZED


def _shallow(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(
        (type(each).__name__, "" if isinstance(each, CodeType) else repr(each)) for each in code.co_consts
    )
    handlers = getattr(code, "co_exceptiontable", b"")
    return *(getattr(code, name) for name in _SCALARS), constants, handlers
