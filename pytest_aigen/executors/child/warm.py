"""Imports once, before the first fork, what most candidates would import."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import inspect
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pytest_aigen.unrewritten import Unrewritten

#: What a first test, passing or failing, makes pytest and the standard library import.
_ALWAYS = (
    *("asyncio", "unittest", "unittest.mock", "decimal", "fractions", "datetime", "json", "re", "tempfile"),
    *(
        "difflib",
        "pprint",
        "inspect",
        "traceback",
        "dataclasses",
        "typing",
        "collections",
        "contextlib",
        "io",
    ),
    *("logging", "math", "random", "string", "textwrap", "types", "uuid", "subprocess", "socket", "shutil"),
    *("pickle", "copy", "functools", "itertools", "ctypes", "sqlite3", "reprlib", "bdb", "pdb", "doctest"),
    *("pytest", "_pytest.python_api", "_pytest.assertion.util", "_pytest.assertion.truncate"),
    *("pygments", "pygments.lexers.python", "pygments.formatters.terminal", "pygments.token"),
    *(
        "pytest_asyncio",
        "importlib.metadata",
        "importlib.resources",
        "email.message",
        "urllib.parse",
        "_strptime",
    ),
)


def warm(sources: Sequence[Path], root: Path) -> None:
    """Import what tests need anyway, and what the sources import from elsewhere.

    The modules of the project itself stay unimported: their import-time lines are measured in each candidate.
    """
    owned = project_names(sources, root)
    names = [name for name in foreign_imports(sources) if name.partition(".")[0] not in owned]
    for name in dict.fromkeys((*_ALWAYS, *names)):
        with contextlib.suppress(BaseException), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
    know_modules()


#: Modules of this package that were imported for probes.
_TOOLS: dict[str, None] = {}


def know(tool: str) -> None:
    """Import a module of this package, once for all later forks: what it imports is more than what many probes do."""
    _TOOLS[tool] = None
    if tool in sys.modules:
        return
    before = sys.pycache_prefix, sys.dont_write_bytecode
    # Its bytecode lies beside it, if anywhere.
    sys.pycache_prefix, sys.dont_write_bytecode = None, True
    finder = Unrewritten()
    sys.meta_path.insert(0, finder)
    try:
        with contextlib.suppress(Exception):
            importlib.import_module(tool)
    finally:
        sys.meta_path.remove(finder)
        sys.pycache_prefix, sys.dont_write_bytecode = before
    gc.collect()
    gc.freeze()


def foresee(names: Sequence[str]) -> None:
    """Let the modules that probes need work out beforehand what they will want to know of the modules that were imported:
    those with a function ``foresee(name)``.
    """
    for tool in _TOOLS:
        for name in names:
            with contextlib.suppress(Exception):
                sys.modules[tool].foresee(name)


def know_modules() -> None:
    """Let `inspect` look at the file of every module that is imported, as the report of a first failure would."""
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inspect.getmodule(know_modules.__code__, "")


def project_names(sources: Iterable[Path], root: Path) -> frozenset[str]:
    """Every name under which a source could be imported: its own and those of the folders above it.

    >>> sorted(project_names([Path("/p/src/shop/cart.py")], Path("/p")))
    ['cart', 'shop', 'src']
    """
    names: set[str] = set()
    for source in sources:
        try:
            parts = source.relative_to(root).with_suffix("").parts
        except ValueError:
            parts = source.with_suffix("").parts
        names.update(parts)
    return frozenset(names)


def foreign_imports(sources: Iterable[Path]) -> list[str]:
    """The absolute imports at the top of these files, in order, each once; files that do not parse have none."""
    found: dict[str, None] = {}
    for source in sources:
        try:
            tree = ast.parse(source.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        found.update(dict.fromkeys(_imports(tree.body)))
    return list(found)


def _imports(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            yield statement.module
        elif isinstance(statement, ast.Try):
            yield from _imports(statement.body)
