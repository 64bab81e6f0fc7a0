"""Which sources a test module imports before it does anything else: what a process may import before it is forked."""

from __future__ import annotations

import ast
import itertools
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pytest_aigen.data import Workplace


class SourceNames:
    """The sources of a workplace, and the packages that they are in, by the names under which they are imported."""

    def __init__(self, workplace: Workplace) -> None:
        self._roots = tuple(Path(os.path.abspath(entry or workplace.cwd)) for entry in workplace.sys_path)
        self._root = workplace.root
        self._names = {name for path in workplace.sources for name in _names(path, self._roots)}
        self._foreign: dict[str, bool] = {}

    def imported_first(self, text: str, folder: Path) -> tuple[str, ...]:
        """The sources that a test module in this folder imports at its top, in order.

        Ends at the first statement that could matter to what follows: anything but imports of sources and of what is
        installed.
        """
        found: dict[str, None] = {}
        for statement in _imports_at_top(text):
            named = list(_imported(statement))
            if not named or not all(self.is_source(name) or self._is_foreign(name, folder) for name in named):
                break
            found.update(dict.fromkeys(name for name in self._sources_of(statement, named)))
        return tuple(found)

    def is_source(self, name: str) -> bool:
        """Whether a source is imported under this name, or with what is: a package with each of its modules."""
        return name in self._names

    def _is_foreign(self, name: str, folder: Path) -> bool:
        """Whether nothing of the project has this name."""
        top = name.partition(".")[0]
        if top not in self._foreign:
            inside = (root for root in (*self._roots, self._root) if root.is_relative_to(self._root))
            self._foreign[top] = not any(
                _is_there(root / top) for root in inside if "site-packages" not in root.parts
            )
        return self._foreign[top] and not _is_there(folder / top)

    def _sources_of(self, statement: ast.Import | ast.ImportFrom, named: Iterable[str]) -> Iterator[str]:
        for name in named:
            if not self.is_source(name):
                continue
            yield name
            if isinstance(statement, ast.ImportFrom):
                parts = (f"{name}.{alias.name}" for alias in statement.names)
                yield from filter(self.is_source, parts)


@lru_cache(maxsize=64)
def _imports_at_top(text: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """The import statements before any other; a module runs more often than once."""
    found = []
    try:
        for statement in ast.parse(text).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                found.append(statement)
            elif not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
                break
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(found)


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The modules that a statement names; none for a relative one."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif not statement.level and statement.module:
        yield statement.module


def _names(path: Path, roots: Iterable[Path]) -> Iterator[str]:
    """
    >>> list(_names(Path("/p/src/shop/cart/__init__.py"), [Path("/p/src"), Path("/q")]))
    ['shop', 'shop.cart']
    """
    for root in roots:
        if path.is_relative_to(root):
            parts = path.relative_to(root).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if parts and all(part.isidentifier() for part in parts):
                yield from itertools.accumulate(parts, "{}.{}".format)


def _is_there(place: Path) -> bool:
    return place.is_dir() or place.with_name(f"{place.name}.py").is_file()
