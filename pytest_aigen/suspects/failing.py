"""From a failing test to what it expected of a call and what it got."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from pytest_aigen.assertions import Function, function_of
from pytest_aigen.data import Run


class Unknown(Exception):
    """A value that cannot be told from its text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold."""

    #: ``compare``: an assert with an operator; ``type``: with isinstance; ``raises``: nothing, or something else, was
    #: raised; ``match``: something was raised with another message.
    kind: str
    #: What was called, local variables put in.
    call: ast.Call
    #: The operator of a comparison: ``==``, ``is``, ``in``; the exception of ``raises``.
    operator: str
    #: What was expected and what came, as text for a person.
    expected: str
    actual: str

    @property
    def name(self) -> str:
        """The last name of what was called."""
        return last_name(self.call.func)

    def value(self) -> Any:
        """What the call returned. Raises Unknown."""
        return literal(self.actual)

    def wanted(self) -> Any:
        """The literal that was expected. Raises Unknown."""
        return literal(self.expected)


def literal(text: str) -> Any:
    """The value of a literal; raises Unknown of anything else, also of a text that pytest may have cut."""
    if "..." in text:
        raise Unknown(text)
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise Unknown(text) from None


def last_name(node: ast.expr) -> str:
    """
    >>> last_name(ast.parse("a.b.c", mode="eval").body)
    'c'
    """
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def failure(text: str, test: str, run: Run) -> Failure | None:
    """What failed in ``test`` of the module ``text``; None where that is no plain expectation of a call."""
    function = function_of(text, test)
    if function is None or run.line is None or not _is_own(run.detail, run.line):
        return None
    at = next((s for s in _statements(function) if _is_at(s, run.line)), None)
    known = constants(function, before=run.line)
    if isinstance(at, ast.Assert):
        return _assert(at.test, known, run.detail)
    if isinstance(at, (ast.With, ast.AsyncWith)):
        return _raises(at, known, run.detail)
    if isinstance(at, ast.Expr) and isinstance(at.value, ast.Call):
        return _unittest(at.value, known, run.detail)
    return None


_FRAME = re.compile(r"^\S.*?:(\d+): (?:in |\w*(?:Error|Failed))", re.M)
#: Between what was raised by the code and what older versions of pytest raise while they handle it.
_CHAINED = "\nDuring handling of the above exception, another exception occurred:\n"


def _is_own(detail: str, line: int) -> bool:
    """Whether the last frame is that of the test, and not one of an ``assert`` in the code that it calls."""
    frames = _FRAME.findall(detail.rpartition(_CHAINED)[2].partition("\nE ")[0])
    return not frames or int(frames[-1]) == line


def _statements(function: Function) -> list[ast.stmt]:
    """All statements of the function, inner ones after those round them; the last that fits is the innermost."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    return sorted(found, key=lambda node: (-node.lineno, (node.end_lineno or 0) - node.lineno))


def _is_at(statement: ast.stmt, line: int) -> bool:
    """Whether a failure at the line is one of this statement; a ``with`` fails at its head, or at its last line."""
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return statement.lineno <= line <= (statement.end_lineno or 0)
    if isinstance(statement, (ast.Assert, ast.Expr)):
        return statement.lineno <= line <= (statement.end_lineno or 0)
    return False


def constants(function: Function, *, before: int) -> dict[str, ast.expr]:
    """Local names that are bound once, by a plain assignment before a line, to what they are bound to; not what may have
    been changed in between.
    """
    stores: dict[str, int] = {}
    bound: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            stores[node.id] = stores.get(node.id, 0) + 1
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            if node.lineno < before:
                bound[node.targets[0].id] = node.value
    used = _uses(function, before)
    return {
        name: value
        for name, value in bound.items()
        if stores.get(name) == 1 and (isinstance(value, ast.Constant) or used.get(name, 0) <= 1)
    }


def _uses(function: Function, before: int) -> dict[str, int]:
    """How often each name is used up to a line, other than to be compared."""
    compared = {
        id(operand)
        for node in ast.walk(function)
        if isinstance(node, ast.Compare)
        for operand in (node.left, *node.comparators)
    }
    used: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.lineno <= before:
            used[node.id] = used.get(node.id, 0) + (id(node) not in compared)
    return used


class _PutIn(ast.NodeTransformer):
    def __init__(self, known: dict[str, ast.expr], depth: int = 4) -> None:
        self._known, self._depth = known, depth

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._known and self._depth:
            return _PutIn(self._known, self._depth - 1).visit(_copy(self._known[node.id]))  # type: ignore[no-any-return]
        return node

    def visit_Await(self, node: ast.Await) -> ast.expr:
        return self.visit(node.value)  # type: ignore[no-any-return]


