"""Which header decides whether a statement runs."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping


@functools.lru_cache(maxsize=8)
def guards(tree: ast.AST) -> Mapping[int, int]:
    """First lines of statements -> the header that decides whether they run."""
    found: dict[int, int] = {}

    def walk(node: ast.AST, header: int | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                if header is not None:
                    found[child.lineno] = header
                decides = isinstance(
                    child, (ast.If, ast.While, ast.For, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith)
                )
                walk(child, child.lineno if decides else None if _scope(child) else header)
            elif isinstance(child, (ast.excepthandler, ast.match_case)):
                walk(child, header)

    walk(tree, None)
    return found


def _scope(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
