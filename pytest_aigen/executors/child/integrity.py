"""Whether what runs, judges and measures tests is still what it was: code under test may have patched it.

Found out in the process of the candidate itself, and so by somebody who can be fooled: it tells of accidents and of
what is plainly meant to fake a pass, not of everything.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

#: Modules whose functions, and the methods of whose classes, have to stay.
_KEPT = (
    *(
        "pytest",
        "_pytest.runner",
        "_pytest.reports",
        "_pytest.python",
        "_pytest.raises",
        "_pytest.python_api",
    ),
    *("_pytest.outcomes", "_pytest.nodes", "_pytest.skipping", "pluggy._callers", "pluggy._hooks"),
    *("pluggy._execution", "pluggy._caller"),
    *("coverage.control", "coverage.collector", "coverage.sqldata"),
    *("pytest_aigen.executors.wire", "pytest_aigen.executors.child.perform"),
    *("pytest_aigen.executors.child.tracing", "pytest_aigen.executors.child.details"),
)
_CODE = (FunctionType, type, staticmethod, classmethod, property)

# Code under test may leave these patched.
_vars, _isinstance = vars, isinstance


def seal() -> Callable[[], str]:
    """Remember the present state -> what says, later, the first name that changed, or nothing."""
    modules = [module for name in _KEPT if (module := sys.modules.get(name)) is not None]
    seen: dict[int, tuple[Any, list[str], list[Any]]] = {}
    for owner, name, value in _parts(modules):
        _, names, values = seen.setdefault(id(owner), (owner, [], []))
        names.append(name)
        values.append(value)
    kept = [
        (owner, names, values, functions, [each.__code__ for each in functions])
        for owner, names, values in seen.values()
        for functions in [[value for value in values if isinstance(value, FunctionType)]]
    ]
    look, same, code_of, every, each_of = _vars, operator.is_, operator.attrgetter("__code__"), all, map

    def changed() -> str:
        for owner, names, values, functions, codes in kept:
            now = look(owner)
            as_before = every(each_of(same, each_of(now.get, names), values))
            if not as_before or not every(each_of(same, each_of(code_of, functions), codes)):
                parts = [name for name, value in zip(names, values) if now.get(name) is not value]
                return f"{owner.__name__}.{', '.join(parts[:1]) or 'functions'}"
        return ""

    return changed


def _parts(modules: list[ModuleType]) -> Iterator[tuple[Any, str, Any]]:
    for module in modules:
        for name, value in list(_vars(module).items()):
            if not _isinstance(value, _CODE) or name.startswith("__"):
                continue
            yield module, name, value
            if _isinstance(value, type) and value.__module__ == module.__name__:
                methods = [(n, part) for n, part in _vars(value).items() if _isinstance(part, _CODE)]
                yield from ((value, n, part) for n, part in methods)