def _copy(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def put_in(node: ast.expr, known: dict[str, ast.expr]) -> ast.expr:
    """An expression with local names replaced by what they stand for, and without ``await``."""
    done: ast.expr = _PutIn(known).visit(_copy(node))
    return done


# ------------------------------------------------------------------------------------------- what pytest said

_E = re.compile(r"^E\s{3,}(.*)$", re.M)
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_EXACT = ("==", "is")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _said(detail: str) -> list[str]:
    return [line.strip() for line in _E.findall(detail)]


def _assert(test: ast.expr, known: dict[str, ast.expr], detail: str) -> Failure | None:
    said = _said(detail)
    shown = next((m[1] for line in said if (m := re.match(r"(?:AssertionError: )?assert (.*)$", line))), None)
    if shown is None:
        return None
    test = put_in(test, known)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _comparison(test, shown)
    if isinstance(test, ast.Call) and last_name(test.func) == "isinstance" and len(test.args) == 2:
        return _type(test, said)
    wanted = "True"
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted, shown = test.operand, "False", shown.removeprefix("not ")
    return Failure("compare", test, "truth", wanted, shown) if isinstance(test, ast.Call) else None


def _comparison(test: ast.Compare, shown: str) -> Failure | None:
    operator = _OPERATORS[type(test.ops[0])]
    left, right = test.left, test.comparators[0]
    sides = _sides(shown, operator)
    if isinstance(left, ast.Call) and not _calls(right):
        return Failure("compare", left, operator, ast.unparse(right), sides[0] if sides else shown)
    if isinstance(right, ast.Call) and not _calls(left) and operator in (*_EXACT, *_MIRRORED):
        operator = _MIRRORED.get(operator, operator)
        return Failure("compare", right, operator, ast.unparse(left), sides[1] if sides else shown)
    return None


def _calls(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _sides(shown: str, operator: str) -> tuple[str, str] | None:
    """The two values of ``assert 'a == b' == 'c'``: parted where both are whole."""
    mark = f" {operator} "
    places = [m.start() for m in re.finditer(re.escape(mark), shown)]
    pairs = [(shown[:at], shown[at + len(mark) :]) for at in places]
    if len(pairs) == 1:
        return pairs[0]
    whole = [pair for pair in pairs if all(_parses(side) for side in pair)]
    return whole[0] if len(whole) == 1 else None


def _parses(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _type(test: ast.Call, said: list[str]) -> Failure | None:
    """``assert isinstance(call, type)``."""
    call, wanted = test.args
    shown = next((m[1] for line in said if (m := re.search(r"= isinstance\((.*), .*\)$", line))), None)
    if shown is None or not isinstance(call, ast.Call):
        return None
    return Failure("type", call, "isinstance", ast.unparse(wanted), shown)


def _unittest(call: ast.Call, known: dict[str, ast.expr], detail: str) -> Failure | None:
    """``self.assertEqual(call, literal)``, either way round."""
    if last_name(call.func) != "assertEqual" or len(call.args) < 2:
        return None
    shown = next(
        (
            m[1]
            for line in _said(detail)
            if (m := re.match(r"AssertionError: (.*)$", line)) and " != " in line
        ),
        None,
    )
    sides = _sides(shown, "!=") if shown else None
    left, right = (put_in(side, known) for side in call.args[:2])
    if sides is None:
        return None
    if isinstance(left, ast.Call) and not _calls(right):
        return Failure("compare", left, "==", ast.unparse(right), sides[0])
    if isinstance(right, ast.Call) and not _calls(left):
        return Failure("compare", right, "==", ast.unparse(left), sides[1])
    return None


def _raises(statement: ast.With | ast.AsyncWith, known: dict[str, ast.expr], detail: str) -> Failure | None:
    """``with pytest.raises(...)`` round one call."""
    manager = statement.items[0].context_expr
    if (
        len(statement.items) != 1
        or not isinstance(manager, ast.Call)
        or len(statement.body) != 1
        or not manager.args
    ):
        return None
    if last_name(manager.func) not in ("raises", "assertRaises"):
        return None
    body = statement.body[0]
    value = getattr(body, "value", None) if isinstance(body, (ast.Expr, ast.Assign, ast.Return)) else None
    call = put_in(value, known) if value is not None else None
    wanted = last_name(manager.args[0])
    if not isinstance(call, ast.Call) or not wanted:
        return None
    said = _said(detail)
    if any("DID NOT RAISE" in line or "not raised" in line for line in said):
        return Failure("raises", call, wanted, wanted, "nothing was raised")
    pattern = next((m[1] for line in said if (m := re.match(r"(?:Expected regex|Regex): (.*)$", line))), None)
    message = next((m[1] for line in said if (m := re.match(r"(?:Actual message|Input): (.*)$", line))), None)
    if pattern is not None and message is not None:
        return Failure("match", call, wanted, pattern, message)
    return None
