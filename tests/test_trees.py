"""Nodes of trees that nothing changes: in the order of `ast.walk`, found once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_aigen
from pytest_aigen.trees import nodes

SOURCES = sorted(Path(pytest_aigen.__file__).parent.glob("*.py"))[:12]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_as_ast_walk(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert list(map(id, nodes(tree))) == list(map(id, ast.walk(tree)))
    assert nodes(tree) is nodes(tree)


def test_inner_nodes_by_themselves_and_the_tree_as_it_was() -> None:
    tree = ast.parse("def f(a, *, b=1):\n    return [a, b, *b]\n")
    before = ast.dump(tree, include_attributes=True)
    assert list(nodes(tree.body[0])) == list(ast.walk(tree.body[0]))
    assert ast.dump(tree, include_attributes=True) == before
    assert ast.unparse(tree) == "def f(a, *, b=1):\n    return [a, b, *b]"
