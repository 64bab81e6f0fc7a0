"""How a test avoids what it asserts: it skips, swallows the failure, or has a way past its assertions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from pytest_aigen.checks.empty import is_fail
from pytest_aigen.checks.flow import Flow
from pytest_aigen.checks.reading import Function, dotted, shown
from pytest_aigen.trees import nodes

HIDING = (
    "pytest.skip", "pytest.xfail", "pytest.importorskip", "pytest.exit", "pytest.mark.skip",
    "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip", "unittest.skipIf",
    "unittest.skipUnless", "unittest.expectedFailure", "unittest.SkipTest", "unittest.case.SkipTest",
    "_pytest.outcomes.skip", "_pytest.outcomes.Skipped", "_pytest.outcomes.xfail", "_pytest.outcomes.XFailed",
)  # fmt: skip
#: An ``except`` of these takes a failing assertion for what it expects.
BROAD = ("Exception", "BaseException", "AssertionError")


def hidden(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    """Skips and expected failures; a test session of its own."""
    for node in nodes(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = dotted(node, names)
            if name in HIDING or name.endswith(".skipTest"):
                yield f"may hide itself with {shown(node)}; a test runs or is not written"
            elif name in ("pytest.main", "unittest.main"):
                yield f"starts a test session of its own with {shown(node)}; call the code under test"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            marks = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if node.func.attr in ("add_marker", "applymarker") and set(marks) & {"skip", "xfail", "skipif"}:
                yield f"may hide itself with {shown(node)}; a test runs or is not written"
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and not node.value.value:
            if any(getattr(t, "id", getattr(t, "attr", "")) == "__test__" for t in node.targets):
                yield f"is not collected, by {shown(node)}"


def swallowed(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    """Assertions whose failing nobody sees."""
    for node in nodes(tree):
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
            silent = [h for h in node.handlers if _is_silent(h, body)]  # type: ignore[attr-defined]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            body = node.body
            silent = [i for i in node.items if _is_suppress(i.context_expr, names) and _assert(body)]
        else:
            continue
        if silent:
            way = "`contextlib.suppress`" if isinstance(silent[0], ast.withitem) else "an `except`"
            yield f"hides what its assertion says: {way} round it does nothing; let it fail, or use `pytest.raises`"


def _is_silent(handler: ast.ExceptHandler, body: Sequence[ast.stmt]) -> bool:
    if _is_broad(handler):
        # An ``assert False`` in the body is caught as well.
        stated = any(isinstance(n, ast.Assert) for s in body for n in ast.walk(s)) or _assert(body)
        return stated and not any(map(_speaks, handler.body))
    return _assert(body) and all(map(_says_nothing, handler.body))


def _is_broad(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or getattr(one, "id", "") in BROAD for one in types)


def _is_suppress(node: ast.expr, names: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func, names) == "contextlib.suppress"


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Return() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _speaks(statement: ast.stmt) -> bool:
    """It raises, asserts, or fails the test."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.Raise, ast.Assert)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "fail" or node.func.attr.startswith("assert"):
                return True
    return False


def _assert(body: Sequence[ast.stmt]) -> bool:
    return any(_asserts(part) for statement in body for part in ast.walk(statement))


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr.startswith("assert")
    return isinstance(node, ast.Assert) and not is_fail(node)


# ---------------------------------------------------------------------------------------------- ways past it


class Ways:
    """How a test may end: whether each way through it meets an assertion, as far as conditions tell."""

    ASSERTS, RETURNS, FALLS = "asserts", "returns", "falls"

    def __init__(self, test: Function, flow: Flow, assertions: Sequence[ast.AST]) -> None:
        """``assertions`` are those of the test that count."""
        self._test, self._flow = test, flow
        self._stated = {id(node) for node in assertions}

    def past(self) -> str:
        """The way past all assertions, as a sentence; empty where there is none."""
        ways = self._through(self._test.body)
        if self.ASSERTS not in ways:
            return ""
        if self.RETURNS in ways:
            return "may `return` before it asserts anything; let each way through the test assert"
        if self.FALLS in ways:
            condition = next(
                (n for n in nodes(self._test) if isinstance(n, ast.If) and self._decides(n)), None
            )
            where = f" {shown(condition.test)}" if condition else ""
            return f"asserts nothing unless{where} holds; assert the condition instead of asking for it"
        return ""

    def _decides(self, node: ast.If) -> bool:
        branches = self._through(node.body) | self._through(node.orelse)
        return self._flow.depends(node.test) and {self.ASSERTS, self.FALLS} <= branches

    def _through(self, body: Sequence[ast.stmt]) -> frozenset[str]:
        ways = frozenset([self.FALLS])
        for statement in body:
            if self.FALLS in ways:
                ways = (ways - {self.FALLS}) | self._of(statement)
        return ways

    def _of(self, statement: ast.stmt) -> frozenset[str]:
        match statement:
            case ast.Return():
                return frozenset([self.ASSERTS if self._has(statement) else self.RETURNS])
            case ast.Raise():
                return frozenset([self.ASSERTS])
            case ast.If(test=test, body=body, orelse=orelse):
                ways = self._through(body) | self._through(orelse)
                # What only picks a row of a table is no way past.
                picks = self.ASSERTS in ways and not self._flow.depends(test)
                return frozenset([self.ASSERTS]) if picks else ways
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                ways = self._through([*body, *orelse])
                return ways - {self.FALLS} if self.ASSERTS in ways else ways
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                if any(self._has(item) for item in items):
                    return frozenset([self.ASSERTS])
                return self._through(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                if any(map(is_fail, body)) or self._has(ast.Module(finalbody, [])):
                    return frozenset([self.ASSERTS])
                caught = [self._through(handler.body) & {self.RETURNS} for handler in handlers]
                return self._through([*body, *orelse]).union(*caught)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                # A callback that asserts is called where the code under test does so.
                return frozenset([self.ASSERTS if self._has(statement) else self.FALLS])
        return frozenset([self.ASSERTS if self._has(statement) else self.FALLS])

    def _has(self, node: ast.AST) -> bool:
        return any(id(part) in self._stated for part in ast.walk(node))
