"""Which names a piece of source takes from the module around it."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterator
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__spec__", "__package__"}


def needs(source: str) -> frozenset[str]:
    """Names that these statements refer to and do not bind in a scope of their own.

    >>> sorted(needs("def f(a):\\n    b = 1\\n    return a + b + c"))
    ['c']
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            top = symtable.symtable(source, "<reply>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return frozenset(n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name))
    names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    pending = list(top.get_children())
    while pending:
        table = pending.pop()
        names |= {s.get_name() for s in table.get_symbols() if s.is_global() and not s.is_local()}
        pending += table.get_children()
    return frozenset(names)


def attributes(source: str, name: str) -> frozenset[str]:
    """Attributes that are taken of a name."""
    return frozenset(
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    )


def parameters(function: Function) -> list[ast.arg]:
    """Those that can be given by name, in order; defaults or not."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def bound(statement: ast.stmt) -> Iterator[str]:
    """Names that an import, a definition or an assignment binds in its own scope."""
    if isinstance(statement, (*FUNCTION, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for node in (n for target in targets for n in ast.walk(target)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def dotted(node: ast.expr) -> str:
    """``pytest.fixture`` of that decorator, called or not; ``""`` of what is no dotted name."""
    parts: list[str] = []
    if isinstance(node, ast.Call):
        node = node.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def fixture_decorator(statement: ast.stmt) -> ast.expr | None:
    """The decorator that makes a function a fixture."""
    if isinstance(statement, FUNCTION):
        for decorator in statement.decorator_list:
            if dotted(decorator).rpartition(".")[2] in ("fixture", "yield_fixture"):
                return decorator
    return None


def fixture_name(statement: ast.stmt) -> str | None:
    """Under which name tests ask for a fixture; None of what is none."""
    decorator = fixture_decorator(statement)
    if decorator is None or not isinstance(statement, FUNCTION):
        return None
    if isinstance(decorator, ast.Call):
        for keyword in decorator.keywords:
            if (
                keyword.arg == "name"
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, str)
            ):
                return keyword.value.value
    return statement.name


def is_test(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, FUNCTION)
        and statement.name.startswith("test")
        and fixture_decorator(statement) is None
        and not any(
            dotted(d) in ("staticmethod", "property", "classmethod") for d in statement.decorator_list
        )
    )


def is_unittest(node: ast.ClassDef) -> bool:
    return any(dotted(base).rpartition(".")[2].endswith("TestCase") for base in node.bases)


def is_test_class(node: ast.stmt) -> bool:
    """Whether a class holds tests, its nested classes included."""
    return isinstance(node, ast.ClassDef) and any(is_test(s) or is_test_class(s) for s in node.body)
