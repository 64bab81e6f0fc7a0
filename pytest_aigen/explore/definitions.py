"""Definitions in a syntax tree, by their dotted names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def find(tree: ast.AST, qualname: str) -> ast.AST | None:
    """The definition of that dotted name; of a nested function, ``outer.inner``, too."""
    node: ast.AST | None = tree
    for part in qualname.replace(".<locals>", "").split("."):
        node = _named(node).get(part) if node is not None else None
    return node


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The outermost functions and the methods of a module, with their dotted names."""
    for child in _scope(node):
        if isinstance(child, Function):
            yield f"{prefix}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{prefix}{child.name}.")


@lru_cache(maxsize=4096)
def _named(node: ast.AST) -> Mapping[str, ast.AST]:
    """The definitions of a scope by name: the last one of several."""
    found: dict[str, ast.AST] = {}
    for child in _scope(node):
        if isinstance(child, (*Function, ast.ClassDef)):
            found.setdefault(child.name, child)
    return found


def _scope(node: ast.AST) -> Iterator[ast.AST]:
    """Statements of a scope, also those under ``if`` and ``try``; last definition of a name first."""
    found: list[ast.AST] = []
    stack = [
        child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.excepthandler))
    ]
    while stack:
        child = stack.pop(0)
        found.append(child)
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stack[:0] = [
                inner
                for inner in ast.iter_child_nodes(child)
                if isinstance(inner, (ast.stmt, ast.excepthandler))
            ]
    return reversed(found)
