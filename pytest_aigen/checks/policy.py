"""Refuses code that has no place in a test module: the form of a candidate, read and not run.

Allowed at the top level: imports (also in ``try … except ImportError`` and ``if TYPE_CHECKING``), functions, classes,
and constants, whose right side may call only constructors without effects (`PURE`) or a method of a literal.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.empty import empty_assertion
from pytest_aigen.checks.hiding import Ways, hidden, swallowed
from pytest_aigen.checks.oracle import Assertions, assertions_of
from pytest_aigen.checks.process import process_state
from pytest_aigen.checks.reading import (
    Function,
    dotted,
    imported,
    is_literal,
    parsed,
    shown,
    test_function,
)
from pytest_aigen.data import Candidate, Refusal, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.trees import nodes

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

LONGEST_SLEEP = 1.0
SLEEPS = ("time.sleep", "asyncio.sleep", "trio.sleep", "anyio.sleep", "gevent.sleep")
ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
#: What a constant at the top level may call; a name that ends with a dot allows all below it.
PURE = (
    "bool", "bytes", "bytearray", "chr", "complex", "dict", "enumerate", "float", "frozenset", "int",
    "len", "list", "max", "min", "object", "ord", "range", "repr", "round", "set", "slice", "sorted",
    "str", "sum", "tuple", "type", "zip", "collections.", "dataclasses.", "decimal.Decimal", "enum.",
    "fractions.Fraction", "functools.partial", "ipaddress.", "itertools.", "logging.getLogger",
    "operator.", "pathlib.", "pytest.approx", "pytest.mark.", "pytest.param", "re.compile", "re.escape",
    "string.Template", "textwrap.", "types.", "typing.", "typing_extensions.", "unittest.mock.",
    "uuid.UUID", "zoneinfo.ZoneInfo", "datetime.date", "datetime.datetime", "datetime.time",
    "datetime.timedelta", "datetime.timezone",
)  # fmt: skip
LITERAL_METHODS = (
    "copy", "decode", "encode", "format", "items", "join", "keys", "lower", "lstrip", "replace",
    "rstrip", "split", "splitlines", "strip", "title", "upper", "values",
)  # fmt: skip
COMPARISONS = ("__eq__", "__ne__", "__le__", "__ge__", "__lt__", "__gt__")


def _at_import(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    for statement in tree.body:
        yield from _top_level(statement, names)


def _top_level(statement: ast.stmt, names: Mapping[str, str]) -> Iterator[str]:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass():
            pass
        case ast.Expr(value=ast.Constant()):
            pass
        case ast.ClassDef(body=body):
            yield from _class_body(body)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if not isinstance(target, (ast.Name, ast.Tuple)):
                    yield f"changes {shown(target)} when it is imported"
            yield from _not_constant(value, names)
        case ast.AnnAssign(target=ast.Name(), value=value):
            if value:
                yield from _not_constant(value, names)
        case ast.If(test=test, body=body, orelse=orelse) if dotted(test, names).endswith("TYPE_CHECKING"):
            for inner in [*body, *orelse]:
                yield from _top_level(inner, names)
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[]) if all(map(_is_import, body)):
            for inner in [s for handler in handlers for s in handler.body]:
                yield from _top_level(inner, names)
        case _ if type(statement).__name__ == "TypeAlias":
            pass
        case _:
            yield f"runs {shown(statement)} when it is imported; only imports, functions, classes and constants may stand there"


def _class_body(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.ClassDef(body=inner):
                yield from _class_body(inner)
            case ast.Expr(value=ast.Constant()) | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass():
                pass
            case ast.Assign() | ast.AnnAssign() | ast.Import() | ast.ImportFrom():
                pass
            case _:
                yield f"runs {shown(statement)} when it is imported; do that in the test or in a fixture"


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _not_constant(value: ast.expr, names: Mapping[str, str]) -> Iterator[str]:
    """Calls with effects, as far as a name tells."""
    if isinstance(value, ast.Lambda):
        return
    if isinstance(value, (ast.Await, ast.Yield, ast.YieldFrom)):
        yield f"runs {shown(value)} when it is imported"
    if isinstance(value, ast.Call) and not _is_pure(value, names):
        yield f"calls {shown(value)} when it is imported; do that in the test or in a fixture"
    for part in ast.iter_child_nodes(value):
        if isinstance(part, (ast.expr, ast.keyword, ast.comprehension)):
            yield from _not_constant(part.value if isinstance(part, ast.keyword) else part, names)  # type: ignore[arg-type]


def _is_pure(call: ast.Call, names: Mapping[str, str]) -> bool:
    name = dotted(call.func, names)
    if any(name.startswith(pure) if pure.endswith(".") else name == pure for pure in PURE):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in LITERAL_METHODS and not name


def _empty(tree: ast.Module, candidate: Candidate) -> Iterator[str]:
    compares = candidate.target.gap.qualname.rpartition(".")[2] in COMPARISONS
    for node in nodes(tree):
        if empty_assertion(node):
            if compares and isinstance(node, ast.Assert) and not is_literal(node.test):
                continue
            yield f"asserts what is always so: {shown(node)}; assert what the code under test returns, raises or changes"


def _redefined(tree: ast.Module, candidate: Candidate) -> Iterator[str]:
    """The test would then test its own copy."""
    under_test = candidate.target.gap.qualname.partition(".")[0]
    methods = {id(s) for node in nodes(tree) if isinstance(node, ast.ClassDef) for s in node.body}
    for node in nodes(tree):
        if isinstance(node, (Function, ast.ClassDef)) and node.name == under_test and id(node) not in methods:
            yield f"defines `{under_test}` itself instead of testing the one of `{candidate.target.module}`"


def _sleeps(test: Function, names: Mapping[str, str]) -> Iterator[str]:
    """Sleeps of the test itself, loops counted; what it hands over may never be called."""
    total = sum(_seconds(statement, names, 1) for statement in test.body)
    if total > LONGEST_SLEEP:
        yield f"sleeps for {total:g} seconds; patch the clock instead"


def _seconds(node: ast.AST, names: Mapping[str, str], times: float) -> float:
    if isinstance(node, (Function, ast.Lambda)):
        return 0
    if isinstance(node, ast.Call) and dotted(node.func, names) in SLEEPS:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return times * max(_folded(given[0]), 0) if given else 0
    if (
        isinstance(node, ast.For)
        and isinstance(node.iter, ast.Call)
        and dotted(node.iter.func, names) == "range"
    ):
        times *= max(_folded(node.iter.args[-1]), 0) if len(node.iter.args) == 1 else 1
    return sum(_seconds(child, names, times) for child in ast.iter_child_nodes(node))


def _folded(node: ast.expr) -> float:
    """The number that an expression of literals stands for; 0 where it is none.

    >>> _folded(ast.parse("2 * 1.5", mode="eval").body)
    3.0
    """
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_folded(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            try:
                return ARITHMETIC[type(op)](_folded(left), _folded(right))
            except ArithmeticError:
                return 0
    return 0


def _told(assertions: Assertions) -> Iterator[str]:
    """Assertions about what the test itself told a mock."""
    flow = assertions.flow
    for node in assertions.all():
        if isinstance(node, ast.Assert) and not empty_assertion(node) and not flow.depends(node.test):
            doubles = [n for n in ast.walk(node.test) if isinstance(n, (ast.Call, ast.Attribute))]
            if any(
                flow.doubles.is_double(n) or (isinstance(n, ast.Call) and flow.doubles.is_replaced(n))
                for n in doubles
            ):
                yield f"asserts about its own mock: {shown(node)}; assert what the code under test does with it"


def _only_something(assertions: Assertions) -> Iterator[str]:
    """Nothing is asserted of a value but that there is one."""
    counting = list(assertions.counting())
    if counting and all(_is_not_none(node, assertions) for node in counting):
        yield f"asserts only that there is something: {shown(counting[0])}; assert what it is, or a part of it"


def _is_not_none(node: ast.Assert | ast.Call, assertions: Assertions) -> bool:
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return called == "assertIsNotNone" and bool(node.args) and not _matches(node.args[0], assertions)
    joined = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
    parts = node.test.values if joined else [node.test]  # type: ignore[attr-defined]
    return all((value := _not_none(part)) is not None and not _matches(value, assertions) for part in parts)


def _not_none(node: ast.expr) -> ast.expr | None:
    """``x`` of ``x is not None``."""
    match node:
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[ast.Constant(value=None)]):
            return left
        case ast.UnaryOp(
            op=ast.Not(),
            operand=ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)]),
        ):
            return left
    return None


def _matches(value: ast.expr, assertions: Assertions) -> bool:
    """It is the match of a pattern, of which no more need be said."""
    variables = assertions.flow.variables
    variable = variables.of(value)
    sources = variables.sources.get(variable, ()) if variable else [value]
    found = [s.func.attr for s in sources if isinstance(s, ast.Call) and isinstance(s.func, ast.Attribute)]
    return any(name in ("search", "match", "fullmatch") for name in found)


RULES: tuple[Callable[[ast.Module, Mapping[str, str]], Iterator[str]], ...] = (
    _at_import, process_state, hidden, swallowed)  # fmt: skip


def reason(candidate: Candidate) -> str:
    """Why the candidate has no place in a test module; empty where nothing is to be said against it."""
    if not candidate.name:
        return "the reply holds no test function"
    try:
        tree = parsed(candidate.code)
    except SyntaxError as error:
        return f"the code does not parse: {error.msg} (line {error.lineno or 1})"
    test = test_function(tree, candidate.name)
    if test is None:
        return f"the code does not define `{candidate.name}`"
    try:
        return next(_findings(tree, test, candidate), "")
    except RecursionError:
        return "the code is nested too deeply"


def _findings(tree: ast.Module, test: Function, candidate: Candidate) -> Iterator[str]:
    names = imported(tree)
    for rule in RULES:
        yield from rule(tree, names)
    yield from _sleeps(test, names)
    yield from _empty(tree, candidate)
    yield from _redefined(tree, candidate)
    assertions = assertions_of(candidate.code, candidate.name, candidate.target.module)
    if assertions is None:
        return
    yield from _told(assertions)
    yield from _only_something(assertions)
    if past := Ways(assertions.test, assertions.flow, list(assertions.counting())).past():
        yield past


class Policy:
    """Refuses code that has no place in a test module."""

    name = "policy"
    stage: ClassVar[Stage] = Stage.STATIC
    cost: ClassVar[int] = 0

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        found = reason(trial.candidate)
        return Refusal(self.name, found) if found else None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Policy()]
