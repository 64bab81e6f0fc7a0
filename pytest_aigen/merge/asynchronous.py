"""How the async tests of a module are run, and a candidate made to be run so too."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from pytest_aigen.edits import Edits
from pytest_aigen.merge.kin import case_class, tests
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import FUNCTION, Function

#: The mark that each async test has; ``none`` where they have none, as in the auto mode of pytest-asyncio; ``all``
#: where the module has it for all its tests.
Mode: TypeAlias = Literal["asyncio", "anyio", "none", "all"]
_MARK = re.compile(r"(?:\b\w+\.)?\bmark\.(asyncio|anyio)\b")


def mode_of(layout: Layout) -> Mode | None:
    """The mode of the module's async tests; None where it has none, or they differ."""
    for statement in layout.tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            if marks_all([statement.value]):
                return "all"
    modes: set[Mode] = set()
    for test in tests(layout):
        if not isinstance(test.node, ast.AsyncFunctionDef):
            continue
        if any(case_class(layout, owner) == "async" for owner in test.owners):
            continue
        around = [decorator for owner in test.owners for decorator in owner.decorator_list]
        if marks_all(around):
            continue
        marks = {_mark(d) for d in test.node.decorator_list} - {""}
        modes.add("anyio" if "anyio" in marks else "asyncio" if marks else "none")
    return modes.pop() if len(modes) == 1 else None


def _mark(decorator: ast.expr) -> str:
    match = _MARK.match(ast.unparse(decorator))
    return match[1] if match else ""


def marks_all(marks: Iterable[ast.expr]) -> bool:
    """Whether the marks of a class, or of a module, say how its async tests are run."""
    return any(_MARK.search(ast.unparse(mark)) for mark in marks)


def in_mode(test: Function, edits: Edits, mode: Mode) -> bool:
    """Makes an async test, or one that calls ``asyncio.run``, a test of this mode.

    False where that cannot be done, or nothing is to do.
    """
    found = {_mark(d): d for d in test.decorator_list if _mark(d)}
    if any(isinstance(decorator, ast.Call) for decorator in found.values()):
        return False  # it says more than how the test is run
    if mode not in found:
        for decorator in found.values():
            _remove(decorator, edits)
        if mode in ("asyncio", "anyio"):
            edits.decorate(test, f"pytest.mark.{mode}")
    return awaiting(test, edits) if isinstance(test, ast.FunctionDef) else bool(edits)


def unmarked(test: Function, edits: Edits) -> None:
    """Takes the marks away that ask pytest to run a test in a loop."""
    for decorator in test.decorator_list:
        if _mark(decorator):
            _remove(decorator, edits)


def _remove(decorator: ast.expr, edits: Edits) -> None:
    start = edits.source.rindex("@", 0, edits.start(decorator))
    end = edits.end(decorator)
    while end < len(edits.source) and edits.source[end] in " \t":
        end += 1
    if edits.source[end : end + 1] == "\n":
        edits.splice(start, end + 1, "")


def awaiting(test: Function, edits: Edits) -> bool:
    """Makes a test that calls ``asyncio.run`` an async one that awaits; False where it does not, or does more."""
    if not isinstance(test, ast.FunctionDef):
        return False
    if _without_check(test, edits):
        return True
    runs = [node for node in _own(test) if _is_run(node)]
    mentions = sum(
        isinstance(n, ast.Name) and n.id == "asyncio" and isinstance(n.ctx, ast.Load) for n in ast.walk(test)
    )
    if not runs or mentions != len(runs):
        return False
    parents = {id(child): node for node in ast.walk(test) for child in ast.iter_child_nodes(node)}
    for call in runs:
        assert isinstance(call, ast.Call)
        parent = parents[id(call)]
        binds = isinstance(parent, (ast.Attribute, ast.Subscript, ast.Await, ast.BinOp)) or (
            isinstance(parent, ast.Call) and parent.func is call
        )
        text = f"await {edits.text(call.args[0])}"
        edits.replace(call, f"({text})" if binds else text)
    at = edits.start(test)
    edits.splice(at, at, "async ")
    return True


def _without_check(test: ast.FunctionDef, edits: Edits) -> bool:
    """Takes the statements out of a coroutine that is all of the test, and makes the test one; False for another test."""
    inner, last = test.body[-2:] if len(test.body) > 1 else (None, None)
    if not isinstance(inner, ast.AsyncFunctionDef) or not isinstance(last, ast.Expr) or inner.decorator_list:
        return False
    if (
        len(test.body) > 2
        or not _is_run(last.value)
        or ast.unparse(last.value) != f"asyncio.run({inner.name}())"
    ):
        return False
    spans = (
        isinstance(node, (ast.Constant, ast.JoinedStr)) and node.lineno != node.end_lineno
        for node in ast.walk(inner)
    )
    if any(spans) or any(isinstance(node, (ast.Return, ast.Nonlocal)) for node in ast.walk(inner)):
        return False
    start = edits.start(inner.body[0])
    text = edits.source[edits.source.rindex("\n", 0, start) + 1 : edits.end(inner.body[-1])]
    dedented = textwrap.indent(textwrap.dedent(text), " " * inner.col_offset)
    edits.splice(edits.start(inner), edits.end(last), dedented.lstrip())
    at = edits.start(test)
    edits.splice(at, at, "async ")
    return True


def _own(test: Function) -> Iterator[ast.AST]:
    """What the test itself evaluates, once: nothing within functions, classes, lambdas and comprehensions."""
    other = (*FUNCTION, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    pending: list[ast.AST] = list(test.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, other):
            pending += ast.iter_child_nodes(node)


def _is_run(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "asyncio.run"
        and len(node.args) == 1
        and not node.keywords
        and isinstance(node.args[0], ast.Call)
    )
