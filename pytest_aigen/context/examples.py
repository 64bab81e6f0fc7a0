"""The nearest existing tests, as text: style, and set-up to start from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from pytest_aigen.context.source import lines_of

_LONGEST_LINES = 60


def examples(
    nodeids: Sequence[str], root: Path, read: Callable[[Path], str | None], *, limit: int = 2
) -> tuple[str, ...]:
    """Source of the first ``limit`` tests that can be found in their files and are not too long to show."""
    found: dict[str, None] = {}
    # Of a table, each row has a node id; and modules are large.
    for test in dict.fromkeys(nodeid.partition("[")[0] for nodeid in nodeids):
        if len(found) == limit:
            break
        path, *names = test.split("::")
        text = read(root / path)
        if text is not None and (source := _test(text, names)):
            found[source] = None
    return tuple(found)


@lru_cache(maxsize=64)
def _module(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _test(text: str, names: Sequence[str]) -> str | None:
    scope: ast.AST | None = _module(text)
    if scope is None:
        return None
    for name in names:
        inner = (child for child in ast.iter_child_nodes(scope) if getattr(child, "name", None) == name)
        if (found := next(inner, None)) is None:
            return None
        scope = found
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    first = min([scope.lineno, *(d.lineno for d in scope.decorator_list)])
    lines = lines_of(text)[first - 1 : scope.end_lineno]
    return "\n".join(lines) if len(lines) <= _LONGEST_LINES else None
