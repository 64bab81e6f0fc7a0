"""Whether what runs, judges and measures tests is still what it was: code under test may have patched it.

Found out in the process of the candidate itself, and so by somebody who can be fooled: it tells of accidents and of
what is plainly meant to fake a pass, not of everything.
"""

from __future__ import annotations

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
    *("coverage.control", "coverage.collector", "coverage.sqldata"),
    *("pytest_aigen.executors.wire", "pytest_aigen.executors.child.perform"),
    *("pytest_aigen.executors.child.tracing", "pytest_aigen.executors.child.details"),
)
_CODE = (FunctionType, type, staticmethod, classmethod, property)

# Code under test may leave these patched.
_vars, _isinstance, _tuple, _getattr = vars, isinstance, tuple, getattr


def seal() -> Callable[[], str]:
    """Remember the present state -> what says, later, the first name that changed, or nothing."""
    modules = [module for name in _KEPT if (module := sys.modules.get(name)) is not None]
    seen = [(owner, name, value, _code(value)) for owner, name, value in _parts(modules)]
    look, code_of = _vars, _code

    def changed() -> str:
        for owner, name, value, code in seen:
            if look(owner).get(name) is not value or code_of(value) is not code:
                return f"{owner.__name__}.{name}"
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


def _code(value: Any) -> Any:
    return _getattr(value, "__code__", None) if _isinstance(value, FunctionType) else None
