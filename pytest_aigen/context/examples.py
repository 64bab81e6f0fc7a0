"""The nearest existing tests, as text: style, and set-up to start from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_aigen.context.source import lines_of, parsed

_LONGEST_LINES = 60
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What is called before each test of a class.
_SET_UP = ("setUp", "asyncSetUp", "setup_method")


def examples(
    nodeids: Sequence[str], root: Path, read: Callable[[Path], str | None], *, limit: int = 2
) -> dict[str, str]:
    """Source of the first ``limit`` tests that can be found in their files and are not too long to show, each with the
    path of its module.
    """
    found: dict[str, str] = {}
    # Of a table, each row has a node id; and modules are large.
    for test in dict.fromkeys(nodeid.partition("[")[0] for nodeid in nodeids):
        if len(found) == limit:
            break
        path, *names = test.split("::")
        text = read(root / path)
        if text is not None and (source := _test(text, names)):
            found[source] = path
    return found


def _test(text: str, names: Sequence[str]) -> str | None:
    """The source of a test; of a method, with the first line of its class and what is called before it."""
    try:
        scope: ast.AST = parsed(text)
    except (SyntaxError, ValueError):
        return None
    owner: ast.ClassDef | None = None
    for name in names:
        owner = scope if isinstance(scope, ast.ClassDef) else None
        inner = (child for child in ast.iter_child_nodes(scope) if getattr(child, "name", None) == name)
        if (found := next(inner, None)) is None:
            return None
        scope = found
    if not isinstance(scope, _Function):
        return None
    rows = _lines(scope, text)
    if owner is not None:
        before = [child for child in owner.body if isinstance(child, _Function) and child.name in _SET_UP]
        rows = [*_head(owner), *(row for child in before for row in _lines(child, text)), *rows]
    return "\n".join(rows) if len(rows) <= _LONGEST_LINES else None


def _head(node: ast.ClassDef) -> list[str]:
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    return [*(f"@{ast.unparse(d)}" for d in node.decorator_list), f"class {node.name}{bases}:"]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> list[str]:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return lines_of(text)[first - 1 : node.end_lineno]
