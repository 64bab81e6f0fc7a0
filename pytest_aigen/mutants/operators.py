"""What may stand in the place of a piece of code: the operators of mutation testing, by their names in the literature.

docs/reference/mutants.md lists them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from pytest_aigen.mutants.places import expressions, heads

#: The operator, where the piece begins and ends, what stands there instead, whether it is in a lambda.
Found: TypeAlias = tuple[str, int, int, str, bool]
#: The bounds of a node in the text.
Bounds: TypeAlias = Callable[[ast.expr | ast.stmt | ast.keyword], tuple[int, int]]

_ROR: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_AOR: dict[type[ast.operator], tuple[str, str, str]] = {
    ast.Add: ("AOR", "+", "-"),
    ast.Sub: ("AOR", "-", "+"),
    ast.Mult: ("AOR", "*", "/"),
    ast.Div: ("AOR", "/", "*"),
    ast.FloorDiv: ("AOR", "//", "/"),
    ast.Mod: ("AOR", "%", "/"),
    ast.Pow: ("AOR", "**", "*"),
    ast.LShift: ("SOR", "<<", ">>"),
    ast.RShift: ("SOR", ">>", "<<"),
    ast.BitAnd: ("BOR", "&", "|"),
    ast.BitOr: ("BOR", "|", "&"),
    ast.BitXor: ("BOR", "^", "&"),
}
_SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)
#: What is changed otherwise, is not one value, or has the brackets of the call for its own.
_NO_ARGUMENT = (ast.Constant, ast.JoinedStr, ast.Starred, ast.GeneratorExp)
#: Functions that raise a TypeError at once where one of their arguments is not given.
_ALL_ARGUMENTS = frozenset({"isinstance", "issubclass", "hasattr", "setattr"})
#: Methods of texts that do the same from the other end, or to the other case.
_MIRRORED = (
    ("lower", "upper"),
    ("lstrip", "rstrip"),
    ("ljust", "rjust"),
    ("find", "rfind"),
    ("partition", "rpartition"),
    ("removeprefix", "removesuffix"),
    ("startswith", "endswith"),
)
_MMR = {before: after for pair in _MIRRORED for before, after in (pair, pair[::-1])}
_TEXTS = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)


def found(statement: ast.stmt | ast.ExceptHandler, text: str, bounds: Bounds) -> Iterator[Found]:
    """All that may be changed in a statement itself; not in the statements that it holds."""
    for operator, start, end, after in _in_statement(statement, text, bounds):
        yield operator, start, end, _apart(text, start, end, after), False
    for head in heads(statement):
        for node, inside in expressions(head):
            inside = inside or isinstance(node, ast.Lambda)
            for operator, start, end, after in _in_expression(node, text, bounds):
                yield operator, start, end, _apart(text, start, end, after), inside


def _apart(text: str, start: int, end: int, after: str) -> str:
    """The piece with spaces where it would run together with the words around it: ``return-x``, ``f(x)if y``."""
    if after and after[0].isalnum() and start and text[start - 1].isalnum():
        after = f" {after}"
    if after and after[-1].isalnum() and end < len(text) and text[end].isalnum():
        after = f"{after} "
    return after


def _in_statement(
    statement: ast.stmt | ast.ExceptHandler, text: str, bounds: Bounds
) -> Iterator[tuple[str, int, int, str]]:
    match statement:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "RVR", *bounds(value), "None"
        case ast.Raise() | ast.Delete() | ast.Assert():
            yield "SDL", *bounds(statement), "pass"
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "SDL", *bounds(statement), "pass"
        case ast.Expr(value=ast.Yield(value=ast.expr() as value)) if not _is_none(value):
            yield "RVR", *bounds(value), "None"
        case ast.AugAssign():
            yield "SDL", *bounds(statement), "pass"
            if type(statement.op) in _AOR:
                sign = _AOR[type(statement.op)][1]
                yield from _between("ASR", statement.target, statement.value, f"{sign}=", "=", text, bounds)
            if not (isinstance(statement.op, ast.Add) and _is_text(statement.value)):
                yield from _operator(
                    statement.op, statement.target, statement.value, text, bounds, assigns="="
                )
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()], value=value):
            yield "SDL", *bounds(statement), "pass"
            if not isinstance(value, ast.Constant):
                yield "VDL", *bounds(value), "None"
        case ast.Assign(targets=[ast.Name()], value=value) if not isinstance(value, ast.Constant):
            yield "VDL", *bounds(value), "None"
        case ast.AnnAssign(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "VDL", *bounds(value), "None"
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) if _is_none(value):
            yield "CRP", *bounds(value), "''"
        case ast.Break():
            yield "BCR", *bounds(statement), "continue"
        case ast.Continue():
            yield "BCR", *bounds(statement), "break"
        case ast.For(iter=each):
            yield "ZIL", *bounds(each), "[]"
        case ast.If(test=test) | ast.While(test=test):
            yield from _negation(test, text, bounds)
        case ast.ExceptHandler(type=ast.expr() as kind):
            yield "EHD", *bounds(kind), "()"


def _in_expression(node: ast.expr, text: str, bounds: Bounds) -> Iterator[tuple[str, int, int, str]]:
    match node:
        case ast.Compare():
            left = node.left
            for op, right in zip(node.ops, node.comparators):
                before, after = _ROR[type(op)]
                yield from _between("ROR", left, right, before, after, text, bounds)
                left = right
        case ast.BinOp(left=left, op=op, right=right):
            texts = _is_text(left) or _is_text(right)
            if not (texts and isinstance(op, (ast.Add, ast.Mod, ast.Mult))):
                yield from _operator(op, left, right, text, bounds)
        case ast.BoolOp(op=boolean, values=[first, second, *_]):
            before, after = ("and", "or") if isinstance(boolean, ast.And) else ("or", "and")
            if len(node.values) == 2:
                yield from _between("LCR", first, second, before, after, text, bounds)
            for value in node.values:
                yield from _negation(value, text, bounds)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield "UOD", *bounds(node), _closed(operand, text, bounds)
        case ast.IfExp(test=test):
            yield from _negation(test, text, bounds)
            if not isinstance(test, ast.Constant):
                yield "RCN", *bounds(test), "True"
                yield "RCN", *bounds(test), "False"
        case ast.Call(func=function, args=arguments, keywords=named):
            if isinstance(function, ast.Attribute) and function.attr in _MMR:
                end = bounds(function)[1]
                yield "MMR", end - len(function.attr), end, _MMR[function.attr]
            for value in (*arguments, *(keyword.value for keyword in named if keyword.arg)):
                if not isinstance(value, _NO_ARGUMENT):
                    yield "ARR", *bounds(value), "None"
            if not (isinstance(function, ast.Name) and function.id in _ALL_ARGUMENTS):
                yield from _without_one(sorted([*map(bounds, arguments), *map(bounds, named)]), text)
        case ast.Constant():
            for changed in _constants(node.value):
                yield "CRP", *bounds(node), changed
        case ast.Lambda(body=value) if not _is_none(value):
            yield "RVR", *bounds(value), "None"
        case ast.JoinedStr():
            yield "CRP", *bounds(node), '""'
        case ast.Subscript(slice=ast.Slice() as cut):
            for bound in (cut.lower, cut.upper):
                if bound is not None:
                    yield "SIR", *bounds(bound), ""


def _negation(test: ast.expr, text: str, bounds: Bounds) -> Iterator[tuple[str, int, int, str]]:
    """A condition turned round, where no other operator does just that."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        swapped = isinstance(test.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        if not swapped:
            return
    elif isinstance(test, (ast.UnaryOp, ast.Constant)):
        return
    if not isinstance(test, ast.NamedExpr):
        yield "COI", *bounds(test), f"not {_closed(test, text, bounds)}"


