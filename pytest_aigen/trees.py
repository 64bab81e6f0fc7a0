"""The nodes of syntax trees that many look at and nothing changes: each tree is walked once."""

from __future__ import annotations

import ast
from collections.abc import Sequence

_NODES = "_aigen_nodes"


def nodes(tree: ast.AST) -> Sequence[ast.AST]:
    """What `ast.walk` yields, in that order. Keeps it in the tree, which must not be changed afterwards.

    >>> [type(node).__name__ for node in nodes(ast.parse("x = 1"))]
    ['Module', 'Assign', 'Name', 'Constant', 'Store']
    """
    kept: list[ast.AST] | None = tree.__dict__.get(_NODES)
    if kept is not None:
        return kept
    found = [tree]
    for node in found:  # grows meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [each for each in value if isinstance(each, ast.AST)]
    tree.__dict__[_NODES] = found
    return found
