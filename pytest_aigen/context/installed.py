"""Sources of installed libraries, read and never imported: for what the modules of this process do not tell.

Where tests run in the workers of pytest-xdist, this process has imported neither the project nor what it uses.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from pytest_aigen.context.definitions import Found, Project, find

_MOST, _LONGEST_ROW, _LONGEST_VALUE = 8, 140, 30
_FOLDERS = {"site-packages", "dist-packages"}


def is_library(module: str) -> bool:
    """Whether a module is of the standard library or of an installed package."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or text(top) is not None


@lru_cache(maxsize=256)
def text(module: str) -> str | None:
    """The source of an installed module; None of any other, of what is compiled, and of the standard library."""
    spec = _spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    if module.partition(".")[0] in sys.stdlib_module_names or _FOLDERS.isdisjoint(Path(spec.origin).parts):
        return None
    with suppress(OSError, ValueError, SyntaxError, RecursionError):
        found = Path(spec.origin).read_text("utf-8")
        ast.parse(found)
        return found
    return None


def _spec(module: str) -> ModuleSpec | None:
    """Where a module would be imported from; no parent of it is imported."""
    spec, places, name = None, None, ""
    for part in module.split("."):
        name = f"{name}.{part}".lstrip(".")
        with suppress(Exception):  # an entry of the path may be anything
            spec = PathFinder.find_spec(name, places)
        if spec is None or spec.name != name:
            return None
        places = list(spec.submodule_search_locations or ())
    return spec


def with_libraries(project: Project) -> Project:
    """The project, and the installed libraries that it imports."""

    def texts(module: str) -> str | None:
        own = project.texts(module)
        return text(module) if own is None else own

    def is_package(module: str) -> bool:
        if project.texts(module) is not None:
            return project.is_package(module)
        return bool((spec := _spec(module)) and spec.submodule_search_locations)

    return replace(project, texts=texts, is_package=is_package)


def signatures(
    module: str, names: Iterable[str], project: Project, is_own: Callable[[str], bool], *, most: int = _MOST
) -> tuple[str, ...]:
    """The classes and functions that a module uses of libraries, each in a line, as `live.signatures` has them."""
    whole = with_libraries(project)
    found = ((name, find(name, module, whole)) for name in names)
    rows = (row(name, one) for name, one in found if one is not None and not _is_known(one, is_own))
    return tuple(dict.fromkeys(filter(None, rows)))[:most]


def _is_known(found: Found, is_own: Callable[[str], bool]) -> bool:
    return is_own(found.module) or found.module.partition(".")[0] in ("pytest", "_pytest")


def row(name: str, found: Found) -> str:
    """The signature of a function, or of what makes an object of a class; empty where the source does not tell."""
    node = found.node
    if isinstance(node, ast.ClassDef):
        made = next((f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        return _row(f"class {name}", made.args, None, bound=True) if made else ""
    if isinstance(node, ast.FunctionDef):
        return _row(f"def {name}", node.args, node.returns)
    if isinstance(node, ast.AsyncFunctionDef):
        return _row(f"async def {name}", node.args, node.returns)
    return ""


def _row(head: str, given: ast.arguments, returns: ast.expr | None, *, bound: bool = False) -> str:
    arguments = deepcopy(given)
    for several in (arguments.posonlyargs, arguments.args):
        if bound and several:
            del several[0]
            break
    arguments.defaults = list(map(_default, arguments.defaults))
    arguments.kw_defaults = [d and _default(d) for d in arguments.kw_defaults]
    shown = f"{head}({ast.unparse(arguments)})" + (f" -> {ast.unparse(returns)}" if returns else "")
    if len(shown) > _LONGEST_ROW:
        for argument in _all(arguments):
            argument.annotation = None
        shown = f"{head}({ast.unparse(arguments)})"
    return shown if len(shown) <= _LONGEST_ROW else shown[:_LONGEST_ROW].rpartition(", ")[0] + ", ...)"


def _all(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _default(value: ast.expr) -> ast.expr:
    short = isinstance(value, ast.Constant) and len(ast.unparse(value)) <= _LONGEST_VALUE
    return value if short else ast.Constant(...)