def _operator(
    op: ast.operator, left: ast.expr, right: ast.expr, text: str, bounds: Bounds, assigns: str = ""
) -> Iterator[tuple[str, int, int, str]]:
    if type(op) in _AOR:
        name, before, after = _AOR[type(op)]
        yield from _between(name, left, right, before + assigns, after + assigns, text, bounds)


def _between(
    name: str, left: ast.expr, right: ast.expr, before: str, after: str, text: str, bounds: Bounds
) -> Iterator[tuple[str, int, int, str]]:
    """The operator that stands between two operands; none where comments stand there too."""
    start, end = bounds(left)[1], bounds(right)[0]
    space = text[start:end]
    pattern = r"\s+".join(map(re.escape, before.split()))
    at = re.search(rf"\b{pattern}\b" if before[0].isalpha() else pattern, space)
    if at is not None and "#" not in space:
        yield name, start + at.start(), start + at.end(), after


def _without_one(arguments: Sequence[tuple[int, int]], text: str) -> Iterator[tuple[str, int, int, str]]:
    """One of several arguments deleted, with its comma; not where brackets or comments stand there too."""
    for i, (start, end) in enumerate(arguments):
        if i + 1 < len(arguments):
            between, piece = (end, arguments[i + 1][0]), (start, arguments[i + 1][0])
        elif i:
            between, piece = (arguments[i - 1][1], start), (arguments[i - 1][1], end)
        else:
            return
        if text[slice(*between)].strip() == ",":
            yield "ARD", *piece, ""


def _constants(value: object) -> Iterator[str]:
    match value:
        case bool():
            yield repr(not value)
        case int():
            yield repr(value + 1)
        case float() if value == value and abs(value) < 1e300:
            yield repr(value + 1.0)
        case str() | bytes():
            yield repr(f"XX{value}XX" if isinstance(value, str) else b"XX" + value + b"XX")
            if value.swapcase() != value:
                yield repr(value.swapcase())


def _closed(node: ast.expr, text: str, bounds: Bounds) -> str:
    """An expression as it can stand beside any operator."""
    start, end = bounds(node)
    piece = text[start:end]
    return piece if isinstance(node, _SIMPLE) else f"({piece})"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.expr) -> bool:
    """Whether another arithmetic operator could only be a TypeError, which any test would notice."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, _TEXTS) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )
