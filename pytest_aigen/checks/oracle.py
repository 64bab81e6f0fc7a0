"""Refuses a test that asserts nothing, or asserts nothing but literals.

What counts is an assertion in the test function itself: ``assert``, ``pytest.raises`` or ``warns`` with something to
expect, ``self.assert…``, a mock's ``assert_…``, a library's ``assert_…`` helper. That the asserted value comes from the
code under test is not looked at.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import pytest

from pytest_aigen.data import Candidate, Refusal, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

#: Without an ``assert``, a test whose text has none of these counts as bare wherever tests are counted.
SPELLED = re.compile(r"pytest\.(raises|warns)|assert_|\.assert")
EXPECTING = ("pytest.raises", "pytest.warns")
#: Methods of a mock, which assert about the mock and not about their arguments.
OF_MOCKS = re.compile(r"assert_(any|has|not)?_?(await|call)\w*$")


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
    for node in ast.walk(tree):
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


def always_true(node: ast.expr) -> bool:
    """It holds whatever the code under test does. ``assert False`` is a way to fail, and so is not meant."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Lambda():
            return True
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(always_true, values))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(always_true, values))
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="object")]):
            return True
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len")), ops=[ast.GtE()], comparators=[ast.Constant(value=0)]
        ):
            return True
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is() | ast.LtE() | ast.GtE()], comparators=[right]):
            return is_literal(node) or (ast.dump(left) == ast.dump(right) and not calls(left))
    return is_literal(node)


def calls(node: ast.AST) -> bool:
    return any(isinstance(part, (ast.Call, ast.Await)) for part in ast.walk(node))


def is_fail(node: ast.AST) -> bool:
    """``assert False``: says that this line must not be reached."""
    return isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and not node.test.value


def empty_assertion(node: ast.AST) -> bool:
    """An assertion, of any kind, that cannot fail: ``assert True``, ``self.assertEqual(x, x)``."""
    if isinstance(node, ast.Assert):
        return not is_fail(node) and always_true(node.test)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        match node.func.attr, node.args:
            case "assertTrue", [value, *_]:
                return always_true(value)
            case "assertEqual" | "assertIs" | "assertListEqual" | "assertDictEqual", [left, right, *_]:
                same = ast.dump(left) == ast.dump(right) and not calls(left)
                return same or (is_literal(left) and is_literal(right))
    return False


def asserts(function: Function, names: Mapping[str, str]) -> bool:
    """The function holds an assertion that can fail."""
    return any(_counts(node, function, names) for node in ast.walk(function))


def _counts(node: ast.AST, function: Function, names: Mapping[str, str]) -> bool:
    if isinstance(node, ast.Assert):
        return _must_raise(node, function) if is_fail(node) else not empty_assertion(node)
    if not isinstance(node, ast.Call) or empty_assertion(node):
        return False
    name = dotted(node.func, names)
    if name in EXPECTING:
        return bool(node.args or node.keywords)
    if name.startswith("pytest."):
        return False
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name.rpartition(".")[2]
    if OF_MOCKS.match(last):
        return isinstance(node.func, ast.Attribute)
    if last.startswith("assert_") or (isinstance(node.func, ast.Attribute) and last.startswith("assert")):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return not all(map(is_literal, given))
    return False


def _must_raise(node: ast.Assert, function: Function) -> bool:
    """``assert False`` after a call in a ``try`` says that the call raises."""
    return any(isinstance(part, ast.Try) and node in part.body[1:] for part in ast.walk(function))


def is_bare(function: Function) -> bool:
    """It has no ``assert`` and its text nothing that looks like another assertion."""
    stated = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    return not stated and not SPELLED.search(ast.unparse(function))


def reason(candidate: Candidate) -> str:
    """Why the candidate says nothing about the code; empty where it does. Code that does not parse is left alone."""
    try:
        tree = parsed(candidate.code)
    except SyntaxError:
        return ""
    function = test_function(tree, candidate.name) if candidate.name else None
    if function is None:
        return ""
    names = imported(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    if asserts(function, names):
        if is_bare(function):
            return "its assertion is easily missed; write `pytest.raises`"
        like_tests = [f.name for f in functions if f.name.startswith("test") and is_bare(f)]
        return f"its helper `{like_tests[0]}` looks like a test that asserts nothing" if like_tests else ""
    if any(isinstance(node, ast.Assert) or empty_assertion(node) for node in ast.walk(function)):
        return "asserts only what is always so"
    if any(asserts(other, names) for other in functions):
        return "asserts nothing itself, only a helper does; assert in the test"
    return "asserts nothing"


class Oracle:
    """Refuses a test that asserts nothing."""

    name = "oracle"
    stage: ClassVar[Stage] = Stage.STATIC
    cost: ClassVar[int] = 0

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        try:
            found = reason(trial.candidate)
        except RecursionError:
            found = "the code is nested too deeply"
        return Refusal(self.name, found) if found else None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Oracle()]
