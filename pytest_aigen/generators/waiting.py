"""Repairs by rule: async tests, as the project runs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from pytest_aigen.data import Context
from pytest_aigen.edits import Edits
from pytest_aigen.generators import scope
from pytest_aigen.patterns import regex

_MODE = regex(r"(?:pytest-)?asyncio(?:\s*:\s*(?:mode=)?(\w+))?")
_HEAD = regex(r"(async\s+)?def\s+(\w+)")
_MARKS = regex(r"\bmark\.(asyncio|anyio|trio)\b")


def asyncio_mode(tools: Sequence[str]) -> str | None:
    """``strict`` or ``auto``; None where pytest-asyncio is not installed.

    >>> asyncio_mode(["pytest-mock", "asyncio: auto"])
    'auto'
    """
    modes = [match[1] or "strict" for tool in tools if (match := _MODE.fullmatch(tool.strip()))]
    return "auto" if "auto" in modes else modes[0] if modes else None


def mark_async(tree: ast.Module, edits: Edits, context: Context) -> None:
    """Async tests get the mark that they need; where nothing runs them, a plain test runs them with asyncio."""
    if "anyio: in use" in context.tools:
        _as_anyio(tree, edits, context)
        return
    mode = asyncio_mode(context.tools)
    has_anyio = any(re.match(r"(pytest-)?anyio\b", tool) for tool in context.tools)
    fixtures = {scope.fixture_name(n) for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef)} - {None}
    if mode == "strict":
        _declare_fixtures(tree, edits)
    for owners, test in _tests(tree.body, ()):
        if isinstance(test, ast.FunctionDef) and not _awaits(test):
            continue
        if any(
            scope.dotted(base).rpartition(".")[2] == "IsolatedAsyncioTestCase"
            for o in owners
            for base in o.bases
        ):
            continue
        marked = _MARKS.search(" ".join(_marks(test, owners)))
        if mode is not None:
            if mode == "strict" and not marked:
                edits.decorate(test, "pytest.mark.asyncio")
        elif not (marked and marked[1] != "asyncio" and has_anyio) and not fixtures & {
            a.arg for a in scope.parameters(test)
        }:
            _run_plainly(test, edits, owners)
        if isinstance(test, ast.FunctionDef):
            edits.splice(edits.start(test), edits.start(test), "async ")


def _as_anyio(tree: ast.Module, edits: Edits, context: Context) -> None:
    """Every async test gets the mark of anyio, and a backend where it needs one of which the project says nothing."""
    for owners, test in _tests(tree.body, ()):
        if isinstance(test, ast.FunctionDef) and not _awaits(test):
            continue
        marks = {match[1]: d for d in test.decorator_list if (match := _MARKS.search(ast.unparse(d)))}
        if "asyncio" in marks:
            edits.replace(marks["asyncio"], "pytest.mark.anyio")
        elif not _MARKS.search(" ".join(_marks(test, owners))):
            edits.decorate(test, "pytest.mark.anyio")
        needs_asyncio = any(isinstance(n, ast.Name) and n.id == "asyncio" for n in ast.walk(test))
        if needs_asyncio and not any(fixture.name == "anyio_backend" for fixture in context.fixtures):
            edits.decorate(test, 'pytest.mark.parametrize("anyio_backend", ["asyncio"])')
        if isinstance(test, ast.FunctionDef):
            edits.splice(edits.start(test), edits.start(test), "async ")


def _tests(
    body: Sequence[ast.stmt], owners: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[tuple[ast.ClassDef, ...], scope.Function]]:
    for node in body:
        if scope.is_test(node) and isinstance(node, scope.FUNCTION):
            yield owners, node
        elif isinstance(node, ast.ClassDef):
            yield from _tests(node.body, (*owners, node))


def _awaits(function: ast.FunctionDef) -> bool:
    """Whether a plain function waits, which only an async one can."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return True
        if not isinstance(node, (*scope.FUNCTION, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)
    return False


def _marks(test: scope.Function, owners: tuple[ast.ClassDef, ...]) -> Iterator[str]:
    for node in (test, *owners):
        yield from map(ast.unparse, node.decorator_list)
    for owner in owners:
        yield from (
            ast.unparse(n.value)
            for n in owner.body
            if isinstance(n, ast.Assign) and list(scope.bound(n)) == ["pytestmark"]
        )


def _declare_fixtures(tree: ast.Module, edits: Edits) -> None:
    """In strict mode pytest-asyncio wants its own decorator on async fixtures."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            decorator = scope.fixture_decorator(node)
            if decorator is not None and scope.dotted(decorator) == "pytest.fixture":
                name = decorator.func if isinstance(decorator, ast.Call) else decorator
                edits.replace(name, "pytest_asyncio.fixture", "pytest.fixture")


def _run_plainly(test: scope.Function, edits: Edits, owners: tuple[ast.ClassDef, ...]) -> None:
    """``async def test_x`` becomes a helper, and ``def test_x`` runs it."""
    match = _HEAD.match(edits.source, edits.start(test))
    if match is None:
        return
    indent = " " * test.col_offset
    start, end = edits.whole(test)
    decorators = [ast.unparse(d) for d in test.decorator_list if not _MARKS.search(ast.unparse(d))]
    if test.decorator_list:
        edits.splice(start, edits.start(test), "")
    edits.splice(match.start(2), match.end(2), f"_{test.name}")
    positional = [a.arg for a in (*test.args.posonlyargs, *test.args.args)][bool(owners) :]
    given = [*positional, *(f"{a.arg}={a.arg}" for a in test.args.kwonlyargs)]
    given += [f"*{test.args.vararg.arg}"] if test.args.vararg else []
    called = f"{'self.' if owners else ''}_{test.name}({', '.join(given)})"
    lines = [
        *(f"@{d}" for d in decorators),
        f"def {test.name}({ast.unparse(test.args)}):",
        f"    asyncio.run({called})",
    ]
    gap = "\n\n" if owners else "\n\n\n"
    edits.splice(end, end, gap + "\n".join(indent + line for line in lines))
