"""Where in a source something may be changed: its statements one by one, and the expressions that belong to each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Function = (ast.FunctionDef, ast.AsyncFunctionDef)

_LOGGERS = frozenset({"log", "logger", "_log", "_logger", "logging"})
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
#: Calls that make names for type checkers; their arguments mean nothing at run time.
_TYPES = frozenset(
    {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "NamedTuple", "namedtuple", "TypedDict"}
)
#: Nodes whose parts have no positions of their own in every Python, or are names and patterns.
_CLOSED = (ast.JoinedStr, ast.pattern)


@dataclass(frozen=True, slots=True)
class Place:
    """A statement, or the head of one that holds others."""

    statement: ast.stmt | ast.ExceptHandler
    #: The statement at the top of the file that it is, or is part of.
    top: ast.stmt
    #: Whether it is executed by an import alone: at the top of a module or of a class.
    at_import: bool


def places(tree: ast.Module) -> Iterator[Place]:
    """Every statement of a file in its order, but not what only type checkers and readers look at."""
    for top in _executed(tree.body):
        yield from _within(top, top, at_import=True)


def _within(statement: ast.stmt | ast.ExceptHandler, top: ast.stmt, *, at_import: bool) -> Iterator[Place]:
    if isinstance(statement, ast.If) and _is_for_checkers(statement.test):
        inner: Sequence[ast.stmt] = statement.orelse
    else:
        if not (at_import and _is_metadata(statement)):
            yield Place(statement, top, at_import)
        inner = [*getattr(statement, "body", ()), *getattr(statement, "orelse", ())]
    inside = at_import and not isinstance(statement, Function)
    for each in _executed(inner):
        yield from _within(each, top, at_import=inside)
    for handler in getattr(statement, "handlers", ()):
        yield from _within(handler, top, at_import=inside)
    for each in getattr(statement, "finalbody", ()):
        yield from _within(each, top, at_import=inside)
    for case in getattr(statement, "cases", ()):
        for each in _executed(case.body):
            yield from _within(each, top, at_import=inside)


def _executed(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Without texts that are thrown away (docstrings), messages to a log, and `pass`."""
    for each in body:
        if isinstance(each, ast.Pass) or (
            isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        ):
            continue
        if not is_logging(each):
            yield each


def is_logging(statement: ast.stmt) -> bool:
    """Whether all that a statement does is to write to a log.

    >>> is_logging(ast.parse("self._logger.debug('%s', 1)").body[0])
    True
    """
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    if not (isinstance(function, ast.Attribute) and function.attr in _LEVELS):
        return False
    owner = function.value
    if isinstance(owner, ast.Call):  # logging.getLogger(__name__).info(...)
        owner = owner.func
        return isinstance(owner, ast.Attribute) and owner.attr == "getLogger"
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name.lower() in _LOGGERS


def _is_for_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _is_metadata(statement: ast.stmt | ast.ExceptHandler) -> bool:
    """Whether it names things for readers and tools: ``__all__``, ``__slots__``, ``T = TypeVar("T")``."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if any(isinstance(t, ast.Name) and t.id.startswith("__") and t.id.endswith("__") for t in targets):
        return True
    value = statement.value
    return isinstance(value, ast.Call) and _name(value.func) in _TYPES


def heads(statement: ast.stmt | ast.ExceptHandler) -> list[ast.expr]:
    """The expressions of a statement that are no part of a statement in it; no annotations, decorators or bases."""
    if isinstance(statement, Function):
        return [*statement.args.defaults, *(d for d in statement.args.kw_defaults if d is not None)]
    if isinstance(statement, (ast.ClassDef, ast.ExceptHandler, ast.Import, ast.ImportFrom)):
        return []
    if isinstance(statement, ast.Assert):
        return [statement.test]
    if isinstance(statement, ast.AnnAssign):
        return [statement.target, *([statement.value] if statement.value else [])]
    found = []
    for name, value in ast.iter_fields(statement):
        if name in ("body", "orelse", "finalbody", "handlers", "cases"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.expr):
                found.append(each)
            elif isinstance(each, ast.withitem):
                found.append(each.context_expr)
    return found


def expressions(root: ast.expr) -> Iterator[tuple[ast.expr, bool]]:
    """An expression and its parts, outer ones first, with whether each stands in a lambda."""
    todo = [(root, False)]
    while todo:
        node, inside = todo.pop()
        yield node, inside
        if isinstance(node, _CLOSED):
            continue
        if isinstance(node, ast.Call):
            parts: list[ast.expr] = [node.func, *node.args, *(k.value for k in node.keywords)]
            if _name(node.func) == "cast" and node.args:
                parts.remove(node.args[0])
        elif isinstance(node, ast.Lambda):
            parts, inside = [node.body], True
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            heads_of = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            parts = [*heads_of, *(e for g in node.generators for e in (g.iter, *g.ifs))]
        else:
            parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        todo += [(part, inside) for part in reversed(parts)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
