"""The asserts of a test in the style of ``unittest``, where that says exactly the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_aigen.edits import Edits
from pytest_aigen.merge.imports import WIDTH
from pytest_aigen.merge.scope import FUNCTION, Function

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "assertEqual", ast.NotEq: "assertNotEqual", ast.Is: "assertIs", ast.IsNot: "assertIsNot",
    ast.In: "assertIn", ast.NotIn: "assertNotIn", ast.Lt: "assertLess", ast.LtE: "assertLessEqual",
    ast.Gt: "assertGreater", ast.GtE: "assertGreaterEqual",
}  # fmt: skip
_EXPECTED = {"raises": "assertRaises", "warns": "assertWarns"}


def expectations(test: Function, edits: Edits) -> None:
    """Puts ``self.assertRaises`` and the like for ``with pytest.raises`` and ``with pytest.warns``.

    What has no exact equivalent stays as it is, which a test case runs as well.
    """
    for statement in _statements(test.body):
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            for item in statement.items:
                _expecting(item, test, edits)


def asserts(test: Function, edits: Edits) -> None:
    """Puts ``self.assertEqual`` and the like for the ``assert`` statements of a test; what has no equivalent stays."""
    for statement in _statements(test.body):
        if isinstance(statement, ast.Assert):
            _assert(statement, edits)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a function and of its blocks, not of functions and classes within."""
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, (*FUNCTION, ast.ClassDef, ast.expr)):
            pending += reversed(list(ast.iter_child_nodes(node)))


def _assert(statement: ast.Assert, edits: Edits) -> None:
    if statement.msg is not None and not isinstance(statement.msg, ast.Constant):
        return  # a message is made only when it is needed, an argument always
    method, operands = _method(statement.test)
    parts = [edits.text(node) for node in operands]
    if statement.msg is not None:
        parts.append(edits.text(statement.msg))
    whole = edits.text(statement)
    if whole.count("#") != sum(part.count("#") for part in parts):
        return  # a comment between the operands would be lost
    extra = ""
    if method == "assertEqual" and (exact := _within(operands[1])) is not None:
        method, parts[1] = "assertAlmostEqual", edits.text(exact[0])
        extra = f", delta={edits.text(exact[1])}"
    edits.replace(statement, _call(f"self.{method}", parts, extra, statement.col_offset))


def _call(method: str, parts: list[str], extra: str, column: int) -> str:
    text = f"{method}({', '.join(parts)}{extra})"
    # A class puts the test one level further in.
    if "\n" in text or len(text) + column + 4 <= WIDTH:
        return text
    inner = " " * (column + 4)
    given = [*parts, *([extra.removeprefix(", ")] if extra else [])]
    return f"{method}(\n" + "".join(f"{inner}{part},\n" for part in given) + " " * column + ")"


def _method(test: ast.expr) -> tuple[str, list[ast.expr]]:
    """Which method asserts the same, and of which operands."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        checked = _isinstance(test.operand)
        return ("assertNotIsInstance", checked) if checked else ("assertFalse", [test.operand])
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        method, right = _COMPARED[type(test.ops[0])], test.comparators[0]
        if method in ("assertIs", "assertIsNot") and isinstance(right, ast.Constant) and right.value is None:
            return f"{method}None", [test.left]
        return method, [test.left, right]
    checked = _isinstance(test)
    return ("assertIsInstance", checked) if checked else ("assertTrue", [test])


def _isinstance(test: ast.expr) -> list[ast.expr]:
    is_call = isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    if not is_call or not isinstance(test, ast.Call) or test.keywords or len(test.args) != 2:
        return []
    return [] if any(isinstance(arg, ast.Starred) for arg in test.args) else list(test.args)


def _within(expected: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The number and its tolerance in ``pytest.approx(1.5, abs=0.1)``: without ``rel``, that alone counts."""
    if not _is_pytest(expected, "approx") or not isinstance(expected, ast.Call):
        return None
    if len(expected.args) != 1 or [keyword.arg for keyword in expected.keywords] != ["abs"]:
        return None
    number, tolerance = expected.args[0], expected.keywords[0].value
    return (number, tolerance) if _is_number(number) and _is_number(tolerance) else None


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_pytest(node: ast.expr, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "pytest"
    )


def _expecting(item: ast.withitem, test: Function, edits: Edits) -> None:
    """``pytest.raises`` and ``pytest.warns`` of a ``with`` statement."""
    call = item.context_expr
    name = next((name for name in _EXPECTED if _is_pytest(call, name)), "")
    if not name or not isinstance(call, ast.Call) or len(call.args) != 1:
        return
    keywords = [keyword.arg for keyword in call.keywords]
    if isinstance(call.args[0], ast.Starred) or keywords not in ([], ["match"]):
        return
    caught = item.optional_vars
    if caught is not None:
        places = _values(caught, test) if name == "raises" else None
        if places is None:
            return
        for place in places:
            end = edits.end(place)
            edits.splice(end - len("value"), end, "exception")
    method = f"self.{_EXPECTED[name]}{'Regex' if keywords else ''}"
    parts = [edits.text(call.args[0]), *(edits.text(keyword.value) for keyword in call.keywords)]
    if edits.text(call).count("#") == sum(part.count("#") for part in parts):
        edits.replace(call, f"{method}({', '.join(parts)})")


def _values(caught: ast.expr, test: Function) -> list[ast.Attribute] | None:
    """Every ``caught.value``; None where the name is used otherwise."""
    if not isinstance(caught, ast.Name):
        return None
    uses = [n for n in ast.walk(test) if isinstance(n, ast.Name) and n.id == caught.id and n is not caught]
    values = [
        n
        for n in ast.walk(test)
        if isinstance(n, ast.Attribute)
        and n.attr == "value"
        and isinstance(n.value, ast.Name)
        and n.value.id == caught.id
        and isinstance(n.ctx, ast.Load)
    ]
    inside = [n for n in ast.walk(test) if isinstance(n, ast.JoinedStr)]
    if any(value in ast.walk(text) for text in inside for value in values):
        return None  # positions inside f-strings are wrong before Python 3.12
    return values if len(values) == len(uses) else None
