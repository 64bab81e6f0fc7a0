"""Refuses code that has no place in a test module: the form of a candidate, read and not run.

Allowed at the top level: imports (also in ``try … except ImportError`` and ``if TYPE_CHECKING``), functions, classes,
and constants, whose right side may call only constructors without effects (`PURE`) or a method of a literal.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.empty import empty_assertion, is_fail
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

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

STATE = ("sys.path", "sys.modules", "sys.meta_path", "os.environ")
MUTATORS = (
    "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort",
    "update",
)  # fmt: skip
ENVIRONMENT = ("os.putenv", "os.unsetenv", "site.addsitedir")
HIDING = (
    "pytest.skip", "pytest.xfail", "pytest.importorskip", "pytest.exit", "pytest.mark.skip",
    "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip", "unittest.skipIf",
    "unittest.skipUnless", "unittest.expectedFailure", "unittest.SkipTest",
)  # fmt: skip
LONGEST_SLEEP = 1.0
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


def _process_state(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    yield from _state_writes(tree, names, frozenset())


def _state_writes(node: ast.AST, names: Mapping[str, str], restored: frozenset[str]) -> Iterator[str]:
    """Writes to `STATE` that no ``patch.dict`` round them takes back."""
    restored |= _patched(node, names)
    written: list[ast.expr] = []
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            written = [t.value if isinstance(t, ast.Subscript) else t for t in targets]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            written = [target.value if isinstance(target, ast.Subscript) else target]
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in MUTATORS:
            written = [owner]
    if isinstance(node, ast.Call) and dotted(node.func, names) in ENVIRONMENT:
        yield f"changes the whole process: {shown(node)}; use monkeypatch"
    for place in written:
        # A local variable of the same name as an imported one is not told apart: the import is the likelier meaning.
        state = dotted(place, names)
        if state in STATE and state not in restored:
            yield f"changes `{state}` for the whole process: {shown(node)}; use monkeypatch"
    for child in ast.iter_child_nodes(node):
        yield from _state_writes(child, names, restored)


def _patched(node: ast.AST, names: Mapping[str, str]) -> frozenset[str]:
    """States that ``patch.dict`` restores at the end of this function or ``with``."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        patches: list[ast.AST] = [item.context_expr for item in node.items]
    elif isinstance(node, (Function, ast.ClassDef)):
        own = [part for s in node.body for part in ast.walk(s) if isinstance(part, ast.Call)]
        patches = [*node.decorator_list, *(c for c in own if dotted(c.func, names).startswith("mocker."))]
    else:
        return frozenset()
    found = set()
    for patch in patches:
        if isinstance(patch, ast.Call) and patch.args and dotted(patch.func, names).endswith("patch.dict"):
            first = patch.args[0]
            found.add(str(first.value) if isinstance(first, ast.Constant) else dotted(first, names))
    return frozenset(found)


def _hidden(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = dotted(node, names)
            if name in HIDING or name.endswith(".skipTest"):
                yield f"may hide itself with {shown(node)}; a test runs or is not written"
            elif name in ("pytest.main", "unittest.main"):
                yield f"starts a test session of its own with {shown(node)}"


def _sleeps(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func, names) == "time.sleep" and node.args:
            seconds = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if isinstance(seconds, (int, float)) and seconds > LONGEST_SLEEP:
                yield f"sleeps for {seconds:g} seconds; patch the clock instead"


def _swallowed(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            silent = [h for h in node.handlers if all(map(_says_nothing, h.body))]  # type: ignore[attr-defined]
        elif isinstance(node, ast.With):
            silent = [i for i in node.items if _is_suppress(i.context_expr, names)]
        else:
            continue
        body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
        if silent and any(_asserts(part) for statement in body for part in ast.walk(statement)):
            yield "hides what its assertion says: an `except` round it does nothing"


def _is_suppress(node: ast.expr, names: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func, names) == "contextlib.suppress"


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Return() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr.startswith("assert")
    return isinstance(node, ast.Assert) and not is_fail(node)


def _empty(tree: ast.Module, candidate: Candidate) -> Iterator[str]:
    compares = candidate.target.gap.qualname.rpartition(".")[2] in COMPARISONS
    for node in ast.walk(tree):
        if empty_assertion(node):
            if compares and isinstance(node, ast.Assert) and not is_literal(node.test):
                continue
            yield f"asserts what is always so: {shown(node)}"


def _redefined(tree: ast.Module, candidate: Candidate) -> Iterator[str]:
    """The test would then test its own copy."""
    under_test = candidate.target.gap.qualname.partition(".")[0]
    methods = {id(s) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for s in node.body}
    for node in ast.walk(tree):
        if isinstance(node, (Function, ast.ClassDef)) and node.name == under_test and id(node) not in methods:
            yield f"defines `{under_test}` itself instead of testing the one of `{candidate.target.module}`"


RULES: tuple[Callable[[ast.Module, Mapping[str, str]], Iterator[str]], ...] = (
    _at_import, _process_state, _hidden, _sleeps, _swallowed)  # fmt: skip


def reason(candidate: Candidate) -> str:
    """Why the candidate has no place in a test module; empty where nothing is to be said against it."""
    if not candidate.name:
        return "the reply holds no test function"
    try:
        tree = parsed(candidate.code)
    except SyntaxError as error:
        return f"the code does not parse: {error.msg} (line {error.lineno or 1})"
    if test_function(tree, candidate.name) is None:
        return f"the code does not define `{candidate.name}`"
    try:
        return next(_findings(tree, candidate), "")
    except RecursionError:
        return "the code is nested too deeply"


def _findings(tree: ast.Module, candidate: Candidate) -> Iterator[str]:
    names = imported(tree)
    for rule in RULES:
        yield from rule(tree, names)
    yield from _empty(tree, candidate)
    yield from _redefined(tree, candidate)


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
