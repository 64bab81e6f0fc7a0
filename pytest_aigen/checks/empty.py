"""Assertions that hold whatever the code under test does."""

from __future__ import annotations

import ast

from pytest_aigen.checks.reading import is_literal

#: Methods of unittest with one value that has to be true in some sense, and what makes each of them empty.
TRUE = ("assertTrue", "assertIsNotNone")
SAME = ("assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertDictEqual", "assertAlmostEqual", "assertTupleEqual",
        "assertSetEqual", "assertSequenceEqual", "assertMultiLineEqual", "assertCountEqual", "assertLessEqual", "assertGreaterEqual")  # fmt: skip


def empty_assertion(node: ast.AST) -> bool:
    """An assertion, of any kind, that cannot fail: ``assert True``, ``self.assertEqual(x, x)``."""
    if isinstance(node, ast.Assert):
        return not is_fail(node) and always_true(node.test)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    given = [arg for arg in node.args if not isinstance(arg, ast.Starred)]
    match node.func.attr, given:
        case name, [value, *_] if name in TRUE:
            return always_true(value)
        case "assertFalse", [value, *_]:
            return always_false(value)
        case "assertIsInstance", [_, ast.Name(id="object"), *_]:
            return True
        case "assertGreaterEqual", [left, right, *_] if _from_zero(left, right):
            return True
        case "assertIn", [left, right, *_]:
            return always_true(ast.Compare(left, [ast.In()], [right]))
        case name, [left, right, *_] if name in SAME:
            return _same(left, right) or (is_literal(left) and is_literal(right))
    return False


def always_true(node: ast.expr) -> bool:
    """It holds whatever the code under test does. ``assert False`` is a way to fail, and so is not meant."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return any(not isinstance(e, ast.Starred) for e in elts)
        case ast.Dict(keys=[_, *_]) | ast.Lambda():
            return True
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.Constant) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(always_true, values)) or _one_of_two(values)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(always_true, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return always_false(operand)
        case ast.Call(func=ast.Name(id="bool"), args=[value], keywords=[]):
            return always_true(value)
        case ast.Call(func=ast.Name(id="isinstance"), args=[value, of]):
            return _any_type(of, value)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return is_literal(node) or _holds(left, op, right)
    return is_literal(node)


def always_false(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return not value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return always_true(operand)
        case ast.Compare(
            left=left, ops=[ast.NotEq() | ast.IsNot() | ast.Lt() | ast.Gt()], comparators=[right]
        ):
            return _same(left, right)
        case ast.Compare(left=left, ops=[ast.Lt()], comparators=[right]):
            return _from_zero(left, right)
    return False


def _holds(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
    match op:
        case ast.Eq() | ast.Is():
            return _same(left, right)
        case ast.LtE():
            return _same(left, right) or _from_zero(right, left)
        case ast.GtE():
            return _same(left, right) or _from_zero(left, right)
        case ast.Gt():
            return _is_len(left) and _is_number(right, -1)
        case ast.In():
            return isinstance(right, (ast.List, ast.Tuple, ast.Set)) and any(
                _same(left, e) for e in right.elts
            )
    return False


def _same(left: ast.expr, right: ast.expr) -> bool:
    """The same value twice; two calls may differ."""
    return ast.dump(left) == ast.dump(right) and not calls(left)


def calls(node: ast.AST) -> bool:
    return any(isinstance(part, (ast.Call, ast.Await)) for part in ast.walk(node))


def _from_zero(length: ast.expr, bound: ast.expr) -> bool:
    return _is_len(length) and (_is_number(bound, 0) or _is_number(bound, -1))


def _is_len(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _is_number(node: ast.expr, number: int) -> bool:
    return is_literal(node) and ast.unparse(node) == str(number)


def _any_type(of: ast.expr, value: ast.expr) -> bool:
    """``object``, also among other types; ``type(x)`` of ``x`` itself."""
    if isinstance(of, ast.Tuple):
        return any(_any_type(one, value) for one in of.elts)
    if isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "type" and of.args:
        return _same(of.args[0], value)
    return isinstance(of, ast.Name) and of.id == "object"


def _one_of_two(values: list[ast.expr]) -> bool:
    """A condition or its opposite: ``x is None or x is not None``."""
    return any(_opposite(a, b) for a in values for b in values if a is not b)


def _opposite(one: ast.expr, other: ast.expr) -> bool:
    match one, other:
        case _, ast.UnaryOp(op=ast.Not(), operand=operand):
            return _same(one, operand)
        case ast.Compare(ops=[a]), ast.Compare(ops=[b]):
            pairs = (
                (ast.Eq, ast.NotEq),
                (ast.Is, ast.IsNot),
                (ast.In, ast.NotIn),
                (ast.Lt, ast.GtE),
                (ast.Gt, ast.LtE),
            )
            opposed = any(isinstance(a, x) and isinstance(b, y) for x, y in pairs)
            return opposed and _same(one.left, other.left) and _same(one.comparators[0], other.comparators[0])
    return False


def is_fail(node: ast.AST) -> bool:
    """``assert False``: says that this line must not be reached."""
    return isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and not node.test.value
