"""Refuses a test no assertion of which depends on what the code under test does.

What counts is an assertion in the test function itself: ``assert``, ``pytest.raises`` or ``warns`` round a use of the
code with something narrower than Exception to expect, ``self.assert…``, a mock's ``assert_…`` if the code made the
call, a library's ``assert_…`` helper. `Flow` says what depends on the code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.empty import empty_assertion, is_fail
from pytest_aigen.checks.flow import Flow
from pytest_aigen.checks.reading import Function, dotted, parsed, shown, test_function
from pytest_aigen.data import Candidate, Refusal, Trial
from pytest_aigen.patterns import regex
from pytest_aigen.protocols import Stage
from pytest_aigen.trees import nodes

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Without an ``assert``, a test whose text has none of these counts as bare wherever tests are counted.
SPELLED = regex(r"pytest\.(raises|warns)|assert_|\.assert")
EXPECTING = ("pytest.raises", "pytest.warns")
EXPECTING_METHODS = (
    "assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex", "assertLogs", "assertNoLogs",
)  # fmt: skip
BROAD = ("Exception", "BaseException", "builtins.Exception", "builtins.BaseException")
#: Methods of a mock, which assert about the mock and not about their arguments.
OF_MOCKS = regex(r"assert_(any|has|not)?_?(await|call)\w*$")


class Assertions:
    """The assertions of one test, and which of them count."""

    def __init__(self, tree: ast.Module, test: Function, module: str) -> None:
        """``module`` is the dotted name of the module under test."""
        self.tree = tree
        self.flow = Flow(tree, test, module)
        self.test = test
        self._withs: dict[int, ast.With | ast.AsyncWith] = {
            id(item.context_expr): node
            for node in nodes(test)
            if isinstance(node, (ast.With, ast.AsyncWith))
            for item in node.items
        }
        #: What the blocks that expect any exception call it.
        self._broadly = {
            item.optional_vars.id
            for node in self._withs.values()
            for item in node.items
            if isinstance(item.optional_vars, ast.Name) and isinstance(item.context_expr, ast.Call)
            if _expects(item.context_expr, self.flow) and self._is_broad(item.context_expr)
        }

    def all(self, function: ast.AST | None = None) -> Iterator[ast.Assert | ast.Call]:
        """What looks like an assertion, in the test or another function."""
        for node in nodes(function or self.test):
            if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and self._is_call(node)):
                yield node

    def counting(self) -> Iterator[ast.Assert | ast.Call]:
        """Assertions that can fail, and that depend on the code under test."""
        for node in self.all():
            if not empty_assertion(node) and not self.fault(node):
                yield node

    def fault(self, node: ast.Assert | ast.Call) -> str:
        """Why an assertion that is not empty does not count, and what to do; empty where it counts."""
        if isinstance(node, ast.Assert):
            if is_fail(node):
                tried = [t for t in nodes(self.test) if isinstance(t, ast.Try) and node in t.body[1:]]
                must_raise = any(self.flow.depends(s) for t in tried for s in t.body)
                return "" if must_raise else "asserts only what is always so"
            if any(n.id in self._broadly for n in ast.walk(node.test) if isinstance(n, ast.Name)):
                return (
                    ""
                    if _asks(node.test, self._broadly)
                    else f"{shown(node)} holds for each exception; assert which it is"
                )
            return "" if self.flow.depends(node.test) else self._elsewhere(node)
        name = dotted(node.func, self.flow.names)
        last = name.rpartition(".")[2] or getattr(node.func, "attr", "")
        if _expects(node, self.flow):
            return self._expecting(node)
        if OF_MOCKS.match(last) and isinstance(node.func, ast.Attribute):
            double = node.func.value
            if self.flow.doubles.is_called_by_test(double):
                return f"{shown(node)} is about a call that the test makes itself; assert what the code under test does"
            counts = self.flow.is_handed if self.flow.doubles.is_double(double) else self.flow.depends
            return "" if counts(double) else self._elsewhere(node)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return "" if any(map(self.flow.depends, given)) else self._elsewhere(node)

    def _is_call(self, node: ast.Call) -> bool:
        name = dotted(node.func, self.flow.names)
        if name in EXPECTING:
            return bool(node.args or node.keywords)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else name.rpartition(".")[2]
        if name.startswith("pytest.") or not last.startswith("assert"):
            return False
        return last.startswith("assert_") or isinstance(node.func, ast.Attribute)

    def _expecting(self, node: ast.Call) -> str:
        """``raises`` and its like: what runs in it uses the code, and what it expects is narrow."""
        block = self._withs.get(id(node))
        within: Sequence[ast.AST] = block.body if block else node.args[1:]
        if not any(map(self.flow.depends, within)) and not (
            "Logs" in ast.unparse(node.func) and self.flow.reached
        ):
            return f"nothing in {shown(node)} uses the code under test; call it there"
        if not self._is_broad(node) or any(
            k.arg == "match" and not _matches_all(k.value) for k in node.keywords
        ):
            return ""
        raised = (
            {i.optional_vars.id for i in block.items if isinstance(i.optional_vars, ast.Name)}
            if block
            else set()
        )
        asked = [a.test for a in nodes(self.test) if isinstance(a, ast.Assert) and not empty_assertion(a)]
        if any(_asks(test, raised) for test in asked):
            return ""
        return f"{shown(node)} also holds for a mistake in the test; name the exception that the code raises, or add `match=`"

    def _is_broad(self, node: ast.Call) -> bool:
        if "warns" in ast.unparse(node.func).lower() or ast.unparse(node.func).endswith(("Regex", "Logs")):
            return False
        told = (
            node.args[0]
            if node.args
            else next((k.value for k in node.keywords if k.arg == "expected_exception"), None)
        )
        types = told.elts if isinstance(told, ast.Tuple) else [told] if told is not None else []
        return any(dotted(one, self.flow.names) in BROAD for one in types)

    def _elsewhere(self, node: ast.AST) -> str:
        return f"{shown(node)} does not depend on the code under test; assert what that returns, raises or changes"


def _expects(node: ast.Call, flow: Flow) -> bool:
    """``pytest.raises`` and its like."""
    last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return dotted(node.func, flow.names) in EXPECTING or last in EXPECTING_METHODS


def _asks(test: ast.expr, names: set[str]) -> bool:
    """It asks what the raised exception is, and not only whether there is one."""
    if isinstance(test, ast.Compare) and ast.unparse(test.comparators[0]) == "None":
        return False
    if isinstance(test, ast.Call) and test.args[1:] and ast.unparse(test.args[-1]) in BROAD:
        return False
    used = any(isinstance(part, ast.Name) and part.id in names for part in nodes(test))
    return used and not isinstance(test, (ast.Name, ast.Attribute))


def _matches_all(pattern: ast.expr) -> bool:
    return isinstance(pattern, ast.Constant) and pattern.value in (None, "", ".", ".*", ".+", "^", "$")


def is_bare(function: Function) -> bool:
    """It has no ``assert`` and its text nothing that looks like another assertion."""
    stated = any(isinstance(node, ast.Assert) for node in nodes(function))
    return not stated and not SPELLED.search(ast.unparse(function))


@lru_cache(maxsize=64)
def assertions_of(code: str, name: str, module: str) -> Assertions | None:
    """Those of a test in its code; None where it is not there. Raises SyntaxError, RecursionError."""
    tree = parsed(code)
    test = test_function(tree, name) if name else None
    return Assertions(tree, test, module) if test is not None else None


def reason(candidate: Candidate) -> str:
    """Why the candidate says nothing about the code; empty where it does. Code that does not parse is left alone."""
    try:
        assertions = assertions_of(candidate.code, candidate.name, candidate.target.module)
    except SyntaxError:
        return ""
    if assertions is None:
        return ""
    function = assertions.test
    functions = [node for node in nodes(assertions.tree) if isinstance(node, Function)]
    if any(True for _ in assertions.counting()):
        if is_bare(function):
            return "its assertion is easily missed; write `pytest.raises`"
        like_tests = [f.name for f in functions if f.name.startswith("test") and is_bare(f)]
        return (
            f"its helper `{like_tests[0]}` looks like a test that asserts nothing; name it otherwise"
            if like_tests
            else ""
        )
    stated = list(assertions.all())
    faults = [assertions.fault(node) for node in stated if not empty_assertion(node)]
    if faults:
        return faults[0]
    if stated:
        return "asserts only what is always so; assert what the code under test returns, raises or changes"
    if any(any(True for _ in assertions.all(other)) for other in functions):
        return "asserts nothing itself, only a helper does; assert in the test"
    name = candidate.target.gap.qualname.rpartition(".")[2]
    return f"asserts nothing; assert what {f'`{name}`' if name.isidentifier() else 'the code'} returns, raises or changes"


class Oracle:
    """Refuses a test that asserts nothing about the code under test."""

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
