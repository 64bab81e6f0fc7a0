"""Reads candidates: the syntax tree of one, what its names stand for, and how a piece of it is shown to a person."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from pytest_aigen.trees import nodes

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=256)
def parsed(code: str) -> ast.Module:
    """The syntax tree of a candidate, without the warnings that its text may earn. Raises SyntaxError only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
            compile(code, "<candidate>", "exec", dont_inherit=True)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or type(error).__name__) from error
    return tree


def imported(tree: ast.Module) -> Mapping[str, str]:
    """What the names that any import binds stand for.

    >>> imported(ast.parse("import os.path; from os import environ as env"))
    {'os': 'os', 'env': 'os.environ'}
    """
    names: dict[str, str] = {}
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    """The full name of an expression such as ``env.pop``: ``os.environ.pop``; empty for what has none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def test_function(tree: ast.Module, name: str) -> Function | None:
    """The function with this node id: ``test_x`` or ``TestX::test_y``."""
    *owners, last = name.partition("[")[0].split("::")
    body: Sequence[ast.stmt] = tree.body
    for owner in owners:
        body = next((s.body for s in body if isinstance(s, ast.ClassDef) and s.name == owner), ())
    return next((s for s in body if isinstance(s, Function) and s.name == last), None)


def shown(node: ast.AST, length: int = 60) -> str:
    """Source of a node in one line, cut.

    >>> shown(ast.parse("f( 1 )"))
    '`f(1)`'
    """
    text = " ".join(ast.unparse(node).split())
    return f"`{text if len(text) <= length else text[: length - 3] + '...'}`"


def is_literal(node: ast.expr) -> bool:
    """It consists of literals only, and so says nothing about any code."""
    free = (ast.Name, ast.Attribute, ast.Call, ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)
    return not any(isinstance(part, free) for part in ast.walk(node))
